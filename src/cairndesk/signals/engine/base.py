"""The base of many lists: both indexes of one generation in a folder, to which readers in other processes switch without a pause.

    current       which generation counts, and of each list in it the version and the kinds; replaced by rename
    <n>.near      hashes of pictures (`near/file.py`)
    <n>.exact     everything else (`exact/file.py`)

A base is derived from lists that are kept elsewhere: whoever finds none, or a damaged one, answers without and makes another.
"""

from array import array
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from cairndesk.signals.engine import generations
from cairndesk.signals.engine.container import Listed
from cairndesk.signals.engine.exact import file as exact_file
from cairndesk.signals.engine.exact.gather import Entry
from cairndesk.signals.engine.exact.index import ExactIndex
from cairndesk.signals.engine.generations import stamp
from cairndesk.signals.engine.keys import listed_keys
from cairndesk.signals.engine.kinds import Kind
from cairndesk.signals.engine.near import file as near_file
from cairndesk.signals.engine.near.build import build
from cairndesk.signals.engine.near.index import NearIndex
from cairndesk.signals.engine.near.layout import HASH_BYTES
from cairndesk.signals.engine.near.reach import MAX_DISTANCE
from cairndesk.signals.engine.near.tables import Tables
from cairndesk.signals.errors import IndexDamaged


@dataclass(frozen=True, slots=True)
class Row:
    """One listed value in the normal form of its kind: the number that is handed back for it, and the name of its list."""

    ref: int
    kind: Kind
    value: str
    list: str


@dataclass(frozen=True, slots=True)
class Held:
    """What a base has of one list: its version, and the kinds of its values."""

    version: int
    kinds: frozenset[Kind]


@dataclass(frozen=True, slots=True)
class Base:
    """One generation, open; any number of threads may ask its indexes. `lists` has what it holds of each list by name."""

    near: NearIndex
    exact: ExactIndex
    lists: Mapping[str, Held]


@lru_cache(maxsize=1)
def nothing() -> Base:
    """The base of no list."""
    return Base(NearIndex.of((), ()), ExactIndex.of((), ()), {})


def open_newest(folder: Path) -> Base:
    """The generation that counts now, `nothing()` where there is none; raises IndexDamaged."""
    while (before := stamp(folder)) is not None:
        number, held = _said(folder)
        try:
            return Base(NearIndex.open(folder / f"{number}.near"), ExactIndex.open(folder / f"{number}.exact"), held)
        except FileNotFoundError:
            # Another generation may have come while its files were opened.
            if stamp(folder) == before:
                raise IndexDamaged("A file of the index is missing.") from None
    return nothing()


def check(folder: Path) -> None:
    """Return if every byte of the generation that counts is as it was written; raises IndexDamaged.

    Opening looks at the front of the files only, and a bit that fell over behind it would let something known pass.
    """
    while (before := stamp(folder)) is not None:
        number, _ = _said(folder)
        try:
            near_file.check(folder / f"{number}.near")
            exact_file.check(folder / f"{number}.exact")
        except FileNotFoundError:
            if stamp(folder) == before:
                raise IndexDamaged("A file of the index is missing.") from None
        else:
            return


def lists_in(folder: Path) -> Mapping[str, Held]:
    """What the generation that counts now has of each list, without opening it; raises IndexDamaged."""
    return _said(folder)[1] if stamp(folder) else {}


def put(folder: Path, rows: Iterable[Row], versions: Mapping[str, int]) -> None:
    """Make a generation of `rows`, which belong to the lists of `versions`, and let it count; one that dies leaves the old one.

    Raises OSError, and OverflowError for a number above 2^32 - 1.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with generations.held(folder, "making"):
        number = _said(folder)[0] + 1 if stamp(folder) else 1
        # Halves of files from a writer that was killed: nobody else writes while we hold the lock.
        for half in folder.glob(".*.part"):
            half.unlink()
        gathered = _Gathered(list(versions))
        lists = [Listed(name, MAX_DISTANCE, f"version {version}") for name, version in versions.items()]
        ExactIndex.of(gathered.split(rows), lists).write(folder / f"{number}.exact")
        NearIndex(gathered.near(), lists).write(folder / f"{number}.near")
        said = {name: {"version": version, "kinds": sorted(gathered.kinds[name])} for name, version in versions.items()}
        generations.let_count(folder, number, {"lists": said})


class _Gathered:
    """Hashes of pictures put aside while everything else goes by."""

    def __init__(self, lists: list[str]) -> None:
        self._numbers = {name: number for number, name in enumerate(lists)}
        self.kinds: dict[str, set[Kind]] = {name: set() for name in lists}
        self._hashes, self._refs, self._lists = bytearray(), array("I"), array("H")

    def split(self, rows: Iterable[Row]) -> Iterator[Entry]:
        """The rows that are compared for equality."""
        for row in rows:
            self.kinds[row.list].add(row.kind)
            number = self._numbers[row.list]
            if row.kind is Kind.PDQ:
                self._hashes += bytes.fromhex(row.value)
                self._refs.append(row.ref)
                self._lists.append(number)
            else:
                yield from (Entry(*key, row.ref, number) for key in listed_keys(row.kind, row.value))

    def near(self) -> Tables:
        """The tables of the others, once all rows went by."""
        hashes = np.frombuffer(self._hashes, np.uint8).reshape(-1, HASH_BYTES)
        return build(hashes, np.array(self._refs, np.uint32), np.array(self._lists, np.uint16))


def _said(folder: Path) -> tuple[int, dict[str, Held]]:
    number, found = generations.said(folder)
    try:
        return number, {name: Held(int(one["version"]), frozenset(map(Kind, one["kinds"]))) for name, one in found["lists"].items()}
    except (ValueError, KeyError, TypeError, AttributeError) as wrong:
        raise generations.unreadable() from wrong
