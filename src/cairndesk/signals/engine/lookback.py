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

    def _near(self, block: Block) -> NDArray[np.uint32]:
        if not len(self._words) or not len(block.hashes):
            return block.hash_cases[:0]
        words = as_words(block.hashes)
        if len(self._words) <= FEW:
            return block.hash_cases[self._kernel.scan(words, self._words, self._distance).places]
        numbers = np.arange(len(words), dtype=np.uint32)
        tables = build_near(block.hashes, numbers, np.zeros(len(words), np.uint16), kernel=self._kernel)
        search, pieces = self._kernel.searcher(tables), np.array_split(self._words, os.cpu_count() or 1)
        with ThreadPoolExecutor(len(pieces)) as pool:
            found = list(pool.map(lambda piece: search(piece, self._distance).places, pieces))
        return block.hash_cases[tables.refs[np.concatenate(found)]]


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
