"""An index on the disk: as it was written, or refused with a reason; never a crash, never half of one."""

import errno
import json
import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.signals.near.conftest import flipped, random

from cairndesk.lib import files
from cairndesk.signals.engine import container
from cairndesk.signals.engine.container import Listed
from cairndesk.signals.engine.near import file, native
from cairndesk.signals.engine.near.index import Entry, NearIndex
from cairndesk.signals.engine.near.tables import Kernel
from cairndesk.signals.errors import IndexDamaged

LISTS = (Listed("near list", 31, "by hand"), Listed("strict list", 4, "from a partner"))


def written(folder: Path, hashes: np.ndarray) -> Path:
    index = NearIndex.of([Entry(one.tobytes(), 100 + at, at % 2) for at, one in enumerate(hashes)], LISTS)
    index.write(folder / "one.index")
    return folder / "one.index"


def test_a_file_answers_as_what_was_written(tmp_path: Path, kernel: Kernel) -> None:
    # So many equal hashes that blocks are too full for one byte.
    hashes = np.concatenate([random(3000), np.repeat(random(1, 2), 600, axis=0)])
    path = written(tmp_path, hashes)
    file.check(path)
    index = NearIndex.open(path, kernel=kernel)
    assert len(index) == len(hashes)
    question = flipped(hashes[1], [3, 80, 200])
    hit = index.near([flipped(hashes[0], list(range(100))).tobytes(), question.tobytes()])[0]
    assert (hit.ref, hit.distance, hit.form, hit.list) == (101, 3, 1, LISTS[1])
    assert len(index.near([hashes[-1].tobytes()])) == 600


def test_each_list_says_how_near_counts(tmp_path: Path) -> None:
    hashes = random(10)
    index = NearIndex.open(written(tmp_path, hashes))
    assert [hit.ref for hit in index.near([flipped(hashes[4], list(range(5))).tobytes()])] == [104]
    assert index.near([flipped(hashes[5], list(range(5))).tobytes()]) == []


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda raw: raw[:0], "empty"),
        (lambda raw: raw[:10], "cut short"),
        (lambda raw: raw[:-1], "cut short"),
        (lambda raw: raw + bytes(64), "longer"),
        (lambda raw: b"SQLite format 3\0" + raw[16:], "no index"),
        (lambda raw: raw[:8] + b"\x03" + raw[9:], "version 3"),
        (lambda raw: raw[:12] + raw[12:16][::-1] + raw[16:], "order of bytes"),
        (lambda raw: raw.replace(b"near list", b"fear list"), "header"),
    ],
)
def test_a_file_that_is_not_ours_and_whole_is_refused_with_a_reason(tmp_path: Path, change: object, reason: str) -> None:
    path = written(tmp_path, random(50))
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(IndexDamaged, match=reason):
        NearIndex.open(path)


def signed_anew(path: Path, change: Callable[[dict[str, Any]], None] | bytes) -> None:
    """The file has another header, or text instead of one, with a digest that fits: nobody but who wrote it could tell by that."""
    whole = path.read_bytes()
    magic, version, order, length = container._FRONT.unpack_from(whole)
    old = whole[: container._FRONT.size + length]
    if callable(change):
        header = json.loads(old[container._FRONT.size :])
        change(header)
        change = json.dumps(header).encode()
    path.write_bytes(container._closed(container._FRONT.pack(magic, version, order, len(change)) + change) + whole[len(container._closed(old)) :])


@pytest.mark.parametrize(
    "change",
    [
        {"block_bits": 7}, {"block_bits": 17}, {"block_bits": 64}, {"block_bits": -1}, {"block_bits": None}, {"chunks": 0}, {"chunks": 17},
        {"chunks": 0, "size": 1 << 40}, {"size": -1}, {"size": 1 << 62}, {"size": 51}, {"wide": [1 << 40] * 16}, {"wide": []}, {"lists": 7},
        {"lists": [{"name": "a", "distance": "31", "provenance": ""}]}, {"lists": [{"name": "a", "distance": 1 << 32, "provenance": ""}]},
    ],
)  # fmt: skip
def test_a_header_that_makes_no_sense_is_refused_however_well_it_is_signed(tmp_path: Path, change: dict[str, Any]) -> None:
    path = written(tmp_path, random(50))
    signed_anew(path, lambda header: header.update(change))
    with pytest.raises(IndexDamaged):
        NearIndex.open(path)


def test_a_header_without_end_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, random(50))
    signed_anew(path, b'{"size":' + b"[" * 100_000)
    with pytest.raises(IndexDamaged):
        NearIndex.open(path)


@pytest.mark.slow
def test_a_header_of_any_numbers_is_refused_or_answers(tmp_path: Path, kernel: Kernel) -> None:
    path, dice = written(tmp_path, random(3000)), np.random.default_rng(7)
    whole, questions, met = path.read_bytes(), [random(2)[0].tobytes()], Counter[str]()
    for _ in range(100):
        name, number = str(dice.choice(["size", "chunks", "block_bits"])), int(dice.choice([0, 1, 5, 6, 11, 15, 16, 2999, 3001, 1 << 31]))
        signed_anew(path, lambda header, name=name, number=number: header.update({name: number}))  # type: ignore[misc]
        met[asked(path, questions, kernel)] += 1
        path.write_bytes(whole)
    assert met["opening"]


@contextmanager
def changed(path: Path, whole: bytes, turn: int, dice: np.random.Generator) -> Iterator[bool]:
    """Meanwhile the file is cut short or longer, or a byte, a word or a run of bytes in it is another; says whether it differs from `whole`.

    Now and then in the header, which is small beside the body. In place, because a megabyte for each would take longer than the search.
    """
    at, way = int(dice.integers(len(whole) if turn % 20 else 400)), turn % 7
    new = b"\xff\xff\xff\x7f"[: len(whole) - at] if way == 0 else dice.bytes(min((1, 4, 64)[way % 3], len(whole) - at))
    with path.open("r+b", buffering=0) as stream:
        if way < 5:
            os.pwrite(stream.fileno(), new, at)
        else:
            stream.truncate(at if way == 5 else len(whole) + at + 1)
        yield way >= 5 or new != whole[at : at + len(new)]
        stream.truncate(len(whole))
        os.pwrite(stream.fileno(), whole[at:] if way == 5 else whole[at : at + 64], at)


@pytest.mark.slow
@pytest.mark.parametrize("size", [70, 3000])
def test_ten_thousand_changed_files_are_each_refused_and_none_brings_the_search_down(tmp_path: Path, size: int, kernel: Kernel) -> None:
    """5,000 of each size for the compiled half. Each is refused when it is opened or, where only its body was changed, by the full check.

    Until somebody checks, such a body is asked: it may answer otherwise than what was written, or be refused, and is never a crash.
    """
    path = written(tmp_path, random(size))
    whole, dice = path.read_bytes(), np.random.default_rng(size)
    questions = [one.tobytes() for one in random(2, 8)] + [random(size)[3].tobytes()]
    right, refused = NearIndex.open(path, kernel=kernel).near(questions), Counter[str]()
    for turn in range(5000 if kernel is native else 200):
        with changed(path, whole, turn, dice) as differs:
            refused[asked(path, questions, kernel)] += 1
            with pytest.raises(IndexDamaged) if differs else nullcontext():
                file.check(path)
    assert min(refused["opening"], refused["nowhere"]) > 0
    assert refused["asking"] or kernel is not native
    assert path.read_bytes() == whole
    assert NearIndex.open(path, kernel=kernel).near(questions) == right != []


def asked(path: Path, questions: list[bytes], kernel: Kernel) -> str:
    """At what the file was refused by whoever does not check its body."""
    try:
        index = NearIndex.open(path, kernel=kernel)
    except IndexDamaged:
        return "opening"
    try:
        index.near(questions)
    except IndexDamaged:
        return "asking"
    return "nowhere"


def test_a_writer_that_meets_a_full_disk_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hashes = random(20)
    path = written(tmp_path, hashes)

    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "no space")

    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(OSError, match="no space"):
        written(tmp_path, random(30, 2))
    assert [hit.ref for hit in NearIndex.open(path).near([hashes[7].tobytes()])] == [107]
    assert [one.name for one in tmp_path.iterdir()] == ["one.index"]
