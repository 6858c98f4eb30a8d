"""The readable half in NumPy: the same tables and the same answers as `match.c`, for machines without a compiler."""

import numpy as np
from numpy.typing import NDArray

from cairndesk.signals.engine.near.layout import WORDS, Chunk, bits, flips, packed_bytes, probes, radii
from cairndesk.signals.engine.near.tables import WIDE, Laid, Near, Postings, Searcher, Tables, Words
from cairndesk.signals.errors import IndexDamaged

_TWO_FLIPS = 2
_Places = NDArray[np.int64]


def order(words: Words, chunk: Chunk) -> NDArray[np.uint32]:
    """The order of the hashes by the value of `chunk`; equal ones stay as they came."""
    return np.argsort(bits(words, chunk.first, chunk.width), kind="stable").astype(np.uint32)


def lay(words: Words, chunk: Chunk, id_bits: int) -> Laid:
    """How many hashes have each value of `chunk`, and in the order of the values their sketches and numbers."""
    values = bits(words, chunk.first, chunk.width)
    by_value = np.argsort(values, kind="stable")
    sketches = bits(words[by_value], chunk.next_first, chunk.next_width).astype(np.uint16)
    ids = _packed(by_value.astype("<u4"), id_bits) if id_bits else np.zeros(0, np.uint8)
    return np.bincount(values, minlength=1 << chunk.width).astype(np.uint32), sketches, ids


def searcher(tables: Tables) -> Searcher:
    """What answers questions from `tables`: all hashes within a distance of each."""
    return lambda questions, distance: _joined([_one(tables, question, distance) for question in questions])


def scan(words: Words, questions: Words, distance: int) -> Near:
    """The same by reading all hashes one after the other."""
    return _joined([_scan(words, question, distance) for question in questions])


def _one(tables: Tables, question: Words, distance: int) -> tuple[_Places, NDArray[np.uint16]]:
    shared = radii(len(tables.layout.chunks), distance)
    if max(shared) > _TWO_FLIPS:
        return _scan(tables.hashes, question, distance)
    found = [_candidates(tables, at, question, shared) for at in range(len(shared))]
    places = np.unique(np.concatenate(found))
    if len(places) and places[-1] >= len(tables.hashes):
        raise IndexDamaged
    close, distances = _scan(tables.hashes[places], question, distance)
    return places[close], distances


def _scan(words: Words, question: Words, distance: int) -> tuple[_Places, NDArray[np.uint16]]:
    apart = np.zeros(len(words), dtype=np.uint16)
    for word in range(WORDS):
        apart += np.bitwise_count(words[:, word] ^ question[word])
    close = np.flatnonzero(apart <= distance)
    return close, apart[close]


def _candidates(tables: Tables, at: int, question: Words, shared: list[int]) -> _Places:
    """The hashes in the buckets that are asked at one chunk, less those whose sketch says that they are too far."""
    chunk, postings = tables.layout.chunks[at], tables.postings[at]
    masks = flips(chunk.width)[: probes(chunk.width, shared[at])]
    starts, ends = ranges(postings, bits(question, chunk.first, chunk.width) ^ masks, tables.block_bits)
    if np.any((starts > ends) | (ends > len(tables.hashes))):
        raise IndexDamaged
    many = ends - starts
    places = np.repeat(starts - np.cumsum(many) + many, many) + np.arange(many.sum())
    budget = shared[at] + shared[(at + 1) % len(shared)] + 1 - np.bitwise_count(masks).astype(np.int64)
    sketch = bits(question, chunk.next_first, chunk.next_width).astype(np.uint16)
    places = places[np.bitwise_count(postings.sketches[places] ^ sketch) <= np.repeat(budget, many)]
    return places if at == 0 else _ids(postings, places, tables.layout.id_bits)


def ranges(postings: Postings, values: NDArray[np.uint32], block_bits: int) -> tuple[_Places, _Places]:
    """Where the postings of each value begin and end; raises IndexDamaged."""
    blocks, inside = values >> block_bits, (values & ((1 << block_bits) - 1)).astype(np.int64)
    base = postings.base[blocks].astype(np.int64)
    before = np.where(inside > 0, postings.ends[values - np.minimum(inside, 1).astype(np.uint32)], 0)
    starts, ends = base + before, base + postings.ends[values]
    wide = np.flatnonzero(base & WIDE)
    edges = (base[wide] ^ WIDE) + inside[wide]
    if np.any(edges + 1 >= len(postings.wide)):
        raise IndexDamaged
    starts[wide], ends[wide] = postings.wide[edges], postings.wide[edges + 1]
    return starts, ends


def _packed(numbers: NDArray[np.uint32], id_bits: int) -> NDArray[np.uint8]:
    digits = np.unpackbits(numbers.view(np.uint8).reshape(-1, 4), axis=1, bitorder="little")[:, :id_bits]
    packed, room = np.packbits(digits, axis=None, bitorder="little"), np.zeros(packed_bytes(len(numbers), id_bits), np.uint8)
    room[: len(packed)] = packed
    return room


def _ids(postings: Postings, places: _Places, id_bits: int) -> _Places:
    start = places * id_bits
    digits = postings.ids[(start >> 3)[:, None] + np.arange(5)].astype(np.int64)
    return np.asarray(((digits << (8 * np.arange(5))).sum(axis=1) >> (start & 7)) & ((1 << id_bits) - 1))


def _joined(found: list[tuple[_Places, NDArray[np.uint16]]]) -> Near:
    places = [places for places, _ in found] or [np.zeros(0, np.int64)]
    distances = [distances for _, distances in found] or [np.zeros(0, np.uint16)]
    counts = np.array([len(some) for some, _ in found], dtype=np.int64)
    return Near(counts, np.concatenate(places).astype(np.uint32), np.concatenate(distances))
