"""For whom waiting cases are kept."""

from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet

from cairndesk.accounts.models import Person
from cairndesk.accounts.rules import Actor
from cairndesk.cases.models import Case
from cairndesk.cases.queries import hidden_from
from cairndesk.triage.models import Given
from cairndesk.triage.queries.queues import names_of
from cairndesk.triage.rules.queues import WAITING


def able(*, now: datetime) -> QuerySet[Person]:
    """Who may screen and classify: people with the role and with training in date."""
    return Person.objects.filter(is_active=True, credential_until__gte=now.date(), grants__role__in=["analyst", "supervisor"]).distinct()


def people_to_give_to(case: Case, *, now: datetime) -> QuerySet[Person]:
    """Who of its organisation could take `case`, by name."""
    return able(now=now).filter(organisation=case.organisation_id).order_by("name", "pk")


def given_to(*, by: Actor, now: datetime) -> QuerySet[Case]:
    """Waiting cases that are kept for `by`, the most urgent first, also of kinds that they left out: nobody else is handed them meanwhile."""
    own = Case.objects.filter(organisation=by.organisation, stage__in=WAITING).select_related("given", "stacked")
    kept = Given.objects.filter(to=by.pseudonym, until__gt=now).values("pk")
    return own.filter(pk__in=kept).exclude(hidden_from(by)).order_by("-is_emergency", "priority", "opened_at", "pk")


def kept_for(case: Case, *, now: datetime) -> str:
    """The name of the person for whom `case` is kept now; empty where it is not."""
    given = Given.objects.filter(case=case, until__gt=now).first()
    return names_of([given.to]).get(given.to, "") if given else ""


def not_kept_for_others(cases: QuerySet[Case], *, by: Actor, now: datetime) -> QuerySet[Case]:
    """Those of `cases` that `by` may be handed next: a child in danger is kept for nobody."""
    others = Given.objects.filter(case=OuterRef("pk"), until__gt=now).exclude(to=by.pseudonym)
    return cases.exclude(Exists(others), is_emergency=False)
