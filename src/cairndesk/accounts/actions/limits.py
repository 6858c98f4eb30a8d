"""Limits of time hold, wherever the clock goes: one that was set back makes nothing last longer, because everything with an end ends then.

It is seen against a counter that nobody can set, by each process for itself, and after a start against when the desk last looked.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from cairndesk.accounts.models import Ceremony, DeskTime, EnrolmentLink, GuestGrant, Replacement, Request, Session
from cairndesk.custody.actions import record
from cairndesk.custody.rules import DESK, Event
from cairndesk.lib.ids import new_id

# Clocks are corrected by moments all the time; what is less than this prolongs nothing worth having, and it does not add up.
SLACK = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class _Held:
    """When this machine was started, by its own clock: the same at every look, until somebody sets the clock. `times` as in DeskTime."""

    started: datetime
    times: int


_held: list[_Held] = []


def keep_limits(*, ticks: float, now: datetime, also: Callable[[datetime], int]) -> bool:
    """Afterwards nothing lasts longer because the clock was set back: if it was, every sign-in, request and right with an end has ended.

    `also` ends, in the same transaction, what higher rooms gave, and says how much that was. `ticks`: seconds since the machine was
    started. Returns whether the clock was set back. A look that finds it steady asks nothing of the database.
    """
    started = now - timedelta(seconds=ticks)
    if _held and abs(started - _held[0].started) <= SLACK:
        return False
    row = DeskTime.objects.first()
    if back := _is_back(row, started, now):
        with transaction.atomic():
            row, _ = DeskTime.objects.select_for_update().get_or_create(id=1, defaults={"seen": now})
            # Another process may have seen it, and done it, a moment ago.
            if back := _is_back(row, started, now):
                _end_everything(now, also)
                row.seen, row.times = now, row.times + 1
                row.save()
    _held[:] = [_Held(started, row.times if row else 0)]
    return back


def look_at_the_clock(*, now: datetime) -> None:
    """Afterwards the next process to start knows that it was `now` already, to the minute."""
    row = DeskTime.objects.first()
    if row is None or now - row.seen > SLACK:
        DeskTime.objects.update_or_create(id=1, defaults={"seen": now})


def _is_back(row: DeskTime | None, started: datetime, now: datetime) -> bool:
    if _held:
        return started < _held[0].started and (row.times if row else 0) == _held[0].times
    return row is not None and now < row.seen - SLACK


def _end_everything(now: datetime, also: Callable[[datetime], int]) -> None:
    sign_ins, _ = Session.objects.all().delete()
    for rows in (Ceremony.objects.all(), EnrolmentLink.objects.filter(used_at=None), Replacement.objects.filter(agreed_at=None)):
        rows.delete()
    requests = Request.objects.filter(done_at=None, closed_at=None).update(closed_by=DESK.pseudonym, closed_at=now)
    GuestGrant.objects.filter(revoked_at=None).update(revoked_at=now)
    detail: dict[str, str | int] = {"sign_ins": sign_ins, "requests": requests, "grants": also(now)}
    record(event=Event.ACCOUNTS_CLOCK_SET_BACK, subject_kind="clock", subject=new_id(), by=DESK, now=now, detail=detail)
