"""Near matching: ours beside the index of `threatexchange` at its best, and `faiss` reading the whole list.

The lists are random, the questions are listed hashes with up to 31 flipped bits, and every answer is compared with the flat scan's before
a clock runs. Approximate indexes (HNSW, IVF) are no peers: they miss a tenth to a half of what is there.
"""

import ctypes
import gc
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import faiss
import numpy as np
from bench.report import Row, Scale, beside, less_is_better, seconds
from numpy.typing import NDArray
from threatexchange.signal_type.pdq.pdq_index import PDQIndex

from cairndesk.signals.engine.container import Listed
from cairndesk.signals.engine.near import plain
from cairndesk.signals.engine.near.build import build
from cairndesk.signals.engine.near.index import Entry, NearIndex
from cairndesk.signals.engine.near.layout import as_words, bits, flips, probes, radii
from cairndesk.signals.engine.near.live import LiveIndex
from cairndesk.signals.engine.near.reach import MAX_DISTANCE
from cairndesk.signals.engine.near.tables import Tables

_ONES, _MANY, _FLAT, _THREADS, _LINE = 200, 4000, 5, 2, 64
_LISTS = [Listed("list", MAX_DISTANCE, "")]
_Hashes = NDArray[np.uint8]


@dataclass(frozen=True)
class _Set:
    """A list and what is asked of it; `named` is the size that the row's name promises, in millions."""

    named: int
    hashes: _Hashes
    asked: _Hashes

    def note(self, words: str) -> str:
        """`words`, after the true size where it is not the promised one."""
        size = len(self.hashes)
        return words if size == self.named * 1_000_000 else f"on a smaller list, {size:,} hashes; {words}"


def rows(*, scale: Scale) -> list[Row]:
    """Rows of one and of ten million hashes; a soak adds fifty million of ours, beside the target."""
    small, large = scale.of(tiny=(2_000, 5_000), quick=(50_000, 200_000), usual=(1_000_000, 10_000_000))
    found = [*_of_one_million(_set(1, small)), *_of_ten_million(_set(10, large))]
    return [*found, *_of_fifty_million()] if scale is Scale.SOAK else found


def _set(named: int, size: int) -> _Set:
    dice = np.random.default_rng(named)
    hashes = dice.integers(0, 256, (size, 32), dtype=np.uint8)
    order = np.argsort(dice.random((_MANY, 256), dtype=np.float32), axis=1)
    flips = (order < dice.integers(0, MAX_DISTANCE + 1, _MANY)[:, None]).astype(np.uint8)
    return _Set(named, hashes, hashes[dice.integers(0, size, _MANY)] ^ np.packbits(flips, axis=1))


def _ours(held: _Set) -> NearIndex:
    """Our index, mapped from its file as every process of a desk has it."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        path = Path(folder) / "near.index"
        _built(held).write(path)
        return NearIndex.open(path)


def _built(held: _Set) -> NearIndex:
    size = len(held.hashes)
    return NearIndex(build(held.hashes, np.arange(size, dtype=np.uint32), np.zeros(size, np.uint16)), _LISTS)


def _peer(held: _Set) -> "PDQIndex[int]":
    return PDQIndex((one.tobytes().hex(), ref) for ref, one in enumerate(held.hashes))


def _flat(held: _Set) -> Callable[[_Hashes], list[list[int]]]:
    """Every listed hash within 31 bits of each question, by reading the whole list."""
    index = faiss.IndexBinaryFlat(256)
    index.add(held.hashes)

    def ask(questions: _Hashes) -> list[list[int]]:
        limits, _, places = index.range_search(questions, MAX_DISTANCE + 1)
        return [sorted(places[limits[at] : limits[at + 1]].tolist()) for at in range(len(questions))]

    return ask


def _found(index: NearIndex, questions: Sequence[bytes]) -> list[list[int]]:
    return [sorted(hit.ref for hit in index.near([one])) for one in questions]


def _of_one_million(held: _Set) -> list[Row]:
    index, peer = _ours(held), _peer(held)
    clustered = _clustered(held)
    note = "a list of which every hash has nine near copies, as of pictures that are shared again and again"
    return [
        _one("match-1m", held, index, peer),
        _one("match-1m-clustered", clustered, _ours(clustered), _peer(clustered), note=note),
        _added(held, peer),
    ]


def _clustered(held: _Set) -> _Set:
    """As many hashes, in groups of ten that lie a few bits apart."""
    dice, size = np.random.default_rng(11), len(held.hashes)
    centres = np.repeat(held.hashes[: size // 10], 10, axis=0)
    hashes = centres ^ np.packbits(dice.random((len(centres), 256), dtype=np.float32) < 0.03, axis=1)
    return _Set(held.named, hashes, hashes[dice.integers(0, len(hashes), _MANY)])


def _of_ten_million(held: _Set) -> list[Row]:
    taken = statistics.median(seconds(lambda: _built(held)) for _ in range(3))
    index = _ours(held)
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        room = pool.submit(_room_of_peer, held.named, len(held.hashes)).result()
    start = time.perf_counter()
    peer = _peer(held)
    theirs = time.perf_counter() - start
    gc.freeze()
    flat = _flat(held)
    note = held.note("hashes at hand to an index that answers; peer: PDQIndex of threatexchange")
    built = less_is_better("build-10m", taken, theirs, unit="s", note=note)
    bytes_note = held.note("bytes a hash of the mapped file, shared by all processes; peer: memory by which a new process grows")
    found = [
        _one("match-10m", held, index, peer),
        _beside_memory(held, index),
        _beside_flat(held, index, flat),
        _tail_of_times(held, index),
        _forms(held, index),
        _batch(held, index, peer),
        built,
        _opened(held, index),
        less_is_better("match-10m-bytes", index.tables.nbytes() / len(index), room, unit="bytes", note=bytes_note),
    ]
    gc.unfreeze()
    return found


def _room_of_peer(named: int, size: int) -> float:
    """Bytes a hash by which a process grows that makes the peer's index; a new one, since memory that was used before would be taken again."""
    held = _set(named, size)
    _peer(_set(named, 1000))  # What the libraries take for themselves is no part of a list.
    before = _resident()
    peer = _peer(held)
    grown = _resident() - before
    assert peer.query(held.asked[0].tobytes().hex())
    return grown / size


def _warm(held: _Set, index: NearIndex) -> None:
    """As in a desk that has answered for a while: its pages of the file are mapped. While a peer was built the system may have taken them back."""
    list(index.of_each(held.asked.tobytes()))


def _one(row: str, held: _Set, index: NearIndex, peer: "PDQIndex[int]", *, note: str = "one PDQ hash, all within 31 bits") -> Row:
    _warm(held, index)
    asked = [one.tobytes() for one in held.asked[:_ONES]]
    texts = [one.hex() for one in asked]

    def theirs() -> list[list[int]]:
        return [sorted(match.metadata for match in peer.query(text)) for text in texts]

    assert _found(index, asked) == theirs()
    note = held.note(f"{note}; peer: PDQIndex of threatexchange")
    return beside(row, lambda: [index.near([one]) for one in asked], theirs, note=note, of=len(asked))


def _beside_memory(held: _Set, index: NearIndex) -> Row:
    """What memory takes for the same cache lines in the same order while nothing is done with them: no look-up in this layout is faster."""
    _warm(held, index)
    tables = list(index.tables.every())
    first, end = min(one.ctypes.data for one in tables), max(one.ctypes.data + one.nbytes for one in tables)
    memory = np.frombuffer((ctypes.c_uint8 * (end - first)).from_address(first), np.uint8)
    asked = held.asked[:_ONES]
    lines = [_lines(index.tables, question, first) for question in as_words(asked)]
    questions = [one.tobytes() for one in asked]
    many = sum(map(len, lines)) // len(lines)
    note = held.note(f"one PDQ hash; peer: reading the {many:,} cache lines that it reads, and nothing else")
    return beside(
        "match-10m-memory", lambda: [index.near([one]) for one in questions], lambda: [memory[some].max() for some in lines], note=note, of=len(asked)
    )


def _lines(tables: Tables, question: NDArray[np.uint64], first: int) -> NDArray[np.int64]:
    """Where in memory, counted from `first`, the cache lines of the counts and sketches begin that one question reads."""
    found, shared = [], radii(len(tables.layout.chunks), MAX_DISTANCE)
    for chunk, own, radius in zip(tables.layout.chunks, tables.postings, shared, strict=True):
        values = bits(question, chunk.first, chunk.width) ^ flips(chunk.width)[: probes(chunk.width, radius)]
        starts, ends = plain.ranges(own, values, tables.block_bits)
        held = ends > starts
        for table, places in ((own.ends, values), (own.sketches, starts[held]), (own.sketches, ends[held] - 1)):
            found.append(table.ctypes.data - first + places.astype(np.int64) * table.itemsize)
    every = np.concatenate(found)
    return every[np.sort(np.unique(every // _LINE, return_index=True)[1])]


def _beside_flat(held: _Set, index: NearIndex, flat: Callable[[_Hashes], list[list[int]]]) -> Row:
    """Ours is asked `_ONES` times in a row: what reads a list whole leaves nothing else in the processor's caches, and no desk does both."""
    _warm(held, index)
    asked, few = [one.tobytes() for one in held.asked[:_ONES]], held.asked[:_FLAT]
    assert _found(index, asked[:_FLAT]) == flat(few)
    note = held.note(f"the same, {_ONES} in a row; peer: faiss reading the whole list, {_FLAT} times")
    return beside(
        "match-10m-flat", lambda: [index.near([one]) for one in asked], lambda: [flat(one[None]) for one in few], note=note, of=_ONES, peer_of=_FLAT
    )


def _tail_of_times(held: _Set, index: NearIndex) -> Row:
    _warm(held, index)
    times = sorted(seconds(lambda one=one: index.near([one.tobytes()])) * 1000 for one in held.asked[:2000])  # type: ignore[misc]
    half, late = times[len(times) // 2], times[len(times) * 99 // 100]
    return less_is_better("match-10m-p99", late, 2 * half, unit="ms", note=held.note("the slowest of a hundred; peer: the goal, twice the median"))


def _forms(held: _Set, index: NearIndex) -> Row:
    dice = np.random.default_rng(8)
    eight = [[one.tobytes(), *(dice.bytes(32) for _ in range(7))] for one in held.asked[:_ONES]]
    note = held.note("all eight forms of a picture; peer: one form, eight times")
    return beside(
        "match-10m-forms",
        lambda: [index.near(forms) for forms in eight],
        lambda: [index.near([one]) for forms in eight for one in forms],
        note=note,
        of=_ONES,
    )


def _batch(held: _Set, index: NearIndex, peer: "PDQIndex[int]") -> Row:
    halves = [held.asked[at::_THREADS].tobytes() for at in range(_THREADS)]
    texts = [one.tobytes().hex() for one in held.asked[:_ONES]]

    def ours() -> int:
        return sum(pool.map(lambda half: len(list(index.of_each(half))), halves))

    with ThreadPoolExecutor(_THREADS) as pool:
        assert ours() == len(list(index.of_each(held.asked.tobytes())))
        mine = statistics.median(seconds(ours) for _ in range(5)) * 1000 / len(held.asked)
    theirs = statistics.median(seconds(lambda: peer.index.search_with_distance_in_result(texts, MAX_DISTANCE)) for _ in range(3)) * 1000 / len(texts)
    note = held.note(f"one of {len(held.asked):,} at once on two threads; peer: PDQIndex, {len(texts)} at once with faiss's own threads")
    return less_is_better("batch-10m", mine, theirs, unit="ms", note=note)


def _opened(held: _Set, index: NearIndex) -> Row:
    question = held.asked[0].tobytes()
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        path = Path(folder) / "near.index"
        index.write(path)
        taken = statistics.median(seconds(lambda: NearIndex.open(path).near([question])) for _ in range(9)) * 1000
    return less_is_better("open-10m", taken, 10, unit="ms", note=held.note("from the file on disk to the first answer; peer: the goal"))


def _added(held: _Set, peer: "PDQIndex[int]") -> Row:
    dice = np.random.default_rng(9)
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        shelf, other = LiveIndex(Path(folder) / "lists"), LiveIndex(Path(folder) / "lists")
        size = len(held.hashes)
        shelf.replace(build(held.hashes, np.arange(size, dtype=np.uint32), np.zeros(size, np.uint16)), _LISTS, mark="1")

        def ours() -> None:
            new = dice.bytes(32)
            shelf.add([Entry(new, size + len(shelf), 0)])
            assert other.near([new])

        def theirs() -> None:
            new = dice.bytes(32)
            peer.add(new.hex(), -1)
            assert peer.query(new.hex())

        note = held.note("one hash from being added until another reader of the index answers; peer: PDQIndex in the same process")
        return beside("add-live", ours, theirs, note=note, rounds=5)


def _of_fifty_million() -> list[Row]:
    held = _set(50, 50_000_000)
    index = _ours(held)
    asked = [one.tobytes() for one in held.asked[:_ONES]]
    taken = statistics.median(seconds(lambda: [index.near([one]) for one in asked]) for _ in range(5)) * 1000 / len(asked)
    return [
        less_is_better("match-50m", taken, 0.25, unit="ms", note="one PDQ hash; peer: the goal, for no other index of this size fits the machine"),
        less_is_better("match-50m-bytes", index.tables.nbytes() / len(index), 100, unit="bytes", note="bytes a hash; peer: the goal"),
    ]


def _resident() -> int:
    """Bytes of memory that this process holds."""
    gc.collect()
    fields = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text("ascii").splitlines())
    return int(fields["VmRSS"].split()[0]) * 1024
