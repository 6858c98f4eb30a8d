"""Reads of the roster: who is on duty, who comes next, and the hours in which anybody reads."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet

from cairndesk.accounts.models import Duty
from cairndesk.accounts.rules.duty import Span, merged, uncovered

SHOWN = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Watch:
    """Who is on duty now, the next turn that begins, and how long within a week nobody is; `is_kept` where there is a roster at all."""

    now: Sequence[Duty]
    next: Duty | None
    alone: timedelta
    is_kept: bool


def roster(organisation: UUID | None, *, now: datetime, ahead: timedelta = SHOWN) -> QuerySet[Duty]:
    """The turns that are not over, in their order."""
    found = Duty.objects.filter(organisation=organisation, ends__gt=now, begins__lt=now + ahead, person__is_active=True)
    return found.select_related("person").order_by("begins", "ends", "person__name")


def watch(organisation: UUID | None, *, now: datetime) -> Watch:
    """The roster in a glance."""
    week = timedelta(days=7)
    held = list(roster(organisation, now=now))
    alone = uncovered(((one.begins, one.ends) for one in held), since=now, until=now + week)
    return Watch([one for one in held if one.begins <= now], next((one for one in held if one.begins > now), None), alone, bool(held))


def hours(organisation: UUID, *, now: datetime) -> Sequence[Span]:
    """The hours ahead in which anybody reads what comes in, without saying who or how many; being on call is not reading."""
    return merged((one.begins, one.ends) for one in roster(organisation, now=now).filter(reads=True))


def on_duty(organisation: UUID | None, *, now: datetime) -> QuerySet[Duty]:
    """The turns that are on now."""
    return roster(organisation, now=now).filter(begins__lte=now)
