"""The shred store as a whole: laid down once, held against the rows that need it, swept of what no row needs."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Model, QuerySet

from cairndesk.custody import shred, shredding, standing
from cairndesk.custody.actions.looked import Looked
from cairndesk.custody.errors import ShredStoreAway
from cairndesk.custody.models import IntakeKey, SealedItem, SealedObject
from cairndesk.custody.sealing import items, objects
from cairndesk.lib.batches import batches
from cairndesk.lib.progress import Progress, counted, unwatched

# Between a part and its row lie milliseconds. A day more is for a process that was stopped in between and goes on later.
SAFE_AGE = timedelta(days=1)
_TABLES: tuple[type[Model], ...] = (SealedItem, SealedObject, IntakeKey)


@dataclass(frozen=True, slots=True)
class PartsReport(Looked):
    """How many parts of keys the shred store should hold, and how many are missing."""

    parts: int
    parts_missing: int


def lay_down_store() -> None:
    """Afterwards there is a shred store; one that is there stays. Raises ShredStoreAway where rows need one that is missing."""
    path = shredding.store().path
    if path.exists():
        return
    if next(_needed(), None) is not None:
        raise ShredStoreAway("The shred store is missing, and what is sealed needs it.")
    shred.create(path)


def check_parts(*, progress: Progress = unwatched) -> PartsReport:
    """Whether the shred store is whole and holds the part of every key that is needed. Needs no key."""
    store, total, missing, first = shredding.store(), 0, 0, shredding.store().problem()
    if first:
        return PartsReport(0, 0, first_problem=first)
    waiting = sum(QuerySet(table).count() for table in _TABLES)
    for some in batches(counted("checking the shred store", _needed(), waiting, progress)):
        # What was erased while we looked needs none.
        without = set(some) - store.held(some)
        without = set(_needed(without)) if without else without
        total, missing = total + len(some), missing + len(without)
        first = first or (f"that of {min(without).hex}" if without else "")
    problem = f"{missing} of {total} keys lack their second part, first {first}" if missing else ""
    return PartsReport(total, missing, first_problem=problem)


def settle_parts(*, now: datetime, before: Collection[UUID] = ()) -> set[UUID]:
    """Afterwards no part is in doubt whose row has come, and old ones without a row are gone.

    Old: in doubt for a day, and without a row at the look `before` too, which this gave: it returns those without one.
    Raises ShredStoreAway, LogRolledBack.
    """
    standing.refuse()
    store = shredding.store()
    since = store.in_doubt()
    known = {item for some in batches(since) for item in _rows(some)}
    without = since.keys() - known
    oldest = (now - SAFE_AGE).timestamp()
    gone = {item for item in without if item in before and since[item] <= oldest}
    if known or gone:
        store.settle(found=known, gone=gone)
    return without - gone


def _rows(wanted: Collection[UUID]) -> Iterator[UUID]:
    for table in _TABLES:
        yield from QuerySet(table).filter(pk__in=wanted).values_list("pk", flat=True)


def _needed(among: Collection[UUID] | None = None) -> Iterator[UUID]:
    """The items, objects and intake keys, all or of those `among`, that open only with the second part of their key."""
    alive = (
        SealedItem.objects.filter(suite__gt=items.WHOLE, erased_at=None),
        SealedObject.objects.filter(suite__gt=objects.WHOLE, destroyed_at=None),
        IntakeKey.objects.filter(destroyed_at=None).exclude(signature=b""),
    )
    for rows in alive:
        chosen = rows if among is None else rows.filter(pk__in=among)
        yield from chosen.values_list("pk", flat=True).iterator(2000)
