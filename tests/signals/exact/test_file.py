"""A prefix index on the disk: as it was written, or refused with a reason; never a crash."""

import contextlib
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from cairndesk.signals.engine import container
from cairndesk.signals.engine.container import Content, Form, Listed
from cairndesk.signals.engine.exact import file
from cairndesk.signals.engine.exact.gather import Entry
from cairndesk.signals.engine.exact.index import ExactIndex, Hit
from cairndesk.signals.engine.identifiers import Kind
from cairndesk.signals.engine.near.index import NearIndex
from cairndesk.signals.errors import IndexDamaged

LISTS = (Listed("one", 0, "by hand"), Listed("other", 31, "from a partner"))


def entries(size: int) -> list[Entry]:
    dice = np.random.default_rng(size)
    hashes = [Entry(kind, dice.bytes(length).hex(), at, at % 2) for at in range(size) for kind, length in ((Kind.MD5, 16), (Kind.SHA1, 20))]
    return [*hashes, Entry(Kind.URL, "https://pics.example/a", 1, 1), Entry(Kind.URL, "https://pics.example/a", 2, 0)]


def written(folder: Path, listed: list[Entry]) -> Path:
    ExactIndex.of(listed, LISTS).write(folder / "one.index")
    return folder / "one.index"


def test_a_file_answers_as_what_was_written(tmp_path: Path) -> None:
    listed = entries(700)
    path = written(tmp_path, listed)
    file.check(path)
    index = ExactIndex.open(path)
    assert len(index) == len(listed)
    assert all(index.find(entry.kind, entry.value) == [Hit(entry.ref, LISTS[entry.list])] for entry in listed[:-2])
    assert index.find(Kind.URL, "https://pics.example/a") == [Hit(1, LISTS[1]), Hit(2, LISTS[0])]
    assert index.find(Kind.URL, "https://pics.example/b") == []
    key = np.frombuffer(bytes.fromhex(listed[0].value), np.uint8).reshape(1, -1)
    assert index.find_many(listed[0].kind, key).refs.tolist() == [listed[0].ref]


def test_an_empty_index_can_be_kept(tmp_path: Path) -> None:
    index = ExactIndex.open(written(tmp_path, []))
    assert len(index) == 0
    assert index.find(Kind.MD5, "ab" * 16) == []


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda raw: raw[:0], "empty"),
        (lambda raw: raw[:10], "cut short"),
        (lambda raw: raw[:-1], "cut short"),
        (lambda raw: raw + bytes(64), "longer"),
        (lambda raw: b"SQLite format 3\0" + raw[16:], "no index"),
        (lambda raw: raw[:8] + b"\x02" + raw[9:], "version 2"),
        (lambda raw: raw.replace(b"by hand", b"by foot"), "header"),
    ],
)
def test_a_file_that_is_not_ours_and_whole_is_refused_with_a_reason(tmp_path: Path, change: Callable[[bytes], bytes], reason: str) -> None:
    path = written(tmp_path, entries(5))
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(IndexDamaged, match=reason):
        ExactIndex.open(path)


def test_the_index_of_another_search_is_refused(tmp_path: Path) -> None:
    NearIndex.of([], LISTS).write(tmp_path / "near.index")
    with pytest.raises(IndexDamaged, match="no index"):
        ExactIndex.open(tmp_path / "near.index")


SAID = {"kind": "md5", "bits": 8, "size": 0, "list_bytes": 1}


@pytest.mark.parametrize(
    "tables",
    [None, [None], [SAID | {"kind": "colour"}], [SAID | {"bits": 31}], [SAID | {"size": -1}], [SAID | {"size": "many"}], [SAID | {"list_bytes": 3}]],
)
def test_a_header_that_makes_no_sense_is_refused(tmp_path: Path, tables: object) -> None:
    body = [np.zeros(257, np.uint32)]
    container.write(tmp_path / "one.index", Form(b"CAIRNEQL", 1, list), Content({"tables": tables}, [], body))
    with pytest.raises(IndexDamaged):
        ExactIndex.open(tmp_path / "one.index")


def test_padding_counts_as_part_of_the_file(tmp_path: Path) -> None:
    path = written(tmp_path, entries(3))
    path.write_bytes(path.read_bytes()[:-1] + b"\x01")
    with pytest.raises(IndexDamaged, match="body"):
        file.check(path)


def changed(whole: bytes, turn: int, dice: np.random.Generator) -> bytes:
    """One byte, a run of bytes, a word that points far away, or a file cut short; now and then in the header, which is small."""
    at, long = int(dice.integers(len(whole) if turn % 8 else 500)), (1, 4, 64)[turn % 3]
    if turn % 10 == 0:
        return whole[:at]
    new = dice.bytes(long) if long != 4 else struct.pack("<I", int(dice.integers(1 << 32)))
    return whole[:at] + new + whole[at + long :]


@pytest.mark.slow
def test_ten_thousand_changed_files_are_refused_or_read_and_none_brings_the_search_down(tmp_path: Path) -> None:
    """Each is refused when it is opened or, where only its body was changed, by the full check. Until then it may answer otherwise."""
    listed = entries(60)
    path = written(tmp_path, listed)
    whole, dice = path.read_bytes(), np.random.default_rng(3)
    keys = np.array([list(bytes.fromhex(entry.value)) for entry in listed if entry.kind is Kind.MD5], np.uint8)
    refused = 0
    for turn in range(10_000):
        raw = changed(whole, turn, dice)
        path.write_bytes(raw)
        try:
            index = ExactIndex.open(path)
        except IndexDamaged:
            refused += 1
            continue
        with pytest.raises(IndexDamaged) if raw != whole else contextlib.nullcontext():
            file.check(path)
        with contextlib.suppress(IndexDamaged):
            index.find_many(Kind.MD5, keys)
        for entry in listed[turn % 7 :: 7]:
            with contextlib.suppress(IndexDamaged):
                index.find(entry.kind, entry.value)
    assert 1000 < refused < 9000
