"""Which cases wait because they are like another: reads of the stacks, each bound to one organisation."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Min, Q, QuerySet

from cairndesk.accounts.rules import Actor
from cairndesk.cases.models import Case
from cairndesk.cases.rules.stages import Stage
from cairndesk.triage.models import Stacked

DECIDED = (Stage.CLASSIFIED, Stage.ACTING, Stage.ANSWERED, Stage.CLOSED)
"""The stages of a leading case whose classification stands, a second look included where one was called for."""


@dataclass(frozen=True)
class Beside:
    """How many others of its stack wait beside a case, and which case leads them."""

    lead: UUID
    count: int


@dataclass(frozen=True)
class Stack:
    """A leading case, how many wait under it, since when, and whether the leading case is decided already."""

    lead: Case
    waiting: int
    oldest: datetime
    is_decided: bool


def waiting_under(lead: Case) -> QuerySet[Stacked]:
    """What waits under `lead`, the longest waiting first."""
    return Stacked.objects.filter(lead=lead, case__stage=Stage.QUEUED).select_related("case").order_by("case__opened_at", "pk")


def beside(cases: Sequence[Case]) -> dict[UUID, Beside]:
    """Of each of `cases` that stands in a stack, how many others of it wait; one query where `stacked` was read with them."""
    under = {case.pk: case.stacked.lead_id for case in cases if hasattr(case, "stacked")}
    mine = [under.get(case.pk, case.pk) for case in cases]
    waits = _waits(Stacked.objects.filter(lead__in=mine)) if cases else {}
    found = {}
    for case, lead in zip(cases, mine, strict=True):
        count, leads_and_waits = waits.get(lead, (0, False))
        is_member = case.pk in under
        count += int(is_member and leads_and_waits) - int(is_member and case.stage == Stage.QUEUED)
        if count > 0:
            found[case.pk] = Beside(lead, count)
    return found


def stacks(*, by: Actor, most: int) -> list[Stack]:
    """The stacks of the organisation of `by`: those whose leading case is decided first, then the largest."""
    counted = _queued(by).order_by().values("lead").annotate(many=Count("pk"), oldest=Min("case__opened_at")).order_by("-many", "oldest")
    known = list(counted.filter(lead__stage__in=DECIDED, lead__erased_at=None)[:most])
    rows = [*known, *counted.exclude(lead__stage__in=DECIDED, lead__erased_at=None)[: most - len(known)]]
    leads = Case.objects.in_bulk([row["lead"] for row in rows])
    return [Stack(leads[row["lead"]], row["many"], row["oldest"], is_decided=place < len(known)) for place, row in enumerate(rows)]


def _queued(by: Actor) -> QuerySet[Stacked]:
    return Stacked.objects.filter(lead__organisation=by.organisation, case__stage=Stage.QUEUED)


def _waits(rows: QuerySet[Stacked]) -> dict[UUID, tuple[int, bool]]:
    """By the leading case: how many wait under it, and whether it waits itself."""
    waiting = Count("pk", filter=Q(case__stage=Stage.QUEUED))
    counted = rows.order_by().values("lead").annotate(many=waiting).values_list("lead", "lead__stage", "many")
    return {lead: (many, stage == Stage.QUEUED) for lead, stage, many in counted}
