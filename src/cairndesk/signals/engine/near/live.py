"""An index in a folder: many processes read it while one after the other adds to it, and none of them pauses.

For programs that keep their lists nowhere else. The desk does, and asks a `base.py` and its database instead (`docs/engine.md`).

    current        which generation counts, its lists, and the mark of its owner; replaced by rename
    <n>.index      the base of generation n (see `file.py`)
    <n>.journal    what was added and taken away since (see `journal.py`)
    lock, merging  held by whoever appends or puts a new generation in place, and by whoever makes one

Before each answer a reader looks whether `current` is another file and whether the journal has grown: two system calls.
The journal is not synced. An index is derived from lists that are kept elsewhere; the owner compares `mark` with them at
its start and writes the index anew where it differs. A number that was taken away never comes back.
"""

import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from cairndesk.signals.engine import generations
from cairndesk.signals.engine.container import Listed
from cairndesk.signals.engine.generations import Stamp, held, let_count
from cairndesk.signals.engine.near import journal, kernels
from cairndesk.signals.engine.near.build import build
from cairndesk.signals.engine.near.file import read, write
from cairndesk.signals.engine.near.index import Entry, Hit, NearIndex, best_of
from cairndesk.signals.engine.near.journal import Change, Record
from cairndesk.signals.engine.near.layout import HASH_BYTES, as_words
from cairndesk.signals.engine.near.tables import Tables
from cairndesk.signals.engine.near.tail import Tail
from cairndesk.signals.errors import IndexDamaged

MERGE_AT = 50_000
"""Records after which a merge is worth its time; until then they cost a look-up some 20 microseconds."""


@dataclass(frozen=True, slots=True)
class _Said:
    """What stands in `current`."""

    generation: int
    mark: str
    lists: tuple[Listed, ...]


@dataclass(slots=True)
class _State:
    """One generation as this process has read it."""

    stamp: Stamp | None
    generation: int
    mark: str
    base: NearIndex
    journal: int
    tail: Tail
    gone: set[int] = field(default_factory=set)
    read: int = 0

    def __del__(self) -> None:
        os.close(self.journal)


class LiveIndex:
    """One process's view of the folder. Any number of threads may ask; each answer is from the newest state."""

    def __init__(self, folder: Path) -> None:
        self.folder, self._lock = folder, Lock()
        self._state: _State | None = None
        folder.mkdir(parents=True, exist_ok=True)

    @property
    def mark(self) -> str | None:
        """What the owner last said of the lists behind the index; None where there is no index yet."""
        return self._newest().mark if generations.stamp(self.folder) else None

    def __len__(self) -> int:
        state = self._newest()
        return len(state.base) + len(state.tail) - len(state.gone)

    def near(self, forms: Sequence[bytes]) -> list[Hit]:
        """Every listed hash within the distance of its list of one of `forms`, nearest first; raises IndexDamaged."""
        state = self._newest()
        late = state.tail.near(as_words(np.frombuffer(b"".join(forms), dtype=np.uint8)), state.base.reach)
        every = [*state.base.near(forms), *state.base.hits((entry.ref, entry.list, apart, form) for entry, apart, form in late)]
        return best_of(hit for hit in every if hit.ref not in state.gone)

    def replace(self, tables: Tables, lists: Sequence[Listed], *, mark: str) -> None:
        """Another base with an empty journal, from the next question of any process on."""
        with held(self.folder, "merging"):
            self._put(tables, lists, mark=mark, carry=None)

    def add(self, entries: Sequence[Entry]) -> None:
        """The entries answer in every process from its next question on; raises OSError, and then none of them does."""
        self._append([Record(Change.ADDED, entry) for entry in entries])

    def remove(self, entries: Sequence[Entry]) -> None:
        """The entries no longer answer."""
        self._append([Record(Change.GONE, entry) for entry in entries])

    def merge(self) -> None:
        """What was added becomes part of the base, and what is gone leaves it; others ask and add meanwhile."""
        with held(self.folder, "merging"):
            state = self._newest()
            with self._lock:
                kept, upto = _kept(state), state.read
            self._put(build(*kept), state.base.lists, mark=state.mark, carry=(state, upto))

    def wants_merging(self) -> bool:
        """Whether enough was added or taken away."""
        state = self._newest()
        return len(state.tail) + len(state.gone) >= MERGE_AT

    def _newest(self) -> _State:
        state, stamp = self._state, generations.stamp(self.folder)
        if state is None or state.stamp != stamp:
            with self._lock:
                if self._state is None or self._state.stamp != generations.stamp(self.folder):
                    self._state = self._open()
                state = self._state
        if os.fstat(state.journal).st_size - state.read >= journal.LENGTH:
            with self._lock:
                _catch_up(state)
        return state

    def _open(self) -> _State:
        """The generation that counts now; another may come while its files are opened."""
        while True:
            stamp, said = generations.stamp(self.folder), self._said()
            name = str(said.generation)
            try:
                tables, _ = read(self.folder / f"{name}.index")
                handle = os.open(self.folder / f"{name}.journal", os.O_RDONLY | os.O_CLOEXEC)
            except FileNotFoundError:
                if stamp == generations.stamp(self.folder):
                    raise IndexDamaged("A file of the index is missing.") from None
                continue
            return _State(stamp, said.generation, said.mark, NearIndex(tables, said.lists), handle, Tail(kernels.best()))

    def _said(self) -> _Said:
        number, found = generations.said(self.folder)
        try:
            return _Said(number, str(found["mark"]), tuple(Listed(**one) for one in found["lists"]))
        except (KeyError, TypeError) as wrong:
            raise generations.unreadable() from wrong

    def _append(self, records: Sequence[Record]) -> None:
        with held(self.folder, "lock"):
            handle = os.open(self.folder / f"{self._said().generation}.journal", os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
            try:
                before = os.fstat(handle).st_size
                # A writer that died in the middle of a record has not added it.
                os.ftruncate(handle, before := before - before % journal.LENGTH)
                try:
                    _write_all(handle, journal.encode(records))
                except OSError:
                    os.ftruncate(handle, before)
                    raise
            finally:
                os.close(handle)

    def _put(self, tables: Tables, lists: Sequence[Listed], *, mark: str, carry: tuple[_State, int] | None) -> None:
        """Write a generation and let it count; what came to the journal of `carry` after that many bytes comes along."""
        old = self._said().generation if generations.stamp(self.folder) else 0
        write(self.folder / f"{old + 1}.index", tables, list(lists))
        with held(self.folder, "lock"):
            late = _after(carry[0].journal, carry[1]) if carry else b""
            (self.folder / f"{old + 1}.journal").write_bytes(late)
            let_count(self.folder, old + 1, {"mark": mark, "lists": [asdict(one) for one in lists]})


def _catch_up(state: _State) -> None:
    """Take in what has been appended since the last look; called under the lock of this process."""
    records = list(journal.decode(_after(state.journal, state.read)))
    state.tail.add([record.entry for record in records if record.change is Change.ADDED])
    state.gone.update(record.entry.ref for record in records if record.change is Change.GONE)
    state.read += len(records) * journal.LENGTH


def _after(handle: int, place: int) -> bytes:
    return os.pread(handle, max(0, os.fstat(handle).st_size - place), place)


def _write_all(handle: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(handle, view) :]


def _kept(state: _State) -> tuple[NDArray[np.uint8], NDArray[np.uint32], NDArray[np.uint16]]:
    """Hashes, numbers and lists of everything that answers."""
    tables, late = state.base.tables, state.tail.entries()
    hashes = np.concatenate([tables.hashes.view(np.uint8).reshape(-1, HASH_BYTES), _hashes(late)])
    refs = np.concatenate([tables.refs, np.array([entry.ref for entry in late], np.uint32)])
    lists = np.concatenate([tables.lists, np.array([entry.list for entry in late], np.uint16)])
    stays = ~np.isin(refs, np.fromiter(state.gone, np.uint32, len(state.gone)))
    return hashes[stays], refs[stays], lists[stays]


def _hashes(entries: Sequence[Entry]) -> NDArray[np.uint8]:
    return np.frombuffer(b"".join(entry.hash for entry in entries), dtype=np.uint8).reshape(-1, HASH_BYTES)
