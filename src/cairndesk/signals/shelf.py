"""What this process holds of an organisation's lists: a base on the disk that all processes share, and what came since.

The database is the truth. `work` makes a base anew when enough has changed; each process reads from the database what versions after
the base have brought, so that a version published anywhere counts at its next question.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import NamedTuple, Protocol, Self
from uuid import UUID

import numpy as np
import structlog
from django.conf import settings
from django.db.models import Q, QuerySet, Sum

from cairndesk.signals.engine import base, generations
from cairndesk.signals.engine.base import Base, Row
from cairndesk.signals.engine.identifiers import Identifier, Kind
from cairndesk.signals.engine.keys import every_key, kinds_met_by, listed_keys
from cairndesk.signals.engine.near import kernels
from cairndesk.signals.engine.near.index import Entry
from cairndesk.signals.engine.near.layout import as_words
from cairndesk.signals.engine.near.reach import MAX_DISTANCE
from cairndesk.signals.engine.near.tail import Tail
from cairndesk.signals.errors import IndexBehind, IndexDamaged, ToolOff
from cairndesk.signals.models import HashList, ListEntry, ListVersion
from cairndesk.signals.suppressed import Marked, is_marked
from cairndesk.signals.tools import TOOLS, About, Tool, needed_for

log = structlog.get_logger()

MOST_LATE = 200_000
"""Changed rows of one list that a question may wait for; a larger change counts when `work` has made the next base."""

MAKE_AT = 20_000
"""Changed rows after which another base is worth its time."""

_BATCH = 10_000


class Hit(NamedTuple):
    """One entry that answers: its reference, the distance in bits (0 for equal values), and the form that met it."""

    ref: int
    distance: int
    form: str


Found = tuple[HashList, Identifier, Hit]
Sorted = tuple[list[Found], list[Found]]
_Equal = defaultdict[tuple[Kind, str], list[tuple[int, UUID]]]


@dataclass(slots=True)
class _Late:
    """What came after the base, as this process has read it: versions by list, values that were added, and numbers that are gone."""

    tail: Tail = field(default_factory=lambda: Tail(kernels.best()))
    lists: list[UUID] = field(default_factory=list)
    equal: _Equal = field(default_factory=lambda: defaultdict(list))
    gone: set[int] = field(default_factory=set)
    versions: dict[UUID, int] = field(default_factory=dict)
    kinds: defaultdict[UUID, set[Kind]] = field(default_factory=lambda: defaultdict(set))


class Counts(Protocol):
    """Counts how often lists are asked and met (`tally.py`)."""

    def add(self, lists: "Snapshot", things: Sequence[Sequence[Identifier]], found: Sequence[Sorted]) -> None:
        """Count what was asked of `lists`, and what of it met something."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Some lists as they stood at one moment; asking it reads no database. Any number of threads may ask.

    `counts` is told of look-ups by whoever answers them (`count`), which asking by itself does not: one look-up may ask many times.
    """

    asked: Sequence[HashList]
    held: Base
    late: _Late
    marked: Marked = field(default_factory=dict)
    off: frozenset[Tool] = frozenset()
    counts: Counts | None = None

    def find(self, identifiers: Iterable[Identifier]) -> list[Found]:
        """Every entry that one of `identifiers` meets at the distance of its list, without those that a person has marked as a false match."""
        return self.sort(identifiers)[0]

    def look_up(self, identifiers: Sequence[Identifier]) -> list[Found]:
        """The same as one look-up that is counted, for an answer that has no place to say that nothing was looked up; raises ToolOff."""
        if missing := self.not_looked_up(identifiers):
            raise ToolOff(", ".join(about.title for about in missing))
        found = self.sort_each([identifiers])
        self.count([identifiers], found)
        return found[0][0]

    def count(self, things: Sequence[Sequence[Identifier]], found: Sequence[Sorted]) -> None:
        """Each of `things` was looked up, and this is what `sort` gave for it: counted where somebody counts."""
        if self.counts is not None:
            self.counts.add(self, [self.looked_up(thing) for thing in things] if self.off else things, found)

    def holding(self, kinds: Iterable[Kind]) -> list[UUID]:
        """The lists that answer here and have something that a value of one of `kinds` could meet."""
        wanted = frozenset[Kind]().union(*map(kinds_met_by, kinds))
        return [listed.id for listed in self.asked if wanted & _kinds(self.held, self.late, listed)]

    def sort(self, identifiers: Iterable[Identifier]) -> Sorted:
        """What `find` gives, and beside it what would be met if no person had marked it as a false match."""
        return self.sort_each([list(identifiers)])[0]

    def sort_each(self, things: Sequence[Sequence[Identifier]]) -> list[Sorted]:
        """The same for many things, each with all its identifiers: pictures are searched for in one call."""
        by_id = {str(listed.id): listed for listed in self.asked}
        things = [self.looked_up(thing) for thing in things] if self.off else things
        found: list[Sorted] = [([], []) for _ in things]
        for place, identifier, name, hit in _met_each(self.held, self.late, things):
            listed = by_id.get(name)
            if listed is not None and hit.distance <= listed.distance and hit.ref not in self.late.gone:
                found[place][is_marked(listed, hit.ref, identifier, self.marked)].append((listed, identifier, hit))
        return found

    def looked_up(self, identifiers: Iterable[Identifier]) -> list[Identifier]:
        """Those of `identifiers` for which the tool is on."""
        return [one for one in identifiers if needed_for(one.kind) not in self.off]

    def not_looked_up(self, identifiers: Iterable[Identifier]) -> list[About]:
        """The tools that would be needed for `identifiers` and are off."""
        return [TOOLS[tool] for tool in sorted({needed_for(one.kind) for one in identifiers} & self.off)]

    def kinds(self) -> frozenset[Kind]:
        """Of which kinds the lists have values; those of a list that is still being read in are not known."""
        found = frozenset[Kind]().union(*(_kinds(self.held, self.late, listed) for listed in self.asked))
        return frozenset(kind for kind in found if needed_for(kind) not in self.off)

    def behind(self) -> list[HashList]:
        """Those lists whose present version does not count here yet, because `work` has to make another base first."""
        return [listed for listed in self.asked if self.version_of(listed) != listed.version]

    def unread(self) -> list[HashList]:
        """Those of `behind` of which nothing answers, not even an older version. What kinds of values they have is not known either.

        While there is one, meeting nothing does not say "on no list".
        """
        return [listed for listed in self.behind() if not _kinds(self.held, self.late, listed)]

    def read_or_refuse(self) -> Self:
        """The same lists, for work that has no place to say that one could not be asked; raises IndexBehind."""
        if unread := self.unread():
            raise IndexBehind.of(listed.name for listed in unread)
        return self

    def version_of(self, listed: HashList) -> int:
        """The version of `listed` that answers here; 0 before the first is read in."""
        return _version(self.held, self.late, listed)


class Shelf:
    """One organisation's lists in this process. Any number of threads may ask."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._lock = folder, Lock()
        self._stamp: generations.Stamp | None = None
        # Together, because threads that ask meanwhile must not see what came after another base.
        self._state = base.nothing(), _Late()

    def newest(self, asked: Sequence[HashList]) -> Snapshot:
        """The lists `asked` by the base that counts and, after it, by the versions that the database has now."""
        state = self._state
        if not self._is_current(state, asked):
            with self._lock:
                state = self._state = self._fitting(asked)
                for listed in asked:
                    _catch_up(*state, listed)
        return Snapshot(asked, *state)

    def _is_current(self, state: tuple[Base, _Late], asked: Sequence[HashList]) -> bool:
        same = generations.stamp(self._folder) == self._stamp and _has_only(state[1], asked)
        return same and all(_version(*state, listed) == listed.version for listed in asked)

    def _fitting(self, asked: Sequence[HashList]) -> tuple[Base, _Late]:
        """A base and what came after it, neither of which tells of a list that is off or of a version that is no more."""
        held, late = self._state
        stamp = generations.stamp(self._folder)
        if stamp != self._stamp:
            held, late, self._stamp = self._opened(), _Late(), stamp
        if any(_version(held, late, listed) > listed.version for listed in asked):
            # The database has been put back to an older state.
            return base.nothing(), _Late()
        return held, late if _has_only(late, asked) else _Late()

    def _opened(self) -> Base:
        try:
            return base.open_newest(self._folder)
        except IndexDamaged as wrong:
            # Until the next base everything is read from the database, as far as that can be waited for.
            log.warning("signals_base_damaged", reason=wrong.detail)
            return base.nothing()


def _has_only(late: _Late, asked: Sequence[HashList]) -> bool:
    return late.versions.keys() <= {listed.id for listed in asked}


def _version(held: Base, late: _Late, listed: HashList) -> int:
    known = held.lists.get(str(listed.id))
    return late.versions.get(listed.id, known.version if known else 0)


def _kinds(held: Base, late: _Late, listed: HashList) -> AbstractSet[Kind]:
    known = held.lists.get(str(listed.id))
    return (known.kinds if known else frozenset[Kind]()) | late.kinds.get(listed.id, frozenset())


def _met_each(held: Base, late: _Late, things: Sequence[Sequence[Identifier]]) -> Iterator[tuple[int, Identifier, str, Hit]]:
    """The number of a thing, that one of its identifiers which meets something, and what it meets in which list."""
    pictures = [(place, identifier) for place, thing in enumerate(things) for identifier in thing if identifier.kind is Kind.PDQ]
    for number, name, ref, distance in _near_each(held, late, bytes.fromhex("".join([identifier.value for _, identifier in pictures]))):
        place, identifier = pictures[number]
        yield place, identifier, name, Hit(ref, distance, identifier.form)
    for place, thing in enumerate(things):
        for identifier in thing:
            if identifier.kind is not Kind.PDQ:
                yield from ((place, identifier, name, hit) for name, hit in _equal(held, late, identifier))


def _near_each(held: Base, late: _Late, questions: bytes) -> Iterator[tuple[int, str, int, int]]:
    """The number of a question of 32 bytes, the list and the number of an entry that is near it, and the distance in bits."""
    if questions:
        for hit in held.near.of_each(questions):
            yield hit.form, hit.list.name, hit.ref, hit.distance
        for entry, apart, number in late.tail.near(as_words(np.frombuffer(questions, np.uint8)), MAX_DISTANCE):
            yield number, str(late.lists[entry.list]), entry.ref, apart


def _equal(held: Base, late: _Late, identifier: Identifier) -> Iterator[tuple[str, Hit]]:
    seen: set[int] = set()
    for (kind, value), form in every_key(identifier):
        later = ((ref, str(listed)) for ref, listed in late.equal.get((kind, value), ()))
        for ref, name in (*((same.ref, same.list.name) for same in held.exact.find(kind, value)), *later):
            if ref not in seen:
                seen.add(ref)
                yield name, Hit(ref, 0, form)


def _catch_up(held: Base, late: _Late, listed: HashList) -> None:
    """Take in what the versions after the known one have brought, unless that is too much to wait for."""
    known = _version(held, late, listed)
    if known == listed.version or changed(listed, since=known) > MOST_LATE:
        return
    if listed.id not in late.lists:
        late.lists.append(listed.id)
    number, near = late.lists.index(listed.id), []
    late.gone.update(gone(listed, since=known).values_list("id", flat=True).iterator(chunk_size=_BATCH))
    for ref, kind, value in added(listed, since=known).values_list("id", "kind", "value").iterator(chunk_size=_BATCH):
        late.kinds[listed.id].add(Kind(kind))
        if kind == Kind.PDQ:
            near.append(Entry(bytes.fromhex(value), ref, number))
        else:
            for key in listed_keys(Kind(kind), value):
                late.equal[key].append((ref, listed.id))
    late.tail.add(near)
    late.versions[listed.id] = listed.version


def changed(listed: HashList, *, since: int) -> int:
    """How many rows the versions of `listed` after `since` have added and taken off."""
    sums = ListVersion.objects.filter(list=listed, number__gt=since, number__lte=listed.version).aggregate(Sum("added"), Sum("removed"))
    return sum(number or 0 for number in sums.values())


def added(listed: HashList, *, since: int) -> QuerySet[ListEntry]:
    """What the versions after `since` have brought and the present one has, in the order in which it came.

    In this order because otherwise SQLite would read the whole list to find the few.
    """
    return ListEntry.objects.filter(current(listed), since__gt=since).order_by("since", "id")


def gone(listed: HashList, *, since: int) -> QuerySet[ListEntry]:
    """What the versions after `since` have taken off."""
    return ListEntry.objects.filter(list=listed, until__gt=since, until__lte=listed.version).order_by("until")


def current(listed: HashList) -> Q:
    """Which rows of ListEntry belong to the present version of `listed`."""
    return Q(list=listed, since__lte=listed.version) & (Q(until=None) | Q(until__gt=listed.version))


def wants_base(organisation: UUID, asked: Sequence[HashList]) -> bool:
    """Whether enough has changed since the base, or a list is in it that is off and must not stay there."""
    try:
        known = {name: one.version for name, one in base.lists_in(folder_of(organisation)).items()}
    except IndexDamaged:
        return True
    late = sum(changed(listed, since=known.get(str(listed.id), 0)) for listed in asked)
    return late >= MAKE_AT or not known.keys() <= {str(listed.id) for listed in asked}


def make_base(organisation: UUID, asked: Sequence[HashList]) -> None:
    """Afterwards the base holds `asked` at their present versions, in every process; raises OSError."""

    def rows() -> Iterator[Row]:
        for listed in asked:
            entries = ListEntry.objects.filter(current(listed)).order_by("id").values_list("id", "kind", "value")
            for ref, kind, value in entries.iterator(chunk_size=_BATCH):
                yield Row(ref, Kind(kind), value, str(listed.id))

    base.put(folder_of(organisation), rows(), {str(listed.id): listed.version for listed in asked})


def folder_of(organisation: UUID) -> Path:
    """Where the base of an organisation stands."""
    data: Path = settings.CAIRNDESK.data
    return data.absolute() / "signals" / str(organisation)


@lru_cache(maxsize=256)
def of(folder: Path) -> Shelf:
    """The shelf of this process for a folder."""
    return Shelf(folder)
