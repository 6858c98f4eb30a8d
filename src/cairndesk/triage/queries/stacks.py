"""Which cases wait because they are like another: reads of the stacks, each bound to one organisation."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Min, OuterRef, Q, QuerySet, Subquery

from cairndesk.accounts.rules import Actor
from cairndesk.cases.models import Case
from cairndesk.cases.queries import hidden_from
from cairndesk.cases.rules.stages import Stage
from cairndesk.triage.models import KnownViral, Stacked
from cairndesk.triage.queries.viral import root_of
from cairndesk.triage.rules.queues import WAITING
from cairndesk.triage.rules.stacks import RETOLD
from cairndesk.triage.rules.viral import WORDS as VIRAL
from cairndesk.triage.rules.viral import Viral

DECIDED = (Stage.CLASSIFIED, Stage.ACTING, Stage.ANSWERED, Stage.CLOSED)
"""The stages of a leading case whose classification stands, a second look included where one was called for."""
# Who is erased was like nobody.
_STAND = Q(case__stage=Stage.QUEUED, case__erased_at=None, lead__erased_at=None)


@dataclass(frozen=True)
class Beside:
    """How many others of its stack wait beside a case, and which case leads them; why it is called widely shared, if so, and where that was said."""

    lead: UUID
    count: int
    viral: str
    viral_at: UUID


@dataclass(frozen=True)
class Stack:
    """A leading case, how many wait under it, since when, and whether the leading case is decided already."""

    lead: Case
    waiting: int
    oldest: datetime
    is_decided: bool


def waiting_under(lead: Case, *, by: Actor) -> QuerySet[Stacked]:
    """What waits under `lead` and is not hidden from `by`, the longest waiting first."""
    held = Stacked.objects.filter(_STAND, lead=lead).exclude(hidden_from(by, "case"))
    return held.select_related("case").order_by("case__opened_at", "pk")


def to_restack(*, most: int) -> list[Case]:
    """Cases that wait under one that leads them no more, the oldest first: it is erased, or they are like it in their words and none are kept."""
    gone = Q(lead__erased_at__isnull=False) | Q(because=[RETOLD], lead__wording=None)
    held = Stacked.objects.filter(gone, case__stage__in=WAITING).select_related("case").order_by("case__opened_at", "pk")
    return [one.case for one in held[:most]]


def beside(cases: Sequence[Case]) -> dict[UUID, Beside]:
    """Of each of `cases` that stands in a stack or is flagged what there is to say; one query where `stacked` was read with them."""
    under = {case.pk: case.stacked.lead_id for case in cases if hasattr(case, "stacked")}
    leads, roots = {case.pk: under.get(case.pk, case.pk) for case in cases}, {case.pk: root_of(case) for case in cases}
    held = _leading({*leads.values(), *roots.values()}) if cases else {}
    found = {}
    for case in cases:
        (stage, count, _), (_, _, flag) = held[leads[case.pk]], held[roots[case.pk]]
        if case.pk in under:
            count += int(stage == Stage.QUEUED) - int(case.stage == Stage.QUEUED)
        if count > 0 or flag:
            found[case.pk] = Beside(leads[case.pk], max(count, 0), VIRAL[Viral(flag)] if flag else "", roots[case.pk])
    return found


def stacks(*, by: Actor, most: int) -> list[Stack]:
    """The stacks of the organisation of `by`: those whose leading case is decided first, then the largest."""
    counted = _queued(by).order_by().values("lead").annotate(many=Count("pk"), oldest=Min("case__opened_at")).order_by("-many", "oldest", "lead")
    known = list(counted.filter(lead__stage__in=DECIDED)[:most])
    rows = [*known, *counted.exclude(lead__stage__in=DECIDED)[: most - len(known)]]
    leads = Case.objects.in_bulk([row["lead"] for row in rows])
    return [Stack(leads[row["lead"]], row["many"], row["oldest"], is_decided=place < len(known)) for place, row in enumerate(rows)]


def _queued(by: Actor) -> QuerySet[Stacked]:
    held = Stacked.objects.filter(_STAND, lead__organisation=by.organisation)
    return held.exclude(hidden_from(by, "lead") | hidden_from(by, "case"))


def _leading(cases: set[UUID]) -> dict[UUID, tuple[str, int, str | None]]:
    """Of each its stage, how many wait under it, and why it is called widely shared."""
    flag = KnownViral.objects.filter(case=OuterRef("pk"), taken_back_at=None).values("because")[:1]
    waiting = Count("stack", filter=Q(erased_at=None, stack__case__stage=Stage.QUEUED, stack__case__erased_at=None))
    rows = Case.objects.filter(pk__in=cases).order_by().annotate(many=waiting, flag=Subquery(flag))
    return {pk: (stage, many, why) for pk, stage, many, why in rows.values_list("pk", "stage", "many", "flag")}
