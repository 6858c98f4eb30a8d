"""Somebody's own list is counted against the lists that are on, and never learns which of its values are known."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.signals.conftest import Cast, Importing

from cairndesk.cli import main
from cairndesk.signals import jobs, shelf

pytestmark = pytest.mark.django_db
PDQ, MD5 = "0f" * 32, "ab" * 16


@pytest.fixture
def file(cast: Cast, take_in: Importing, tmp_path: Path) -> Path:
    cast.one.is_first = True
    cast.one.save()
    take_in(f"pdq:{PDQ}", MD5, "https://pics.example/a", "shots.example")
    path = tmp_path / "urls.txt"
    near = f"pdq:{int(PDQ, 16) ^ 7:064x}"
    lines = [
        MD5.upper(),
        "hxxps://pics[.]example/a",
        near,
        "https://a.shots.example/x",
        "https://other.example/",
        "cd" * 16,
        "",
        "no such thing",
        "x" * 9000,
    ]
    path.write_text("\n".join(lines))
    return path


def said(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(["signals", "lists", "check", *words]) == 0
    return capsys.readouterr().out


@pytest.mark.req("DET-17")
def test_a_list_is_checked_by_counts_only_with_a_ticket_for_whoever_looks_after_it(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ticket = tmp_path / "ticket.md"
    told = said(capsys, str(file), "--ticket", str(ticket))
    assert [line.partition(":")[0] for line in told.splitlines()] == ["known 2", "near 1", "related 1", "none 2", "malformed 2"]
    text = ticket.read_text()
    assert "4 of 8 values meet" in text
    assert "- [ ] Stop the use" in text
    assert "Partner list of Cairn Desk Two, version 1" in text
    for value in (MD5, "pics", "shots", "other.example", PDQ[:20]):
        assert value not in (told + text).lower()


@pytest.mark.req("DET-03")
def test_while_a_list_cannot_be_asked_nothing_is_counted(
    file: Path, take_in: Importing, tmp_path: Path, capsys: pytest.CaptureFixture[str], settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.CAIRNDESK = settings.CAIRNDESK.model_copy(update={"data": tmp_path})
    monkeypatch.setattr(shelf, "MOST_LATE", 4)
    monkeypatch.setattr(shelf, "MAKE_AT", 1)
    take_in(*(f"{number:032x}" for number in range(5)), name="Long")
    assert main(["signals", "lists", "check", str(file), "--ticket", str(tmp_path / "ticket.md")]) == 6
    assert "Not read in yet: Long." in capsys.readouterr().err
    assert not (tmp_path / "ticket.md").exists()
    jobs.make_bases()
    take_in(*(f"{number:032x}" for number in range(5, 10)), name="Long")
    assert json.loads(said(capsys, str(file), "--json"))["lists"] == [
        "Long of Cairn Desk Two, version 1", "Partner list of Cairn Desk Two, version 1",
    ]  # fmt: skip


def test_programmes_get_the_same_counts(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = json.loads(said(capsys, str(file), "--json"))
    assert {name: told[name] for name in ("values", "known", "near", "related", "none")} == {
        "values": 8, "known": 2, "near": 1, "related": 1, "none": 2,
    }  # fmt: skip


def test_a_list_of_which_nothing_is_known_leaves_nothing_to_do(cast: Cast, take_in: Importing, tmp_path: Path, file: Path) -> None:
    (tmp_path / "clean.txt").write_text("https://other.example/\n")
    assert main(["signals", "lists", "check", str(tmp_path / "clean.txt"), "--ticket", str(tmp_path / "ticket.md")]) == 0
    text = (tmp_path / "ticket.md").read_text()
    assert "0 of 1 values" in text
    assert "[ ]" not in text
