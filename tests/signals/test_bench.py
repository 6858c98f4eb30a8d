"""`cairndesk signals bench` measures the engine itself, prints a table, and draws it."""

import importlib
import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from cairndesk.cli import main
from cairndesk.signals.engine import speed


def test_sizes_grow_tenfold_up_to_the_asked_one() -> None:
    assert speed.sizes(1000) == [1000]
    assert speed.sizes(250_000) == [1000, 10_000, 100_000, 250_000]


def test_every_figure_is_measured() -> None:
    one, two = speed.looking_up([1000, 3000])
    assert (one.size, two.size) == (1000, 3000)
    for found in (one, two):
        assert 0 < found.middle_ms <= found.late_ms
        assert found.build_s > 0
        assert found.hash_bytes > 32


@pytest.mark.slow
def test_it_prints_a_table_and_draws_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["signals", "bench", "--size", "2000", "--plot", str(tmp_path / "speed.svg")]) == 0
    said = capsys.readouterr().out
    assert "2,000" in said
    assert "bytes a hash" in said
    assert ET.parse(tmp_path / "speed.svg").getroot().tag.endswith("svg")  # noqa: S314 - our own file


@pytest.mark.slow
def test_programmes_get_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["signals", "bench", "--size", "1000", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert [line["size"] for line in answer["looking_up"]] == [1000]
    assert answer["hashing_ms"] > 0


def test_without_the_library_or_the_folder_it_says_what_is_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["signals", "bench", "--plot", str(tmp_path / "no" / "speed.svg")]) == 2
    assert "ends in .svg or .png" in capsys.readouterr().err
    monkeypatch.setattr(importlib.import_module("cairndesk.signals.cli.bench"), "find_spec", lambda _: None)
    assert main(["signals", "bench", "--plot", str(tmp_path / "speed.svg")]) == 2
    assert "plots" in capsys.readouterr().err
