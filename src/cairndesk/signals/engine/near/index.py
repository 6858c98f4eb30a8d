"""An index that answers, in memory or from a mapped file.

    with NearIndex.open(path) as index:
        for hit in index.near(hashes): ...

What comes later is the work of `LiveIndex` in `live.py`.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cairndesk.signals.engine.container import Listed
from cairndesk.signals.engine.near import file, kernels
from cairndesk.signals.engine.near.build import build
from cairndesk.signals.engine.near.layout import HASH_BYTES, as_words
from cairndesk.signals.engine.near.reach import MAX_DISTANCE
from cairndesk.signals.engine.near.tables import Kernel, Tables
from cairndesk.signals.errors import IndexDamaged


@dataclass(frozen=True, slots=True)
class Hit:
    """One listed hash that answers: the number it was listed under, the distance in bits, the form of the question, and its list."""

    ref: int
    distance: int
    form: int
    list: Listed


@dataclass(frozen=True, slots=True)
class Entry:
    """What is put in: a hash of 32 bytes, the number that is handed back for it, and the number of its list."""

    hash: bytes
    ref: int
    list: int


class NearIndex:
    """A fixed set of listed hashes; safe to be asked by any number of threads."""

    def __init__(self, tables: Tables, lists: Sequence[Listed], *, kernel: Kernel | None = None) -> None:
        self.tables, self.lists = tables, tuple(lists)
        self._search = (kernel or kernels.best()).searcher(tables)
        self.reach = max((one.distance for one in lists), default=MAX_DISTANCE)

    @classmethod
    def of(cls, entries: Iterable[Entry], lists: Sequence[Listed], *, kernel: Kernel | None = None) -> "NearIndex":
        """An index of `entries` in memory."""
        every = list(entries)
        hashes = np.frombuffer(b"".join(entry.hash for entry in every), dtype=np.uint8).reshape(-1, HASH_BYTES)
        refs = np.array([entry.ref for entry in every], dtype=np.uint32)
        return cls(build(hashes, refs, np.array([entry.list for entry in every], dtype=np.uint16), kernel=kernel), lists, kernel=kernel)

    @classmethod
    def open(cls, path: Path, *, kernel: Kernel | None = None) -> "NearIndex":
        """The index in the file at `path`, mapped; raises IndexDamaged."""
        return cls(*file.read(path), kernel=kernel)

    def write(self, path: Path) -> None:
        """`path` holds this index, whole."""
        file.write(path, self.tables, list(self.lists))

    def __len__(self) -> int:
        return len(self.tables.hashes)

    def near(self, forms: Sequence[bytes]) -> list[Hit]:
        """Every listed hash within the distance of its list of one of `forms` (32 bytes each), nearest first, each once.

        Raises IndexDamaged where what it reads makes no sense; of other changes in the body only `file.check` knows.
        """
        return best_of(self.of_each(b"".join(forms)))

    def of_each(self, questions: bytes) -> Iterator[Hit]:
        """Every listed hash within the distance of its list of one of `questions` (32 bytes each, in a row); `form` is the number of the question.

        One call for many questions costs half of what as many calls do.
        """
        found = self._search(as_words(np.frombuffer(questions, dtype=np.uint8)), self.reach)
        if not len(found.places):
            return iter(())
        of = [number for number, many in enumerate(found.counts.tolist()) for _ in range(many)]
        refs, lists = self.tables.refs.take(found.places).tolist(), self.tables.lists.take(found.places).tolist()
        return self.hits(zip(refs, lists, found.distances.tolist(), of, strict=True))

    def hits(self, rows: Iterable[tuple[int, int, int, int]]) -> Iterator[Hit]:
        """Of number, list, distance and form those that count: a list of its own may want them nearer; raises IndexDamaged."""
        for ref, number, distance, form in rows:
            try:
                listed = self.lists[number]
            except IndexError as wrong:
                raise IndexDamaged from wrong
            if distance <= listed.distance:
                yield Hit(ref, distance, form, listed)


def best_of(hits: Iterable[Hit]) -> list[Hit]:
    """Nearest first, and of each number only the nearest."""
    best: dict[int, Hit] = {}
    for hit in sorted(hits, key=lambda hit: (hit.distance, hit.ref)):
        best.setdefault(hit.ref, hit)
    return list(best.values())
