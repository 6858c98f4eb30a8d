"""Many processes read one folder; what one of them adds or takes away counts in all of them at their next question."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from tests.signals.near.conftest import flipped, random

from cairndesk.signals.engine.container import Listed
from cairndesk.signals.engine.near import journal, live
from cairndesk.signals.engine.near.build import build
from cairndesk.signals.engine.near.index import Entry
from cairndesk.signals.engine.near.live import LiveIndex
from cairndesk.signals.errors import IndexDamaged

LISTS = (Listed("own", 31, "confirmed here"), Listed("strict", 2, "a partner's"))


@pytest.fixture
def shelf(tmp_path: Path) -> LiveIndex:
    made = LiveIndex(tmp_path / "near")
    hashes = random(500)
    made.replace(build(hashes, np.arange(500, dtype=np.uint32), np.zeros(500, np.uint16)), LISTS, mark="as of monday")
    return made


def refs(shelf: LiveIndex, hashed: bytes) -> list[int]:
    return [hit.ref for hit in shelf.near([hashed])]


def other(shelf: LiveIndex) -> LiveIndex:
    return LiveIndex(shelf.folder)


def test_what_is_added_answers_at_once_and_as_its_list_wants_it(shelf: LiveIndex) -> None:
    new, reader = random(1, 9)[0], other(shelf)
    assert refs(reader, new.tobytes()) == []
    shelf.add([Entry(new.tobytes(), 900, 1)])
    assert refs(reader, new.tobytes()) == [900]
    assert refs(reader, flipped(new, [1, 2]).tobytes()) == [900]
    assert refs(reader, flipped(new, [1, 2, 3]).tobytes()) == []
    assert len(reader) == 501


def test_what_is_taken_away_answers_no_more(shelf: LiveIndex) -> None:
    reader, new = other(shelf), random(1, 9)[0].tobytes()
    shelf.add([Entry(new, 900, 0)])
    shelf.remove([Entry(new, 900, 0), Entry(random(500)[3].tobytes(), 3, 0)])
    assert refs(reader, new) == refs(reader, random(500)[3].tobytes()) == []
    assert refs(reader, random(500)[4].tobytes()) == [4]


def test_a_merge_changes_no_answer_and_empties_the_journal(shelf: LiveIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    reader, new = other(shelf), random(40, 9)
    shelf.add([Entry(one.tobytes(), 900 + at, 0) for at, one in enumerate(new)])
    shelf.remove([Entry(new[5].tobytes(), 905, 0), Entry(random(500)[3].tobytes(), 3, 0)])
    asked = [*(one.tobytes() for one in new), *(one.tobytes() for one in random(500)[:10])]
    before = [refs(reader, one) for one in asked]
    monkeypatch.setattr(live, "MERGE_AT", 42)
    assert shelf.wants_merging()
    shelf.merge()
    assert [refs(reader, one) for one in asked] == before
    assert not shelf.wants_merging()
    assert shelf.mark == reader.mark == "as of monday"
    assert sorted(path.name for path in shelf.folder.iterdir()) == ["2.index", "2.journal", "current", "lock", "merging"]


def test_what_comes_while_a_merge_is_made_comes_along(shelf: LiveIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    late, writer = random(2, 9), other(shelf)
    shelf.add([Entry(late[0].tobytes(), 900, 0)])
    building = live.build

    def slowly(*kept: object) -> object:
        writer.add([Entry(late[1].tobytes(), 901, 0)])
        # The merging process reads its journal meanwhile, as it does for every question.
        assert refs(shelf, late[1].tobytes()) == [901]
        return building(*kept)

    monkeypatch.setattr(live, "build", slowly)
    shelf.merge()
    assert refs(shelf, late[0].tobytes()) == [900]
    assert refs(shelf, late[1].tobytes()) == [901]


@pytest.mark.slow
def test_another_process_sees_it_at_its_next_question(shelf: LiveIndex) -> None:
    code = (
        "import sys; from pathlib import Path; from cairndesk.signals.engine.near.live import LiveIndex\n"
        "shelf = LiveIndex(Path(sys.argv[1]))\n"
        "for line in sys.stdin: print([hit.ref for hit in shelf.near([bytes.fromhex(line)])], flush=True)"
    )
    new = random(1, 9)[0].tobytes()
    with subprocess.Popen(
        [sys.executable, "-c", code, shelf.folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={"PYTHONPATH": "src"}
    ) as reader:
        assert reader.stdin
        assert reader.stdout

        def asked() -> str:
            reader.stdin.write(new.hex() + "\n")
            reader.stdin.flush()
            return reader.stdout.readline().strip()

        assert asked() == "[]"
        shelf.add([Entry(new, 900, 0)])
        assert asked() == "[900]"
        shelf.merge()
        assert asked() == "[900]"
        shelf.remove([Entry(new, 900, 0)])
        assert asked() == "[]"
        reader.stdin.close()


def test_a_record_that_is_torn_at_the_end_is_not_there_and_in_the_way_of_none(shelf: LiveIndex) -> None:
    one, two = random(2, 9)
    path = shelf.folder / "1.journal"
    shelf.add([Entry(one.tobytes(), 900, 0)])
    path.write_bytes(path.read_bytes()[:-5])
    assert refs(other(shelf), one.tobytes()) == []
    shelf.add([Entry(two.tobytes(), 901, 0)])
    assert refs(other(shelf), two.tobytes()) == [901]


@pytest.mark.parametrize("place", [0, 10, journal.LENGTH - 1])
def test_a_damaged_record_is_refused(shelf: LiveIndex, place: int) -> None:
    shelf.add([Entry(random(1, 9)[0].tobytes(), 900, 0)])
    path = shelf.folder / "1.journal"
    raw = bytearray(path.read_bytes())
    raw[place] ^= 1
    path.write_bytes(raw)
    with pytest.raises(IndexDamaged):
        other(shelf).near([bytes(32)])


@pytest.mark.parametrize("name", ["current", "1.index", "1.journal"])
def test_a_folder_that_is_not_whole_is_refused(shelf: LiveIndex, name: str) -> None:
    (shelf.folder / name).write_bytes(b"{") if name == "current" else (shelf.folder / name).unlink()
    with pytest.raises(IndexDamaged):
        other(shelf).near([bytes(32)])


def test_a_full_disk_adds_nothing_and_says_so(shelf: LiveIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    new, write = random(3, 9), os.write

    def short(handle: int, data: memoryview) -> int:
        if len(data) <= journal.LENGTH:
            raise OSError(errno.ENOSPC, "no space")
        return write(handle, data[: 2 * journal.LENGTH])

    with monkeypatch.context() as full:
        full.setattr(live.os, "write", short)
        with pytest.raises(OSError, match="no space"):
            shelf.add([Entry(one.tobytes(), 900 + at, 0) for at, one in enumerate(new)])
    assert [refs(other(shelf), one.tobytes()) for one in new] == [[], [], []]
    shelf.add([Entry(new[2].tobytes(), 910, 0)])
    assert refs(other(shelf), new[2].tobytes()) == [910]


def test_there_is_no_mark_before_the_first_index(tmp_path: Path) -> None:
    assert LiveIndex(tmp_path / "near").mark is None
