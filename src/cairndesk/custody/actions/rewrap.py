"""Keys of items that an older version sealed to the intake key come under the organisation's own key, so that the intake key can go.

Only keys are opened for it, by the process that holds the ring; what they open is never touched.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from cairndesk.custody import access, standing
from cairndesk.custody.actions.log import record
from cairndesk.custody.errors import CannotOpen
from cairndesk.custody.models import SealedItem, SealedObject
from cairndesk.custody.rules import DESK, Doer, Event, these
from cairndesk.custody.sealing import items, objects

AT_ONCE = 200
Sealed = SealedItem | SealedObject
_TABLES = ((SealedItem, "erased_at"), (SealedObject, "destroyed_at"))


def rewrap_some(*, after: UUID | None, now: datetime, by: Doer = DESK) -> tuple[int, UUID | None]:
    """Afterwards some keys more are sealed to their organisation's own; returns how many, and where to go on: None begins at the first again.

    One that does not open stays as it is. Raises DeskLocked, ShredStoreAway, LogRolledBack.
    """
    standing.refuse()
    done, last = 0, list[UUID]()
    for table, gone in _TABLES:
        waiting = table.objects.filter(under_own=False, **{gone: None}, **({"pk__gt": after} if after else {})).order_by("pk")
        some: list[Sealed] = list(waiting[:AT_ONCE])
        last += [some[-1].pk] if len(some) == AT_ONCE else []
        for organisation in sorted({row.organisation for row in some}):
            done += _rewrap(organisation, [row for row in some if row.organisation == organisation], by, now)
    return done, min(last, default=None)


def _rewrap(organisation: UUID, rows: Sequence[Sealed], by: Doer, now: datetime) -> int:
    given = [(row, bytes(row.wrapped), _context(row)) for row in rows]
    try:
        fresh = access.keys().rewrap(organisation, [(wrapped, context) for _, wrapped, context in given])
    except CannotOpen:
        if len(rows) == 1:
            return 0
        return sum(_rewrap(organisation, [row], by, now) for row in rows)
    with transaction.atomic():
        # Only in the place of what was read: an item that was erased meanwhile must not get a key back.
        taken = [
            row.pk
            for (row, wrapped, _), new in zip(given, fresh, strict=True)
            if QuerySet(type(row)).filter(pk=row.pk, wrapped=wrapped).update(wrapped=new, under_own=True)
        ]
        if taken:
            record(event=Event.CUSTODY_KEYS_REWRAPPED, subject_kind="organisation", subject=organisation, by=by, now=now, detail=these(taken))
    return len(taken)


def _context(row: Sealed) -> bytes:
    of = items.context if isinstance(row, SealedItem) else objects.context
    return of(organisation=row.organisation, item=row.pk, purpose=row.purpose, suite=row.suite)
