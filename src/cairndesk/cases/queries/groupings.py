"""Records that hold several cases, and which linked cases could be one. Nothing sealed is opened."""

from collections.abc import Collection
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from cairndesk.accounts.rules import Actor
from cairndesk.cases.models import Case, CaseLink, CasePerson, GroupedCase, Grouping, Hold
from cairndesk.cases.queries.team import hidden_from
from cairndesk.cases.rules.facts import CHILD_ACTOR
from cairndesk.cases.rules.groupings import is_new, joined

_LINKS = 5000


def groupings_of(organisation: UUID, *, case: UUID | None = None) -> QuerySet[Grouping]:
    """The records of `organisation`, or those that `case` is in: the last seen first, each with how many cases it holds and how many are open."""
    found = Grouping.objects.filter(organisation=organisation)
    if case is not None:
        found = found.filter(pk__in=GroupedCase.objects.filter(case=case, removed_at=None).values("grouping"))
    standing = Q(members__removed_at=None)
    counts = {"cases": Count("members", filter=standing), "open_cases": Count("members", filter=standing & Q(members__case__closed_at=None))}
    return found.annotate(**counts).order_by("-made_at", "pk")


def with_child_actor(cases: Collection[UUID]) -> set[UUID]:
    """Those of `cases` in which a person of concern is or may be a child: they are in no such record."""
    return set(CasePerson.objects.filter(case__in=cases, actor_age__in=CHILD_ACTOR).values_list("case", flat=True))


def descriptions_held(case: Case, *, by_others: bool) -> set[UUID]:
    """The sealed descriptions of records that `case` is or was in and that a standing hold keeps: on any of their cases, or on others alone."""
    held = GroupedCase.objects.filter(words__in=_described(case), case__in=Hold.objects.filter(lifted_at=None).values("case"))
    return set((held.exclude(case=case) if by_others else held).values_list("words", flat=True))


def descriptions_to_go(case: Case) -> set[UUID]:
    """Those that an erased case was kept waiting with, and that no hold keeps any more."""
    waiting = GroupedCase.objects.filter(words__in=_described(case), case__erased_at__isnull=False).values_list("words", flat=True)
    return set(waiting) - descriptions_held(case, by_others=False)


def _described(case: Case) -> list[UUID]:
    return [pk for pk in case.groupings.values_list("words", flat=True) if pk]


def suggested_groupings(by: Actor, *, case: UUID | None = None, most: int = 20) -> list[list[Case]]:
    """Cases that people linked with one another, directly or through others, and that no record holds together; the most first.

    `case`: only those with it. Where a person of concern is or may be a child the case is left out, and joins nothing; so is what is hidden
    from `by`.
    """
    links = CaseLink.objects.filter(earlier__organisation=by.home).exclude(hidden_from(by, "earlier") | hidden_from(by, "later"))
    pairs = list(links.order_by("-recorded_at", "pk").values_list("earlier", "later")[:_LINKS])
    spared = with_child_actor({one for pair in pairs for one in pair})
    held: dict[UUID, set[UUID]] = {}
    for grouping, one in GroupedCase.objects.filter(grouping__organisation=by.home).values_list("grouping", "case"):
        held.setdefault(grouping, set()).add(one)
    found = [some for some in joined(pair for pair in pairs if not spared & set(pair)) if is_new(some, held.values())]
    found = [some for some in found if case is None or case in some][:most]
    cases = {one.pk: one for one in Case.objects.filter(pk__in=set().union(*found))}
    return [sorted((cases[pk] for pk in some), key=lambda one: one.number) for some in found]
