"""The look at what we stand on finds what is wrong, and says what it could not see."""

import importlib.util
import json
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from importlib import metadata
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from tests.house.tree import ROOT

pytestmark = pytest.mark.req("PRI-08")
NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
HASH = "a" * 64
LOCK = f"django==5.2.1 \\\n    --hash=sha256:{HASH}\nnumpy==2.4 ; python_version < '3.12' \\\n    --hash=sha256:{HASH}\n"
RUN = ("requirements.lock", "requirements-extras.lock")


def load() -> ModuleType:
    found = importlib.util.spec_from_file_location("audit", ROOT / "deploy" / "audit.py")
    assert found
    assert found.loader
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


audit = load()


@pytest.mark.parametrize("name", [*RUN, "requirements-dev.lock", "requirements-build.lock"])
def test_every_lock_names_every_package_with_its_hash_and_from_no_address(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    assert len(audit.pins(text)) >= 6
    assert list(audit.wrong_in_lock(text)) == []


@pytest.mark.parametrize(
    "line",
    [
        "rich==15.0",
        f"rich>=15 --hash=sha256:{HASH}",
        "rich==15.0 --hash=sha256:abc",
        f"rich==15.0 --hash=md5:{HASH[:32]}",
        "git+https://code.example/rich.git",
        f"rich @ https://files.example/rich.whl --hash=sha256:{HASH}",
        "-e ./rich",
        "--index-url https://packages.example/simple",
        "--trusted-host packages.example",
    ],
)
def test_a_lock_that_would_take_something_else_is_refused(line: str) -> None:
    assert list(audit.wrong_in_lock(LOCK)) == []
    assert len(list(audit.wrong_in_lock(LOCK + line + "\n"))) == 1


def test_what_a_desk_runs_is_under_licences_that_we_may_build_on() -> None:
    run = audit.pins("\n".join((ROOT / name).read_text("utf-8") for name in RUN))
    assert list(audit.wrong_licences(run, metadata.distributions())) == []


@pytest.fixture
def wheel(tmp_path: Path) -> Callable[..., list[metadata.Distribution]]:
    """Installs a made-up package of one file, whose hash stands in its RECORD."""

    def installing(version: str = "1.0", licence: str = "MIT") -> list[metadata.Distribution]:
        about = tmp_path / f"kept-{version}.dist-info"
        about.mkdir()
        (tmp_path / "kept.py").write_text("KEPT = True\n", "utf-8")
        (about / "METADATA").write_text(f"Metadata-Version: 2.4\nName: Kept\nVersion: {version}\nLicense-Expression: {licence}\n", "utf-8")
        (about / "RECORD").write_text("kept.py,sha256=fgKuA6F8BY4RIVcybFHjld5Z1bK6eZ28BoGwir7Bf7s,12\n", "utf-8")
        return list(metadata.distributions(path=[str(tmp_path)]))

    return installing


def test_a_file_that_was_changed_after_it_was_installed_is_found(wheel: Callable[..., Any], tmp_path: Path) -> None:
    installed, known = wheel(), {"kept": frozenset({"1.0"})}
    assert list(audit.wrong_in_place(known, installed)) == []
    (tmp_path / "kept.py").write_text("KEPT = False\n", "utf-8")
    assert list(audit.wrong_in_place(known, installed)) == ["kept: kept.py was changed"]
    (tmp_path / "kept.py").unlink()
    assert list(audit.wrong_in_place(known, installed)) == ["kept: kept.py was changed"]


@pytest.mark.parametrize("known", [{}, {"kept": frozenset({"1.1"})}])
def test_a_package_or_version_that_the_lock_does_not_name_is_found(wheel: Callable[..., Any], known: dict[str, frozenset[str]]) -> None:
    assert len(list(audit.wrong_in_place(known, wheel()))) == 1


@pytest.mark.parametrize(
    ("licence", "wrong"),
    [
        ("MIT", 0),
        ("MPL-2.0 AND MIT", 0),
        ("GPL-3.0-only", 1),
        ("GPL-2.0-only AND MIT", 1),
        ("GPL-2.0-only OR MIT", 0),
        ("AGPL-3.0-or-later", 1),
        ("Proprietary", 1),
        ("", 1),
    ],
)
def test_a_licence_that_we_may_not_build_on_is_found(wheel: Callable[..., Any], licence: str, wrong: int) -> None:
    assert len(list(audit.wrong_licences({"kept": frozenset({"1.0"})}, wheel(licence=licence)))) == wrong


def collection(folder: Path, *entries: dict[str, Any], age: timedelta = timedelta(days=1)) -> Path:
    path = folder / "all.zip"
    with zipfile.ZipFile(path, "w") as zipped:
        for number, entry in enumerate(entries):
            told = {"id": f"PYSEC-{number}", "modified": f"{NOW - age:%Y-%m-%dT%H:%M:%S}.123456Z"} | entry
            zipped.writestr(f"PYSEC-{number}.json", json.dumps(told))
    return path


def affects(name: str, *, versions: tuple[str, ...] = (), ecosystem: str = "PyPI", **events: str) -> dict[str, Any]:
    ranges = [{"type": "ECOSYSTEM", "events": [{kind: at} for kind, at in events.items()]}] if events else []
    return {"affected": [{"package": {"name": name, "ecosystem": ecosystem}, "versions": list(versions), "ranges": ranges}]}


@pytest.mark.parametrize(
    ("entry", "hit"),
    [
        (affects("Django", versions=("5.2", "5.2.1")), True),
        (affects("django", versions=("5.2",)), False),
        (affects("django", introduced="0", fixed="5.2.2"), True),
        (affects("django", introduced="5.2", fixed="5.2.1"), False),
        (affects("django", introduced="5.2.2"), False),
        (affects("django", introduced="0", last_affected="5.2.1"), True),
        (affects("django", introduced="0", last_affected="5.2.0"), False),
        (affects("django", versions=("5.2.1",), ecosystem="npm"), False),
        (affects("django", versions=("5.2.1",)) | {"withdrawn": "2026-01-01T00:00:00Z"}, False),
        (affects("other", versions=("5.2.1",)), False),
    ],
)
def test_a_known_weakness_of_a_locked_version_is_found(tmp_path: Path, entry: dict[str, Any], *, hit: bool) -> None:
    found = list(audit.weaknesses(audit.pins(LOCK), collection(tmp_path, entry), NOW))
    assert found == (["django 5.2.1: PYSEC-0"] if hit else [])


def test_a_collection_of_last_month_calms_nobody(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="fetch the collection again"):
        list(audit.weaknesses(audit.pins(LOCK), collection(tmp_path, affects("other"), age=timedelta(days=9)), NOW))


def test_without_a_collection_it_says_that_nobody_looked(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit.metadata, "distributions", list)
    (tmp_path / "a.lock").write_text(LOCK, "utf-8")
    assert audit.main([str(tmp_path / "a.lock")]) == 0
    assert "Known weaknesses were not looked at" in capsys.readouterr().out
    assert audit.main([str(tmp_path / "a.lock"), "--advisories", str(tmp_path / "none.zip")]) == 1
    assert "not looked at" not in capsys.readouterr().out
