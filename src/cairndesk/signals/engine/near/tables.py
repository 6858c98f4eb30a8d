"""What is searched: the tables of an index, as arrays in memory or as views of a mapped file."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from cairndesk.signals.engine.near.layout import Chunk, Layout

MOST_BLOCK_BITS = 6
"""At most 2^this values share a base."""

WIDE = 1 << 31
"""Set in `Postings.base` where a block holds more postings than one byte can count; the rest is its place in `wide`."""

Words = NDArray[np.uint64]
Laid = tuple[NDArray[np.uint32], NDArray[np.uint16], NDArray[np.uint8]]


@dataclass(frozen=True, slots=True, eq=False)
class Postings:
    """One chunk: of each block of values the first place, of each value the end; of each place the sketch and the hash.

    `base` and `ends` count places; `ends` from the base of its block. `wide` holds all edges of the blocks that are too
    full for that. `ids` are numbers of `id_bits` bits without gaps, lowest bits first; empty for the first chunk, by which the hashes are sorted.
    """

    base: NDArray[np.uint32]
    ends: NDArray[np.uint8]
    wide: NDArray[np.uint32]
    sketches: NDArray[np.uint16]
    ids: NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Tables:
    """`hashes` has shape (n, 4) in little-endian words; `refs` and `lists` follow its order. 2^block_bits values share a base."""

    layout: Layout
    block_bits: int
    hashes: Words
    refs: NDArray[np.uint32]
    lists: NDArray[np.uint16]
    postings: tuple[Postings, ...]

    def nbytes(self) -> int:
        """The bytes of all tables."""
        return sum(table.nbytes for table in self.every())

    def every(self) -> Iterator[NDArray[Any]]:
        """All tables, in the order in which a file holds them."""
        yield from (self.hashes, self.refs, self.lists)
        for own in self.postings:
            yield from (own.base, own.ends, own.wide, own.sketches, own.ids)


@dataclass(frozen=True, slots=True, eq=False)
class Near:
    """What was found: of each question how many, then all places with their distances in bits, question by question."""

    counts: NDArray[np.int64]
    places: NDArray[np.uint32]
    distances: NDArray[np.uint16]


Searcher = Callable[[Words, int], Near]


class Kernel(Protocol):
    """The two halves that give the same answers: `native` and `plain`."""

    def order(self, words: Words, chunk: Chunk) -> NDArray[np.uint32]:
        """The order of the hashes by the value of `chunk`; equal ones stay as they came."""

    def lay(self, words: Words, chunk: Chunk, id_bits: int) -> Laid:
        """How many hashes have each value of `chunk`, and in the order of the values their sketches and numbers."""

    def searcher(self, tables: Tables) -> Searcher:
        """What answers questions from `tables`: all hashes within a distance (0 to 255 bits); raises IndexDamaged."""

    def scan(self, words: Words, questions: Words, distance: int) -> Near:
        """The same by reading all hashes one after the other."""
