"""The intake key of each week: made ahead, in use from its hour on, and destroyed once nothing is sealed to it any more.

What is told waits in the spool, sealed to one of these; what was taken in is sealed to the organisation's own key.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F, QuerySet

from cairndesk.custody import access, shredding, standing
from cairndesk.custody.actions.erase import forget_parts
from cairndesk.custody.actions.log import record
from cairndesk.custody.actions.shred_copies import KEPT_FOR as COPIES_KEPT_FOR
from cairndesk.custody.models import IntakeKey, SealedItem, SealedObject
from cairndesk.custody.rules import DESK, Doer, Event
from cairndesk.custody.sealing import hpke, intake, parts
from cairndesk.lib.ids import new_id

WEEK, AHEAD = timedelta(days=7), timedelta(days=2)
LOOK_SECONDS = 3600.0
"""How often `destroy_intake_keys` is to be called."""
KEPT_FOR = COPIES_KEPT_FOR + timedelta(days=1)
"""How long a key stays when nothing is sealed to it. A copy of the desk that is older brings no report back either: without a copy of the shred
store, of which none is older than a week, nothing in it opens."""
LOOKS = int(KEPT_FOR.total_seconds() / LOOK_SECONDS)


def make_intake_key(*, organisation: UUID, now: datetime, by: Doer = DESK) -> int:
    """Afterwards `organisation` has an intake key for now and, two days ahead, for the next week; returns how many were made.

    Raises DeskLocked, ShredStoreAway, LogRolledBack.
    """
    standing.refuse()
    made = _make_next(organisation, by, now)
    _of(organisation).filter(opened_at=None, opens_at__lte=now).update(opened_at=now)
    return made


def destroy_intake_keys(*, organisation: UUID, in_use: Collection[bytes], now: datetime, by: Doer = DESK) -> int:
    """Afterwards every older key of `organisation` to which nothing was sealed for `KEPT_FOR` is destroyed; returns how many were.

    `in_use`: the ids of the keys to which files of the spool are sealed. Raises LogRolledBack.
    """
    standing.refuse()
    current = _of(organisation).exclude(opened_at=None).exclude(signature=b"").order_by("number").last()
    if current is None:
        return 0
    older, has_rows = _of(organisation).filter(number__lt=current.number), _has_rows(organisation)
    used = [key.pk for key in older if has_rows or hpke.key_id(bytes(key.public)) in in_use]
    older.filter(pk__in=used).update(unused_since=None, looks=0)
    idle = older.exclude(pk__in=used)
    idle.filter(unused_since=None).update(unused_since=now)
    idle.update(looks=F("looks") + 1)
    # Two measures of time: a clock that leaps forward has not looked more often.
    due = idle.filter(unused_since__lte=now - KEPT_FOR, looks__gte=LOOKS)
    return sum(_destroy(key.pk, by, now) for key in list(due))


def sweep_intake_keys() -> int:
    """Afterwards neither the shred store nor the ring holds anything of a destroyed key; returns how many. Raises DeskLocked, ShredStoreAway."""
    waiting = list(IntakeKey.objects.filter(is_swept=False))
    if waiting:
        shredding.store().forget([key.pk for key in waiting])
        shredding.store().compact()
    for key in waiting:
        access.keys().drop_intake(key.organisation, bytes(key.public))
        IntakeKey.objects.filter(pk=key.pk).update(is_swept=True)
    return len(waiting)


def _of(organisation: UUID) -> QuerySet[IntakeKey]:
    return IntakeKey.objects.filter(organisation=organisation, destroyed_at=None)


def _make_next(organisation: UUID, by: Doer, now: datetime) -> int:
    newest = IntakeKey.objects.filter(organisation=organisation).order_by("number").last()
    opens = _opening(newest, now)
    if opens is None:
        return 0
    key, second, number = new_id(), parts.new_part(), newest.number + 1 if newest else 1
    # The ring first, then the second half, then the row: a key that nobody seals to costs nothing, one that lacks a half costs a report.
    made = access.keys().add_intake(organisation, key, second, number, int(opens.timestamp()))
    with transaction.atomic():
        shredding.hold(key, second, now=now)
        public, signature = made[: intake.PUBLIC], made[intake.PUBLIC :]
        IntakeKey.objects.create(id=key, organisation=organisation, number=number, public=public, signature=signature, opens_at=opens)
        record(event=Event.CUSTODY_INTAKE_KEY_MADE, subject_kind="organisation", subject=organisation, by=by, now=now, detail={"number": number})
    return 1


def _opening(newest: IntakeKey | None, now: datetime) -> datetime | None:
    """From when on the next key is to be in use, in whole seconds; None while the newest is enough."""
    at_once = now.replace(microsecond=0)
    # Of an older version, left without its half by a restore, or made for a time that a wrong clock told: it is passed over.
    if newest is None or not newest.signature or newest.opens_at > now + WEEK or not shredding.store().held([newest.pk]):
        return at_once
    due = newest.opens_at + WEEK
    return max(due, at_once) if due - AHEAD <= now else None


def _has_rows(organisation: UUID) -> bool:
    """Whether a key of something that is alive may still be sealed to an intake key."""
    items = SealedItem.objects.filter(organisation=organisation, under_own=False, erased_at=None)
    return items.exists() or SealedObject.objects.filter(organisation=organisation, under_own=False, destroyed_at=None).exists()


@transaction.atomic
def _destroy(key: UUID, by: Doer, now: datetime) -> int:
    """Afterwards nothing opens what was sealed to `key`: its second half goes with this transaction, and if that fails, with the next sweep."""
    held = IntakeKey.objects.select_for_update().filter(pk=key, destroyed_at=None).first()
    if held is None:
        return 0
    held.destroyed_at, held.is_swept = now, False
    held.save(update_fields=["destroyed_at", "is_swept"])
    detail = {"number": held.number}
    record(event=Event.CUSTODY_INTAKE_KEY_DESTROYED, subject_kind="organisation", subject=held.organisation, by=by, now=now, detail=detail)
    forget_parts([key])
    return 1
