"""What burns, what waits longest and what is mine: reads of the queues, each bound to one organisation."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Min, Q, QuerySet

from cairndesk.accounts.rules import Actor
from cairndesk.cases.models import Case
from cairndesk.cases.rules.stages import Stage
from cairndesk.intake.models import Alarm
from cairndesk.triage.rules.queues import QUEUES, WAITING, Queue


@dataclass(frozen=True)
class Band:
    """How many reports say "now" and nobody has claimed, since when, and how many of them the locked desk cannot read."""

    count: int
    oldest: datetime | None
    locked: int


@dataclass(frozen=True)
class QueueLine:
    """A queue with the number of its cases and when the oldest was opened."""

    queue: Queue
    count: int
    oldest: datetime | None


def cases_in(queue: Queue, *, by: Actor) -> QuerySet[Case]:
    """The cases of `queue` at the organisation of `by`: in danger first, then the most urgent, then the longest waiting."""
    own = Case.objects.filter(organisation=by.organisation).filter(_belongs(queue, by))
    return own.order_by("-is_emergency", "priority", "opened_at")


def rail(*, by: Actor) -> list[QueueLine]:
    """Every queue with its count and the age of its oldest case; one query."""
    wanted = {f"{queue.key}_count": Count("pk", filter=_belongs(queue, by)) for queue in QUEUES}
    ages = {f"{queue.key}_oldest": Min("opened_at", filter=_belongs(queue, by)) for queue in QUEUES}
    found = Case.objects.filter(organisation=by.organisation).exclude(stage=Stage.CLOSED).aggregate(**wanted, **ages)
    return [QueueLine(queue, found[f"{queue.key}_count"], found[f"{queue.key}_oldest"]) for queue in QUEUES]


def band(*, by: Actor) -> Band:
    """What the emergency band says; alarms of files that cannot be read yet count, because the child cannot wait for a key."""
    burning = Q(is_emergency=True, stage__in=WAITING)
    cases = Case.objects.filter(burning, organisation=by.organisation).aggregate(count=Count("pk"), oldest=Min("opened_at"))
    alarms = Alarm.objects.filter(organisation=by.organisation, case=None, answered_at=None).aggregate(count=Count("pk"), oldest=Min("raised_at"))
    since = [moment for moment in (cases["oldest"], alarms["oldest"]) if moment is not None]
    return Band(cases["count"] + alarms["count"], min(since, default=None), alarms["count"])


def _belongs(queue: Queue, by: Actor) -> Q:
    wanted = Q(stage__in=queue.stages)
    if queue.in_danger:
        wanted &= Q(is_emergency=True)
    return wanted & Q(claimed_by=by.pseudonym) if queue.mine else wanted
