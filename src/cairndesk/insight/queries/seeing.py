"""How much people had to see for what they finished: the headline of the desk, counted over the days for which looks are kept."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Q

from cairndesk.cases.models import Case
from cairndesk.insight.rules import THRESHOLD
from cairndesk.review.models import Classification, Exposure, StackDecision
from cairndesk.review.rules.exposure import KEPT, Kind
from cairndesk.review.rules.stacks import Follows
from cairndesk.triage.queries import viral_cases


@dataclass(frozen=True)
class Seeing:
    """Of the last `days`: cases closed, looks at media and decisions of people; the shares are None where nothing was closed or decided.

    `viral` is how many cases are about widely shared material, None where they are too few to say.
    """

    days: int
    closed: int
    reveals: int
    decisions: int
    per_closed: float | None
    per_decision: float | None
    viral: int | None


def seeing(organisation: UUID, *, now: datetime) -> Seeing:
    """The figures of `organisation` as a whole, of nobody alone. A small copy counts as a look like a clear view; one decision for a stack is one."""
    since = now - KEPT
    closed = Case.objects.filter(organisation=organisation, closed_at__gt=since, closed_at__lte=now).count()
    looks = Exposure.objects.filter(organisation=organisation, kind__in=[Kind.LOOK, Kind.REVEAL], at__gt=since, at__lte=now).count()
    alone = Classification.objects.filter(case__organisation=organisation, taken_from=None, at__gt=since, at__lte=now).count()
    stacks = StackDecision.objects.filter(lead__organisation=organisation, kind="", made_at__gt=since, made_at__lte=now)
    followed = stacks.annotate(many=Count("members", filter=Q(members__state=Follows.FOLLOWED))).filter(many__gt=0).count()
    decisions, viral = alone + followed, viral_cases(organisation)
    return Seeing(
        days=KEPT.days,
        closed=closed,
        reveals=looks,
        decisions=decisions,
        per_closed=looks / closed if closed else None,
        per_decision=closed / decisions if decisions else None,
        viral=viral if viral >= THRESHOLD else None,
    )
