"""An index that answers which lists hold a value, in memory or from a mapped file.

index = ExactIndex.open(path)
for hit in index.find(Kind.MD5, digits): ...
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cairndesk.signals.engine.container import Listed
from cairndesk.signals.engine.exact import file
from cairndesk.signals.engine.exact.gather import Entry, gather
from cairndesk.signals.engine.exact.keys import keyer
from cairndesk.signals.engine.exact.lookup import Lookup
from cairndesk.signals.engine.exact.tables import Equal, Table
from cairndesk.signals.engine.kinds import Kind
from cairndesk.signals.errors import IndexDamaged


class Hit(NamedTuple):
    """One listed value that answers: the number it was listed under, and its list."""

    ref: int
    list: Listed


class ExactIndex:
    """A fixed set of listed values; safe to be asked by any number of threads."""

    def __init__(self, tables: Mapping[Kind, Table], lists: Sequence[Listed]) -> None:
        self.tables, self.lists = dict(tables), tuple(lists)
        self._held = {kind: (keyer(kind), Lookup(table)) for kind, table in self.tables.items()}

    @classmethod
    def of(cls, entries: Iterable[Entry], lists: Sequence[Listed]) -> "ExactIndex":
        """An index of `entries` in memory."""
        return cls(gather(entries, lists=len(lists)), lists)

    @classmethod
    def open(cls, path: Path) -> "ExactIndex":
        """The index in the file at `path`, mapped; raises IndexDamaged."""
        return cls(*file.read(path))

    def write(self, path: Path) -> None:
        """`path` holds this index, whole."""
        file.write(path, self.tables, list(self.lists))

    def __len__(self) -> int:
        return sum(len(table.rows) for table in self.tables.values())

    def find(self, kind: Kind, value: str) -> list[Hit]:
        """Every entry with this value, which is in normal form, in the order in which they came in; raises IndexDamaged."""
        found = self.numbers(kind, value)
        try:
            return [Hit(ref, self.lists[number]) for ref, number in found] if found else []
        except IndexError as wrong:
            raise IndexDamaged from wrong

    def numbers(self, kind: Kind, value: str) -> list[tuple[int, int]]:
        """The same as numbers of entries and of lists."""
        held = self._held.get(kind)
        if held is None:
            return []
        key, lookup = held
        return lookup.find(key(value))

    def find_many(self, kind: Kind, keys: NDArray[np.uint8]) -> Equal:
        """The same for keys of shape (m, bytes of a key of `kind`), see `keys.py`."""
        held = self._held.get(kind)
        return held[1].find_many(keys) if held else Equal(np.zeros(len(keys), np.int64), np.zeros(0, np.uint32), np.zeros(0, np.uint8))
