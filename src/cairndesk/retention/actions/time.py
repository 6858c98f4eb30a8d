"""Our own counting of the time, and what happens when the clock of the machine says something else."""

from datetime import datetime

from django.db import transaction

from cairndesk.accounts.rules import Actor
from cairndesk.custody.actions import record
from cairndesk.custody.rules import DESK, Doer, Event
from cairndesk.lib.ids import new_id
from cairndesk.retention import queries
from cairndesk.retention.errors import NotToday
from cairndesk.retention.models import Timekeeping
from cairndesk.retention.rules import Count, agree, count_on, told_anew


@transaction.atomic
def keep_time(*, ticks: float, now: datetime, by: Doer = DESK) -> bool:
    """Afterwards our counting goes on to `ticks`; returns whether it agrees with `now`, the clock of the machine.

    `ticks`: seconds since the machine was started. Before anybody else has told the time nothing is believed. The log says once
    that the clock jumped, and once that it agrees again.
    """
    told = queries.told_last()
    row = Timekeeping.objects.select_for_update().first()
    if row is None and told is not None:
        row = Timekeeping(told=told, counted=0.0, ticks=ticks)
    if row is None:
        return False
    count = count_on(Count(row.told, row.counted, row.ticks), ticks)
    count = told_anew(count, told) if told is not None else count
    agrees = agree(count, now)
    if agrees is (row.doubted_at is not None):
        event = Event.RETENTION_CLOCK_AGREED if agrees else Event.RETENTION_CLOCK_JUMPED
        record(event=event, subject_kind="clock", subject=new_id(), by=by, now=now, detail={"seconds": int((now - count.believed).total_seconds())})
        row.doubted_at = None if agrees else now
    row.told, row.counted, row.ticks = count.told, count.counted, count.ticks
    row.save()
    return agrees


@transaction.atomic
def tell_time(*, today: str, ticks: float, by: Actor, now: datetime) -> None:
    """Afterwards the clock of the machine is believed, because a person read `today` (as 2026-11-26) off another one. Raises NotToday."""
    if today != now.date().isoformat():
        raise NotToday
    row = Timekeeping.objects.select_for_update().first() or Timekeeping()
    row.told, row.counted, row.ticks, row.doubted_at = now, 0.0, ticks, None
    row.save()
    record(event=Event.RETENTION_TIME_TOLD, subject_kind="clock", subject=new_id(), by=by, now=now)
