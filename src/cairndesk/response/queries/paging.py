"""Whom an alarm, or that a hold ran out, is to be sent to now."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from cairndesk.accounts.duty import on_duty
from cairndesk.accounts.rules.duty import page_turn
from cairndesk.intake.models import Alarm
from cairndesk.response.models import AlarmPage, NoticeHold
from cairndesk.triage.queries import who_does_not_want


def ringing_anywhere() -> list[Alarm]:
    """Alarms that nobody has answered, oldest first, of every organisation."""
    return list(Alarm.objects.filter(answered_at=None).select_related("organisation", "case").order_by("raised_at", "pk"))


def pages_due(alarm: Alarm, *, supervisors: Sequence[str], now: datetime) -> list[AlarmPage]:
    """What is to be sent for `alarm` now: first to whoever is on duty, to the supervisors where that is nobody, and from the second turn on to both.

    In the first turn those are passed by who left such work out or put the case back, as long as anybody else is on duty; where nobody
    else is, the supervisors are called with them, whose mail may reach nobody at night.
    What arrived in this turn is left out, unless it was before the duty there began, and so is what is tried again later. The rows are not saved.
    """
    turn = page_turn(alarm.raised_at, now)
    passed = who_does_not_want(alarm.case, now=now) if alarm.case and not turn else set()
    everybody, others = _called(alarm.organisation_id, now), _called(alarm.organisation_id, now, without=passed)
    called = others or everybody
    wanted = dict.fromkeys([*called, *(supervisors if turn or not others else ())])
    held = {one.to: one for one in AlarmPage.objects.filter(alarm=alarm, turn=turn)}
    found = [held.get(to) or AlarmPage(alarm=alarm, turn=turn, to=to, next_try_at=now) for to in wanted]
    return [one for one in found if (one.sent_at is None or one.sent_at < called.get(one.to, one.sent_at)) and one.next_try_at <= now]


def hold_goes_to(hold: NoticeHold, *, supervisors: Sequence[str], now: datetime) -> list[str]:
    """Who is told that `hold` ran out: its supervisors, who alone may end it, and whoever is on duty."""
    return list(dict.fromkeys([*supervisors, *_called(hold.case.organisation_id, now)]))


def _called(organisation: UUID, now: datetime, *, without: Collection[str] = ()) -> dict[str, datetime]:
    # In the order in which they begin: the last one to begin at an address counts.
    on = [one for one in on_duty(organisation, now=now) if one.page_to and str(one.person.pseudonym) not in without]
    return {one.page_to: one.begins for one in on}
