"""A folder as a table: every file a row, whatever is in it; killed at any moment, it goes on."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.signals.conftest import NOW, Cast, Importing
from tests.signals.scan.conftest import NAMES, Run, rows
from tests.support.lacking import UNSHARE, without
from tests.support.terminal import BAR, at_a_terminal
from tests.synthetic import pictures

from cairndesk.lib import clock
from cairndesk.signals import jobs, shelf
from cairndesk.signals.engine import child, pdq
from cairndesk.signals.engine.digests import digests
from cairndesk.signals.engine.video.answer import Mode
from cairndesk.signals.errors import ScanRefused
from cairndesk.signals.scan import keep, look, results
from cairndesk.signals.scan.results import SCHEMA, Results
from cairndesk.signals.scan.source import files

ROOT = Path(__file__).parents[3]
pytestmark = pytest.mark.slow


def test_every_file_is_a_row_with_its_hashes_or_its_reason(run: Run, archive: Path, tmp_path: Path) -> None:
    out = tmp_path / "results.parquet"
    said = run(archive, "--out", out, "--lists", "none", code=1)
    assert "files 11, picture 8, video 1, hashed 7, too plain 1, unrenderable 2, unreadable 1" in said
    assert "problems 2" in said
    found = rows(out, archive)
    assert found.keys() == NAMES
    states = {name: (row["state"], row["why"], row["kind"]) for name, row in found.items()}
    assert (states["0.jpg"], states["plain.png"]) == (("hashed", None, "picture"), ("too_plain", None, "picture"))
    assert (states["broken.png"], states["notes.txt"]) == (("unrenderable", "broken", "picture"), ("unrenderable", "unknown_format", None))
    assert (states["film.mp4"], states["pipe"]) == (("hashed", None, "video"), ("unreadable", "no_file", None))
    for name in NAMES - {"pipe"}:
        data, row = (archive / name).read_bytes(), found[name]
        held = digests(data)
        assert (row["md5"], row["sha1"], row["sha256"], row["size"]) == (held.md5, held.sha1, held.sha256, held.size)
        if name.endswith(".jpg"):
            seen = child.look(data)
            assert (row["pdq"], row["quality"], row["width"], row["height"]) == (seen.hashes[:32].hex(), seen.quality, 160, 120)
    film = found["film.mp4"]
    assert [round(frame["time"], 1) for frame in film["frames"]] == [0.0, 1.0, 2.0]
    assert all(len(frame["pdq"]) == 64 and frame["quality"] >= pdq.PLAIN_BELOW for frame in film["frames"])
    assert (film["mode"], film["format"], round(film["seconds"], 1)) == ("each_second", "MOV", 2.4)
    assert out.stat().st_mode & 0o077 == 0
    assert not out.with_name("results.parquet.parts").exists()


def test_the_table_is_as_the_page_says(run: Run, archive: Path, tmp_path: Path) -> None:
    out = tmp_path / "results.parquet"
    run(archive / "below", "--out", out, "--lists", "none", code=0)
    held = pq.read_schema(out)
    assert held.remove_metadata() == SCHEMA
    assert json.loads(held.metadata[b"cairndesk.scan"]) == {
        "source": str(archive / "below"), "lists": "none", "frames": "each-second", "purpose": "handed-over",
    }  # fmt: skip
    lines = [line.split(" | ") for line in (ROOT / "docs/scan.md").read_text("utf-8").splitlines() if line.startswith("| ")][1:]
    assert [(name.strip("| "), kind) for name, kind, *_ in lines] == [(field.name, str(field.type)) for field in SCHEMA]


@pytest.mark.django_db(transaction=True)
def test_each_file_is_met_with_the_lists(
    run: Run, archive: Path, tmp_path: Path, cast: Cast, take_in: Importing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    mirrored = child.look((archive / "0.jpg").read_bytes()).hashes[5 * 32 : 6 * 32]
    third = bytes.fromhex(rows(_hashed_only(run, archive, tmp_path), archive)["film.mp4"]["frames"][2]["pdq"])
    near = np.packbits(np.unpackbits(np.frombuffer(third, np.uint8)) ^ (np.arange(256) < 9)).tobytes()
    take_in(digests((archive / "2.jpg").read_bytes()).md5, f"pdq:{mirrored.hex()}", f"pdq:{near.hex()}")
    out = tmp_path / "results.parquet"
    run(archive, "--out", out, "--organisation", "one", code=1)
    found = rows(out, archive)
    verdicts = {name: found[name]["verdict"] for name in ("0.jpg", "2.jpg", "4.jpg", "film.mp4", "plain.png", "notes.txt", "pipe")}
    assert list(verdicts.values()) == ["near", "known", "none", "near", "too_plain", "unrenderable", None]
    assert [(met["how"], met["distance"], met["form"], met["list"], met["version"]) for met in found["0.jpg"]["matches"]] == [
        ("near", 0, "mirrored", "Partner list", 1)
    ]
    [met] = found["film.mp4"]["matches"]
    assert (met["distance"], met["frames"], round(met["first_at"])) == (9, 1, 2)
    assert found["4.jpg"]["lists"] == ["Partner list 1"]


@pytest.mark.req("DET-03")
@pytest.mark.django_db(transaction=True)
def test_while_a_list_cannot_be_asked_no_scan_begins_and_afterwards_rows_name_the_version_that_answered(
    run: Run, archive: Path, tmp_path: Path, cast: Cast, take_in: Importing, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.CAIRNDESK = settings.CAIRNDESK.model_copy(update={"data": tmp_path})
    monkeypatch.setattr(clock, "now", lambda: NOW)
    monkeypatch.setattr(shelf, "MOST_LATE", 1)
    monkeypatch.setattr(shelf, "MAKE_AT", 1)
    values = [digests((archive / f"below/{seed}.jpg").read_bytes()).md5 for seed in (1, 3)]
    take_in(*values, name="Long")
    take_in("ab" * 16, name="Short")
    out = tmp_path / "results.parquet"
    assert "Not read in yet: Long." in run(archive / "below", "--out", out, "--organisation", "one", code=6)
    assert not list(tmp_path.glob("results*"))
    jobs.make_bases()
    take_in("cd" * 16, "ef" * 16, name="Long")
    run(archive / "below", "--out", out, "--organisation", "one", code=0)
    found = rows(out, archive)
    assert [found[f"below/{seed}.jpg"]["verdict"] for seed in (1, 3, 5)] == ["known", "known", "none"]
    assert {tuple(row["lists"]) for row in found.values()} == {("Long 1", "Short 1")}
    assert found["below/1.jpg"]["matches"][0]["version"] == 1


def _hashed_only(run: Run, archive: Path, tmp_path: Path) -> Path:
    out = tmp_path / "hashes.parquet"
    run(archive, "--out", out, "--lists", "none", code=1)
    return out


KILLED = """
import sys
from cairndesk.cli import main
from cairndesk.signals.scan import keep
keep.MOST_ROWS = 1
options = "--purpose handed-over --lists none --workers 1 --resume".split()
raise SystemExit(main(["signals", "scan", sys.argv[1], "--out", sys.argv[2], *options]))
"""


def test_a_scan_that_is_killed_again_and_again_ends_with_the_same_rows(
    run: Run, archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, parts = tmp_path / "results.parquet", tmp_path / "results.parquet.parts"
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src")}
    kept = 0
    for _ in range(3):
        going = subprocess.Popen([sys.executable, "-c", KILLED, str(archive), str(out)], env=environment, stdout=subprocess.DEVNULL)
        until = time.monotonic() + 60
        while len(list(parts.glob("[0-9]*.parquet"))) < kept + 2 and time.monotonic() < until:
            time.sleep(0.005)
        going.send_signal(signal.SIGKILL)
        assert going.wait() == -signal.SIGKILL
        kept = len(list(parts.glob("[0-9]*.parquet")))
    before = {path.name: path.read_bytes() for path in parts.glob("[0-9]*.parquet")}
    looked: list[str] = []
    one = keep.row_of
    monkeypatch.setattr(keep, "row_of", lambda seen, lists: looked.append(seen.path) or one(seen, lists))  # type: ignore[func-returns-value]
    run(archive, "--out", out, "--lists", "none", "--resume", code=1)
    assert len(before) >= 6
    assert len(looked) == len(NAMES) - len(before)
    assert rows(out, archive) == rows(_hashed_only(run, archive, tmp_path), archive)


def test_killed_between_the_last_two_steps_no_row_is_there_twice(run: Run, archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "results.parquet"
    with monkeypatch.context() as here:
        here.setattr(results.shutil, "rmtree", lambda _: (_ for _ in ()).throw(KeyboardInterrupt))
        run(archive, "--out", out, "--lists", "none", code=130)
    assert out.exists()
    assert out.with_name("results.parquet.parts").exists()
    run(archive, "--out", out, "--lists", "none", "--resume", code=1)
    assert rows(out, archive).keys() == NAMES
    assert not out.with_name("results.parquet.parts").exists()


def test_new_files_are_added_to_what_was_finished(run: Run, tmp_path: Path, archive: Path) -> None:
    folder, out = tmp_path / "some", tmp_path / "results.parquet"
    folder.mkdir()
    (folder / "0.jpg").write_bytes((archive / "0.jpg").read_bytes())
    run(folder, "--out", out, "--lists", "none", code=0)
    (folder / "2.jpg").write_bytes((archive / "2.jpg").read_bytes())
    answer = json.loads(run(folder, "--out", out, "--lists", "none", "--resume", "--json", code=0))
    assert (answer["files"], answer["done_before"]) == (2, 1)
    assert rows(out, folder).keys() == {"0.jpg", "2.jpg"}


def test_results_are_never_replaced_or_mixed_by_mistake(run: Run, archive: Path, tmp_path: Path) -> None:
    out = tmp_path / "results.parquet"
    run(archive / "below", "--out", out, "--lists", "none", code=0)
    assert "--resume goes on" in run(archive / "below", "--out", out, "--lists", "none", code=5)
    assert "of another scan" in run(archive, "--out", out, "--lists", "none", "--resume", code=5)
    assert "of another scan" in run(archive / "below", "--out", out, "--lists", "none", "--resume", "--frames", "key-frames", code=5)
    pq.write_table(pa.table({"a": [1]}), tmp_path / "other.parquet")
    assert "no result of a scan" in run(archive, "--out", tmp_path / "other.parquet", "--lists", "none", "--resume", code=5)
    with Results(tmp_path / "new.parquet", {}).open(resume=False), pytest.raises(ScanRefused, match="Another scan"):
        Results(tmp_path / "new.parquet", {}).open(resume=True).__enter__()


def test_results_below_the_folder_are_no_part_of_it(run: Run, archive: Path, tmp_path: Path) -> None:
    (tmp_path / "0.jpg").write_bytes((archive / "0.jpg").read_bytes())
    for _ in range(2):
        run(tmp_path, "--out", tmp_path / "results.parquet", "--lists", "none", "--resume", code=0)
    assert rows(tmp_path / "results.parquet", tmp_path).keys() == {"0.jpg"}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("list.csv", 'id,path\n1,below/1.jpg\n2,"{}/0.jpg"\n3,below/1.jpg\n'),
        ("list.jsonl", '{{"path": "below/1.jpg"}}\n\n{{"path": "{}/0.jpg"}}\n'),
        ("list", "below/1.jpg\n\n{}/0.jpg\n"),
    ],
)
def test_a_manifest_names_files_from_its_own_folder(name: str, text: str, archive: Path, tmp_path: Path) -> None:
    (tmp_path / name).write_text(text.format(archive))
    assert files(tmp_path / name) == [str(tmp_path / "below/1.jpg"), str(archive / "0.jpg")]


@pytest.mark.parametrize(("name", "text"), [("a.csv", "name\nx\n"), ("a.jsonl", "{}\n"), ("b.jsonl", "no json\n"), ("c.jsonl", "[]\n")])
def test_a_manifest_that_cannot_be_read_is_refused(name: str, text: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(ScanRefused, match="path"):
        files(tmp_path / name)


def test_names_that_are_no_text_and_files_that_are_gone_are_rows(run: Run, tmp_path: Path, archive: Path) -> None:
    folder, out = tmp_path / "some", tmp_path / "results.parquet"
    folder.mkdir()
    name = os.fsencode(folder) + b"/\xff.jpg"
    Path(os.fsdecode(name)).write_bytes((archive / "0.jpg").read_bytes())
    # A name that spells the number of that byte is another file.
    (folder / "\\xff.jpg").write_bytes((archive / "2.jpg").read_bytes())
    (folder / "two\nlines.jpg").write_bytes((archive / "4.jpg").read_bytes())
    for one, other in (("a", "b"), ("b", "a")):
        (folder / one).symlink_to(folder / other)
    listed = [name, b"gone.jpg", b"\\xff.jpg", b"a", b"zero\0byte.jpg", b"/dev/zero"]
    (tmp_path / "list").write_bytes(b"".join(os.path.join(os.fsencode(folder), one) + b"\n" for one in listed))  # noqa: PTH118 - bytes
    run(tmp_path / "list", "--out", out, "--lists", "none", code=1)
    run(tmp_path / "list", "--out", out, "--lists", "none", "--resume", code=1)
    told = {row["path"].removeprefix(f"{folder}/"): (row["state"], row["why"], row["md5"]) for row in pq.read_table(out).to_pylist()}
    assert told == {
        "\\xff.jpg": ("hashed", None, digests((archive / "0.jpg").read_bytes()).md5),
        "\\\\xff.jpg": ("hashed", None, digests((archive / "2.jpg").read_bytes()).md5),
        "gone.jpg": ("unreadable", "gone", None), "a": ("unreadable", "failed", None), "zero\0byte.jpg": ("unreadable", "failed", None),
        "/dev/zero": ("unreadable", "no_file", None),
    }  # fmt: skip
    # A whole folder has them all, and no link of it; what JSON can say and no path can is a row as well.
    run(folder, "--out", tmp_path / "folder.parquet", "--lists", "none", code=0)
    assert rows(tmp_path / "folder.parquet", folder).keys() == {"\\xff.jpg", "\\\\xff.jpg", "two\nlines.jpg"}
    (tmp_path / "list.jsonl").write_text('{"path": "some/two\\nlines.jpg"}\n{"path": "some/\\ud800x.jpg"}\n')
    run(tmp_path / "list.jsonl", "--out", tmp_path / "json.parquet", "--lists", "none", code=1)
    assert {name: row["state"] for name, row in rows(tmp_path / "json.parquet", folder).items()} == {
        "two\nlines.jpg": "hashed",
        "\\ud800x.jpg": "unreadable",
    }


def test_a_folder_that_cannot_be_opened_is_a_row_and_a_problem(run: Run, tmp_path: Path, archive: Path) -> None:
    folder, closed = tmp_path / "some", tmp_path / "some/closed"
    closed.mkdir(parents=True)
    for place in (folder, closed):
        (place / "0.jpg").write_bytes((archive / "0.jpg").read_bytes())
    closed.chmod(0)
    try:
        assert "unreadable 1" in run(folder, "--out", tmp_path / "results.parquet", "--lists", "none", code=1)
    finally:
        closed.chmod(0o700)
    found = rows(tmp_path / "results.parquet", folder)
    assert {name: (row["state"], row["why"]) for name, row in found.items()} == {"0.jpg": ("hashed", None), "closed": ("unreadable", "not_allowed")}


def test_a_terminal_shows_how_far_it_is_and_how_fast(run: Run, archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with at_a_terminal(monkeypatch) as screen:
        run(archive / "below", "--out", tmp_path / "results.parquet", "--lists", "none", code=0)
    assert BAR in screen.text
    assert "files a second" in screen.text


def test_without_the_extra_it_says_what_to_install(run: Run, archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    has: dict[str, Any] = {"pyarrow": True}
    # The function of this name hides its module.
    monkeypatch.setattr(sys.modules["cairndesk.signals.cli.scan"], "find_spec", has.get)
    out = tmp_path / "results.parquet"
    assert "distributed" in run(archive, "--out", out, "--lists", "none", "--dask", "local", code=5)
    has.clear()
    assert "the extra `bulk`" in run(archive, "--out", out, "--lists", "none", code=5)
    assert not out.with_name("results.parquet.parts").exists()


@pytest.mark.parametrize("how", ["written", "written and set back", "grown"])
def test_a_file_that_changes_while_it_is_read_has_no_hashes_of_two_states(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    path = tmp_path / "changing.jpg"
    path.write_bytes(pictures.encoded(pictures.scene(160, 120, seed=1), "JPEG"))
    before, real = path.stat(), look.digests_of

    def changing(file: int) -> Any:
        found = real(file)
        path.write_bytes(path.read_bytes()[::-1] + (b"more" if how == "grown" else b""))
        if how == "written and set back":
            os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
        return found

    with look.Look(Mode.EACH_SECOND) as looking:
        assert looking.at(str(path)).unread is None
        monkeypatch.setattr(look, "digests_of", changing)
        looked = looking.at(str(path))
    assert (looked.unread, looked.hashes) == (look.Unread.CHANGED, None)
    assert keep.row_of(looked, None) | {"modified": None} == {
        "path": str(path), "size": before.st_size, "modified": None, "state": "unreadable", "why": "changed",
    }  # fmt: skip


def test_behind_weaker_walls_than_are_asked_for_it_ends_and_nothing_is_decoded(
    run: Run, archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(look, "PICTURE", without(UNSHARE, look.PICTURE))
    monkeypatch.setenv("CAIRNDESK_DESK__MEDIA_WALLS", "full")
    said = run(archive / "below", "--out", tmp_path / "results.parquet", "--lists", "none", code=5)
    assert "signals.sandbox_too_weak" in said
    monkeypatch.setenv("CAIRNDESK_DESK__MEDIA_WALLS", "minimal")
    assert "hashed 3" in run(archive / "below", "--out", tmp_path / "others.parquet", "--lists", "none", code=0)
