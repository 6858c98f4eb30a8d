"""What somebody is not handed: kinds of work that they left out, and cases that they put back. Nobody else reads it."""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from functools import reduce
from operator import or_

from django.db.models import Exists, OuterRef, Q, QuerySet

from cairndesk.accounts.rules import Actor, Verb, may_somewhere
from cairndesk.cases.models import Case, CasePerson, HarmCode, Incident, Item
from cairndesk.cases.queries import hidden_from
from cairndesk.triage.models import LeftOut, PutBack
from cairndesk.triage.rules.queues import WAITING
from cairndesk.triage.rules.work import HARMS, YOUNGEST_AGES, Work


def left_out(by: Actor) -> set[Work]:
    """What `by` left out; one query."""
    return {Work(kind) for kind in LeftOut.objects.filter(actor=by.pseudonym).values_list("kind", flat=True)}


def without_left_out(cases: QuerySet[Case], *, by: Actor, at: Collection[str] = WAITING) -> QuerySet[Case]:
    """Those of `cases` that stay in the lists of `by`: whatever stands `at` these stages and is of a kind that they left out is not there.

    A child who is in danger now stays in sight for everybody, and whoever shares the work out sees all of it. A query of its own, for the kinds.
    """
    hidden = _hidden(by, at)
    return cases if hidden is None else cases.exclude(hidden)


def only_left_out(cases: QuerySet[Case], *, by: Actor) -> QuerySet[Case]:
    """Those of `cases` that `without_left_out` keeps from the lists of `by`: they are counted, and shown on request."""
    hidden = _hidden(by, WAITING)
    return cases.none() if hidden is None else cases.filter(hidden)


def not_handed(cases: QuerySet[Case], *, by: Actor, now: datetime, without: Collection[Work]) -> QuerySet[Case]:
    """Those of `cases` that `by` may be handed next: none of the kinds `without`, which they left out, also in danger, and none put back lately.

    None either that is hidden from them.
    """
    back = Exists(PutBack.objects.filter(case=OuterRef("pk"), actor=by.pseudonym, until__gt=now))
    for kind in without:
        cases = cases.exclude(_OF[kind]())
    return cases.exclude(back).exclude(hidden_from(by))


def who_does_not_want(case: Case, *, now: datetime) -> set[str]:
    """The pseudonyms of those who left out a kind of work that `case` is of, or put it back; for paging others first, and for no page."""
    one = Case.objects.filter(pk=case.pk)
    kinds = [kind for kind in Work if one.filter(_OF[kind]()).exists()]
    left = LeftOut.objects.filter(kind__in=kinds).values_list("actor", flat=True)
    back = PutBack.objects.filter(case=case, until__gt=now).values_list("actor", flat=True)
    return {*left, *back}


def _hidden(by: Actor, at: Collection[str]) -> Q | None:
    """None where nothing is: most people leave nothing out, and then no case is asked of what kind it is."""
    kinds = set[Work]() if may_somewhere(by, Verb.CASE_GIVE) else left_out(by)
    return Q(is_emergency=False, stage__in=at) & reduce(or_, (_OF[kind]() for kind in sorted(kinds))) if kinds else None


def _harms(kind: Work) -> Q:
    return Q(Exists(HarmCode.objects.filter(incident__case=OuterRef("pk"), harm__in=HARMS[kind])))


def _incidents(**told: str) -> Q:
    return Q(Exists(Incident.objects.filter(case=OuterRef("pk"), **told)))


def _youngest() -> Q:
    ages = Q(stated_age__in=YOUNGEST_AGES) | Q(apparent_age__in=YOUNGEST_AGES) | Q(age_at_report__in=YOUNGEST_AGES)
    return Q(Exists(CasePerson.objects.filter(ages, case=OuterRef("pk"))))


_OF: Mapping[Work, Callable[[], Q]] = {
    Work.IMAGERY: lambda: Q(Exists(Item.objects.filter(case=OuterRef("pk"), kind="media"))) | _harms(Work.IMAGERY),
    Work.LIVE: lambda: _incidents(abuse_now="yes") | _harms(Work.LIVE),
    Work.YOUNGEST: _youngest,
    Work.SELF_HARM: lambda: _incidents(self_harm="yes") | _harms(Work.SELF_HARM),
    Work.AT_HOME: lambda: Q(Exists(CasePerson.objects.filter(case=OuterRef("pk"), relation__in=["parent", "carer"]))) | _harms(Work.AT_HOME),
    Work.EXTORTION: lambda: _harms(Work.EXTORTION),
}
