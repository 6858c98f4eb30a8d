"""Match what is new on a list against everything that came in before, a piece at a time."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from cairndesk.accounts.rules import SYSTEM, Actor
from cairndesk.custody.actions import record
from cairndesk.custody.rules import Event
from cairndesk.signals import seen, shelf
from cairndesk.signals.actions.seen import drop_batch, wake
from cairndesk.signals.engine.identifiers import Kind
from cairndesk.signals.engine.lookback import Additions
from cairndesk.signals.engine.seen import Block
from cairndesk.signals.models import HashList, ListEntry, LookBack

PIECE = 200_000
"""New entries that are matched at once: what a crash makes one do again."""

_LEASE = timedelta(minutes=30)


def look_back(*, listed: HashList, now: datetime, by: Actor = SYSTEM) -> bool:
    """Afterwards one more piece of what is new on `listed` was matched, and triage looks again at the cases that it meets.

    Returns whether there is more. The matches themselves are made by triage, which asks the lists as for a new case. Only one at a time
    is at a list; nothing is done while somebody else is. Raises DeskLocked, and then the piece is begun anew.
    """
    state = _claim(listed, now)
    if state is None:
        return False
    try:
        rows = list(_new(state)[:PIECE])
        met = _met(state.list, [(Kind(kind), value) for _, kind, value in rows], now) if rows else set()
        return _keep(state, met, upto=rows[-1][0] if len(rows) == PIECE else None, by=by, now=now)
    finally:
        LookBack.objects.filter(list=listed).update(busy_until=None)


@transaction.atomic
def _claim(listed: HashList, now: datetime) -> LookBack | None:
    LookBack.objects.get_or_create(list=listed)
    free = LookBack.objects.filter(Q(busy_until=None) | Q(busy_until__lt=now), list=listed)
    if not free.update(busy_until=now + _LEASE):
        return None
    # With the list as it is now: what is called done must not reach further than what was read.
    state = LookBack.objects.select_related("list").get(list=listed)
    if state.doing <= state.done:
        state.doing, state.upto = state.list.version, 0
        state.save(update_fields=["doing", "upto"])
    return state


def _new(state: LookBack) -> QuerySet[ListEntry, tuple[int, str, str]]:
    new = shelf.added(state.list, since=state.done).filter(since__lte=state.doing, id__gt=state.upto)
    return new.values_list("id", "kind", "value")


def _met(listed: HashList, entries: list[tuple[Kind, str]], now: datetime) -> set[UUID]:
    return Additions(entries, distance=listed.distance).met_in(_blocks(listed.organisation_id, now))


def _blocks(organisation: UUID, now: datetime) -> Iterator[Block]:
    for batch, block in seen.every(organisation):
        if block is None:
            drop_batch(batch=batch, now=now)
        else:
            yield block


@transaction.atomic
def _keep(state: LookBack, met: set[UUID], *, upto: int | None, by: Actor, now: datetime) -> bool:
    """Wake the cases and note how far it came in one transaction, so that a crash leaves both or neither."""
    listed = state.list
    woken = wake(organisation=listed.organisation_id, cases=met, listed=listed.pk, now=now)
    if woken:
        detail = {"version": state.doing, "cases": woken}
        record(event=Event.SIGNALS_LIST_LOOKED_BACK, subject_kind="list", subject=listed.pk, by=by, now=now, detail=detail)
    held = LookBack.objects.filter(list=listed, doing=state.doing)
    if upto is not None:
        return bool(held.update(upto=upto))
    held.update(done=state.doing, upto=0)
    return False
