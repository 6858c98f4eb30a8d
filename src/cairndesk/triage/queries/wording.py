"""Which cases are told in nearly the same words, by their keyed digests alone; nothing sealed is opened."""

from collections.abc import Collection
from uuid import UUID

from django.db.models import Count, Exists, F, OuterRef, Q

from cairndesk.cases.models import Case, CasePerson
from cairndesk.cases.rules.facts import CHILD_ACTOR
from cairndesk.triage.models import Wording, WordingMark
from cairndesk.triage.rules.retelling import APART, ENOUGH, Worded, is_retold, is_the_same

MOST_ALIKE = 50
"""Cases that lead and are alike one more, of which the earliest can lead that one."""


def told_alike(case: Case, mine: Worded, *, apart: Collection[UUID] = ()) -> list[UUID]:
    """The earliest MOST_ALIKE cases that came before `case`, stand under none, and were told in nearly its words, which are `mine`.

    None where a child may be of concern, and none of those that a person keeps `apart` from it.
    """
    children = CasePerson.objects.filter(actor_age__in=CHILD_ACTOR)
    met = WordingMark.objects.filter(digest__in=mine.digests, wording__length__range=(mine.length - APART, mine.length + APART))
    met = met.exclude(wording=case.pk).exclude(Exists(children.filter(Q(case=OuterRef("wording")) | Q(case=case.pk))))
    opened, others = F("wording__case__opened_at"), met.exclude(wording__in=list(apart))
    before = others.filter(Q(wording__case__opened_at__lt=case.opened_at) | Q(wording__case__opened_at=case.opened_at, wording__lt=case.pk))
    counted = before.values(other=F("wording"), opened=opened).annotate(many=Count("pk")).filter(many__gte=ENOUGH)
    return [one["other"] for one in counted.order_by("opened", "other")[:MOST_ALIKE]]


def retold(cases: Collection[UUID], lead: UUID) -> dict[UUID, bool]:
    """Those of `cases` that are told in nearly the words of `lead`, as both stand now, and whether word for word; one query."""
    held = {row.pk: row.worded for row in Wording.objects.filter(pk__in=[*cases, lead])}
    near = [one for one in cases if one in held and lead in held and is_retold(held[one], held[lead])]
    return {one: is_the_same(held[one], held[lead]) for one in near}
