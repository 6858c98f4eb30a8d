"""What partners may read of the lists of this desk: whole lists, and what a span of time has changed in them.

Only lists whose papers allow it are given, and only what has a place in the reader's format. An entry has one moment: when it
came, or once it is gone when it went. So whoever reads one span after the other misses nothing, and is given nothing that is gone.
What changes on our own list comes and goes for partners only once nobody can take it back: its moment is the one from then on.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import F, Max, Min, Q, QuerySet

from cairndesk.accounts import undo
from cairndesk.signals import blocklist, register, shelf
from cairndesk.signals.engine.blocking import BlockList
from cairndesk.signals.engine.identifiers import Kind
from cairndesk.signals.errors import ListNotShared
from cairndesk.signals.models import HashList, ListEntry, ListVersion
from cairndesk.signals.tools import Tool


@dataclass(frozen=True, slots=True)
class Changed:
    """One entry of a list: its number, value and label, and the moment (UTC) at which it came or, `is_gone`, went."""

    id: int
    kind: Kind
    value: str
    label: str
    at: datetime
    is_gone: bool


@dataclass(frozen=True, slots=True)
class Span:
    """One page of what a span of time has changed: `last` is the highest number of the span, `next` where the next page begins, or None."""

    entries: Sequence[Changed]
    last: int
    next: int | None


def shared_lists(*, organisation: UUID, now: datetime) -> list[HashList]:
    """The lists of `organisation` that partners may have at `now`, by name, in the version that they may have; never to be saved."""
    return [listed for one in _shared(organisation, now).order_by("name") if (listed := _given(one, now)).version]


def shared_list(*, organisation: UUID, list_id: UUID, now: datetime) -> HashList:
    """That list, if partners may have it; raises ListNotShared as if there were none."""
    found = _shared(organisation, now).filter(pk=list_id).first()
    if found is None or not _given(found, now).version:
        raise ListNotShared
    return found


def shared_blocks(*, organisation: UUID, list_id: UUID, now: datetime) -> tuple[HashList, BlockList]:
    """Our own list and what is to be blocked of it, if partners may have it; raises ListNotShared for any other."""
    listed = _shared(organisation, now).filter(pk=list_id, is_own=True).first()
    if listed is None:
        raise ListNotShared
    return listed, blocklist.block_list(listed=listed, now=now)


def changed_between(
    listed: HashList, since: datetime, until: datetime, *, kinds: Sequence[Kind], start: int = 0, last: int | None = None, size: int
) -> Span:
    """The page of at most `size` entries numbered from `start` to `last` whose moment lies from `since` to before `until`.

    It reads nothing that was kept for an earlier page: a page can be asked for again at any time.
    """
    wait = _wait(listed)
    within = _versions(listed).filter(made_at__gte=since - wait, made_at__lt=until - wait)
    moments = {number: made_at + wait for number, made_at in within.values_list("number", "made_at")}
    if not moments:
        return Span([], 0, None)
    rows = _within(listed, min(moments), max(moments)).filter(kind__in=kinds)
    if last is None:
        last = rows.aggregate(Max("id"))["id__max"] or 0
    page = list(rows.filter(id__gte=start, id__lte=last).order_by("id")[: size + 1])
    entries = [change for row in page[:size] if (change := _change(listed, row, moments))]
    return Span(entries, last, page[size].id if len(page) > size else None)


def every_value(listed: HashList, *, batch: int = 10_000) -> Iterator[list[tuple[Kind, str]]]:
    """All values of the present version of `listed`, in batches, in the order in which they came."""
    rows, start = ListEntry.objects.filter(shelf.current(listed), _stands(listed)).order_by("id"), 0
    while page := list(rows.filter(id__gt=start).values_list("id", "kind", "value")[:batch]):
        yield [(Kind(kind), value) for _, kind, value in page]
        start = page[-1][0]


def size(listed: HashList) -> int:
    """How many values the present version of `listed` has."""
    return ListEntry.objects.filter(shelf.current(listed), _stands(listed)).count()


def first_and_last(listed: HashList) -> tuple[datetime, datetime]:
    """The moments of the first and of the present version."""
    held, wait = _versions(listed).aggregate(Min("made_at"), Max("made_at")), _wait(listed)
    return held["made_at__min"] + wait, held["made_at__max"] + wait


def _shared(organisation: UUID, now: datetime) -> QuerySet[HashList]:
    register.require_on(Tool.GIVING, organisation=organisation, now=now)
    return HashList.objects.filter(organisation=organisation, may_share=True, is_on=True, version__gt=0, expires_on__gt=now.date())


def _given(listed: HashList, now: datetime) -> HashList:
    """`listed` in the newest version before the first that can still be taken back; 0 where there is none."""
    if listed.is_own and (waiting := _versions(listed).filter(undo.waits("made_at", now)).aggregate(Min("number"))["number__min"]):
        listed.version = waiting - 1
    return listed


def _wait(listed: HashList) -> timedelta:
    """For how long a change waits: of what two people publish here so long as they can take it back, of what came from elsewhere not at all."""
    return undo.window() if listed.is_own else timedelta()


def _versions(listed: HashList) -> QuerySet[ListVersion]:
    return ListVersion.objects.filter(list=listed, number__lte=listed.version)


def _within(listed: HashList, first: int, last: int) -> QuerySet[ListEntry]:
    """Rows whose moment lies within the versions `first` to `last`."""
    came = _stands(listed) & Q(since__range=(first, last))
    return ListEntry.objects.filter(Q(until__range=(first, min(last, listed.version))) | came, list=listed)


def _stands(listed: HashList) -> Q:
    """Rows that were not taken off; of our own list also not since the version that is given: what was taken back in time is never given."""
    return Q(until=None) | Q(until__gt=F("list__version") if listed.is_own else listed.version)


def _change(listed: HashList, row: ListEntry, moments: dict[int, datetime]) -> Changed | None:
    is_gone = row.until is not None and row.until <= listed.version
    # Where the clock was set back, a version between two of the span may lie outside of it.
    at = moments.get(row.until if is_gone and row.until else row.since)
    return Changed(row.id, Kind(row.kind), row.value, row.label, at, is_gone) if at else None
