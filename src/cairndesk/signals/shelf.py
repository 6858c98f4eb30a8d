"""The lists in this process's memory, one index a list; a list whose version has changed is read again at the next question."""

from collections.abc import Iterable
from dataclasses import dataclass
from threading import Lock
from uuid import UUID

from django.db.models import Q

from cairndesk.signals.engine.identifiers import Kind
from cairndesk.signals.engine.index import Entry, Index
from cairndesk.signals.models import HashList, ListEntry


@dataclass(frozen=True, slots=True)
class Held:
    """One list as it was read: at which version and with which radius."""

    version: int
    index: Index
    kinds: frozenset[Kind]


_held: dict[UUID, Held] = {}
_reading = Lock()


def held(listed: HashList) -> Held:
    """The index of `listed` at its present version, read from the database when this process has not got it yet."""
    found = _held.get(listed.id)
    if found is not None and _is_current(found, listed):
        return found
    with _reading:
        found = _held.get(listed.id)
        if found is None or not _is_current(found, listed):
            found = _held[listed.id] = _read(listed)
        return found


def keep_only(wanted: Iterable[UUID], *, among: Iterable[UUID]) -> None:
    """Forget those of `among` that are not `wanted`: a list that is off must not stay in memory."""
    for gone in set(among) - set(wanted):
        _held.pop(gone, None)


def current(listed: HashList) -> Q:
    """Which rows of ListEntry belong to the present version of `listed`."""
    return Q(list=listed, since__lte=listed.version) & (Q(until=None) | Q(until__gt=listed.version))


def _is_current(found: Held, listed: HashList) -> bool:
    return (found.version, found.index.distance) == (listed.version, listed.distance)


def _read(listed: HashList) -> Held:
    kinds: set[Kind] = set()

    def entries() -> Iterable[Entry]:
        rows = ListEntry.objects.filter(current(listed)).order_by("id").values_list("id", "kind", "value")
        for ref, kind, value in rows.iterator(chunk_size=10_000):
            kinds.add(Kind(kind))
            yield Entry(ref, Kind(kind), value)

    index = Index(entries(), distance=listed.distance)
    return Held(listed.version, index, frozenset(kinds))
