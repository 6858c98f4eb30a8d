"""Cases that hold nothing but what a list knows under one label, where its owner lets one decision hold for all of them."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date
from uuid import UUID

from cairndesk.cases.models import CasePerson, Item
from cairndesk.cases.rules.facts import CHILD_ACTOR
from cairndesk.signals.models import Feedback, Match
from cairndesk.signals.rules import MatchKind, MayLeadTo, Standing
from cairndesk.triage.rules.stacks import CONTENT

Key = tuple[UUID, str]


def wholly_listed(cases: Collection[UUID], *, on: date) -> dict[UUID, frozenset[Key]]:
    """Of each case the lists, with the label of each, that everything which it shows meets exactly; none for a case that shows nothing.

    Only lists that are on and in date `on` that day, no entry that is disputed, and no match that a person rejected. Something that only looks
    alike is left out: nobody here has seen what is listed, so nobody could say how alike it is. No case either in which a person of concern is or
    may be a child (PRI-10).
    """
    children = set(CasePerson.objects.filter(case__in=cases, actor_age__in=CHILD_ACTOR).values_list("case", flat=True))
    shown, whole, met = defaultdict[UUID, set[UUID]](set), dict[UUID, UUID](), defaultdict[UUID, set[Key]](set)
    for pk, case, kind, file in Item.objects.filter(case__in=cases).values_list("pk", "case", "kind", "same_file_as"):
        whole[pk] = file or pk
        if kind in CONTENT and file is None:
            shown[case].add(pk)
    lists = {"is_on": True, "may_lead_to": MayLeadTo.BATCH, "expires_on__gt": on}
    found = Match.objects.filter(case__in=list(shown), kind=MatchKind.EXACT, **{f"entry__list__{name}": value for name, value in lists.items()})
    found = found.filter(entry__until=None, entry__label__gt="").exclude(standing=Standing.REJECTED)
    found = found.exclude(entry__in=Feedback.objects.filter(holds=True).values("entry"))
    for item, listed, label in found.values_list("item", "entry__list", "entry__label"):
        if item in whole:
            met[whole[item]].add((listed, label))
    return {case: frozenset(set[Key].intersection(*(met[thing] for thing in things))) for case, things in shown.items() if case not in children}
