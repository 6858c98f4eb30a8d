"""Meet what was seen before with new entries of a list: which cases have to be looked at again. Nothing within the distance is missed."""

import os
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from cairndesk.signals.engine.exact.build import build as build_exact
from cairndesk.signals.engine.exact.keys import TEXT_BYTES, text_key
from cairndesk.signals.engine.exact.lookup import Lookup
from cairndesk.signals.engine.identifiers import Kind
from cairndesk.signals.engine.keys import listed_keys
from cairndesk.signals.engine.near import kernels
from cairndesk.signals.engine.near.build import build as build_near
from cairndesk.signals.engine.near.layout import HASH_BYTES, as_words
from cairndesk.signals.engine.seen import Block, together

FEW = 200
"""So many new hashes are compared with everything; for more of them, laying out what was seen as an index is less work."""

_GROUP = 1 << 19
"""An index over more hashes answers many entries in less time; laying out this many takes some 250 MB for a moment."""


class Additions:
    """New entries of one list, by kind and normal form, and how near a picture has to be (bits of 256). Any number of threads may ask."""

    def __init__(self, entries: Iterable[tuple[Kind, str]], *, distance: int) -> None:
        keys, hashes = set[bytes](), set[bytes]()
        for kind, value in entries:
            if kind is Kind.PDQ:
                hashes.add(bytes.fromhex(value))
            else:
                keys.update(text_key(*key) for key in listed_keys(kind, value))
        table, nothing = _table(keys, TEXT_BYTES), np.zeros(len(keys), np.uint32)
        self._lookup = Lookup(build_exact(table, nothing, nothing.astype(np.uint8))) if keys else None
        self.hashes = sorted(hashes)
        self._words = as_words(_table(hashes, HASH_BYTES))
        self._distance, self._kernel = distance, kernels.best()

    def met_in(self, blocks: Iterable[Block]) -> set[UUID]:
        """The cases of `blocks`, read one after the other, that one of the entries meets."""
        groups = in_groups(blocks, hashes=_GROUP if len(self._words) > FEW else 0)
        return {case for block in groups for case in self.met(block)}

    def met(self, block: Block) -> set[UUID]:
        """The cases of `block` that one of the entries meets."""
        return set(block.ids(np.unique(np.concatenate([self._equal(block), self._near(block)])).tolist()))

    def _equal(self, block: Block) -> NDArray[np.uint32]:
        if self._lookup is None or not len(block.keys):
            return block.key_cases[:0]
        return block.key_cases[self._lookup.find_many(block.keys).counts > 0]

    def nearest_in(self, blocks: Iterable[Block]) -> dict[UUID, int]:
        """The cases of `blocks` with a picture within the distance of one of the entries, and how near the nearest is (bits of 256)."""
        found: dict[UUID, int] = {}
        for block in in_groups(blocks, hashes=_GROUP if len(self._words) > FEW else 0):
            places, distances, _ = self._within(block)
            nearest = np.full(len(block.cases), self._distance + 1, np.uint16)
            np.minimum.at(nearest, block.hash_cases[places], distances)
            met = np.flatnonzero(nearest <= self._distance)
            for case, distance in zip(block.ids(met.tolist()), nearest[met].tolist(), strict=True):
                found[case] = min(distance, found.get(case, distance))
        return found

    def pairs_in(self, blocks: Iterable[Block]) -> Iterator[tuple[int, UUID, int]]:
        """The place in `hashes` of each new hash, every case of `blocks` with a picture within the distance of it, and how near the nearest is."""
        for block in in_groups(blocks, hashes=_GROUP if len(self._words) > FEW else 0):
            places, distances, asked = self._within(block)
            both = asked.astype(np.int64) * len(block.cases) + block.hash_cases[places]
            pairs, at = np.unique(both, return_inverse=True)
            nearest = np.full(len(pairs), self._distance, np.uint16)
            np.minimum.at(nearest, at, distances)
            of = dict(zip(found := np.unique(pairs % max(len(block.cases), 1)).tolist(), block.ids(found), strict=True))
            for pair, distance in zip(pairs.tolist(), nearest.tolist(), strict=True):
                yield pair // len(block.cases), of[pair % len(block.cases)], distance

    def _near(self, block: Block) -> NDArray[np.uint32]:
        return block.hash_cases[self._within(block)[0]]

    def _within(self, block: Block) -> tuple[NDArray[np.uint32], NDArray[np.uint16], NDArray[np.int64]]:
        """The places of the hashes of `block` within the distance of an entry, how far each is from it, and of which; a place may come twice."""
        if not len(self._words) or not len(block.hashes):
            return np.zeros(0, np.uint32), np.zeros(0, np.uint16), np.zeros(0, np.int64)
        words = as_words(block.hashes)
        if len(self._words) <= FEW:
            near = self._kernel.scan(words, self._words, self._distance)
            return near.places, near.distances, np.repeat(np.arange(len(self._words)), near.counts)
        numbers = np.arange(len(words), dtype=np.uint32)
        tables = build_near(block.hashes, numbers, np.zeros(len(words), np.uint16), kernel=self._kernel)
        search, pieces = self._kernel.searcher(tables), np.array_split(self._words, os.cpu_count() or 1)
        with ThreadPoolExecutor(len(pieces)) as pool:
            found = list(pool.map(lambda piece: search(piece, self._distance), pieces))
        of = np.repeat(np.arange(len(self._words)), np.concatenate([near.counts for near in found]))
        return tables.refs[np.concatenate([near.places for near in found])], np.concatenate([near.distances for near in found]), of


def in_groups(blocks: Iterable[Block], *, hashes: int) -> Iterator[Block]:
    """The same cases in blocks of at least so many hashes."""
    group: list[Block] = []
    for block in blocks:
        group.append(block)
        if sum(len(one.hashes) for one in group) >= hashes:
            # What it is made of must not stay in memory while it is asked.
            whole, group = together(group), []
            yield whole
    if group:
        yield together(group)


def _table(rows: set[bytes], width: int) -> NDArray[np.uint8]:
    return np.frombuffer(b"".join(sorted(rows)), np.uint8).reshape(-1, width)
