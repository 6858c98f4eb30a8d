"""Cases that were told in nearly the same words, for somebody who could open both accounts."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from cairndesk.accounts.rules import Actor, Verb, permits
from cairndesk.cases.models import Case, Report
from cairndesk.cases.queries import kept_apart_from, linked_with
from cairndesk.custody.errors import DeskLocked
from cairndesk.review import recall
from cairndesk.review.actions.search import accounts_open_to

MOST_SHOWN, MOST_TOLD, MOST_WEIGHED = 5, 5, 50
"""Suggestions; accounts of a case that are compared, the last ones; and cases of which it is asked who may read them, the most alike ones."""


@dataclass(frozen=True, slots=True)
class ToldAlike:
    """A case that may belong together with another, and why it is suggested: never what was told."""

    case: Case
    words: str = "told in nearly the same words"


@dataclass(frozen=True, slots=True)
class Retellings:
    """The most alike cases, the most alike first; how many more there are, and whether that is all: only so many were weighed."""

    shown: tuple[ToldAlike, ...] = ()
    more: int = 0
    is_all: bool = True


def told_alike(*, case: Case, by: Actor, now: datetime, most: int = MOST_SHOWN) -> Retellings:
    """Up to `most` other cases of the organisation that were told in nearly the same words as `case`, and how many more.

    Suggestions: nobody said yet whether they belong together, and nothing follows by itself. None where `by` could not open the accounts of
    both now, where in either a person of concern is or may be a child, and while the desk is locked. The database is asked only where
    the memory holds something that is alike.
    """
    if by.organisation != case.organisation_id or case.erased_at is not None:
        return Retellings()
    told = sorted(case.reports.all(), key=lambda report: report.told_at)[-MOST_TOLD:]
    try:
        found = recall.HELD.retold([report.told_id for report in told])
    except DeskLocked:
        return Retellings()
    settled = linked_with(case) | kept_apart_from(case) | {case.pk}
    # Of each case the account that is most alike.
    nearest: dict[UUID, UUID] = {}
    for one in found:
        if one.case not in settled:
            nearest.setdefault(one.case, one.told)
    others = list(nearest)[:MOST_WEIGHED]
    if not others:
        return Retellings()
    alive = Report.objects.filter(case=OuterRef("pk"), told__in=[nearest[other] for other in others], told__erased_at=None)
    both = Case.objects.filter(Q(pk=case.pk) | Q(Exists(alive), pk__in=others))
    held = {one.pk: one for one in accounts_open_to(both, by=by, now=now) if permits(by.roles, Verb.CASE_READ, one.stage)}
    if case.pk not in held:
        return Retellings()
    alike = [ToldAlike(held[other]) for other in others if other in held]
    return Retellings(tuple(alike[:most]), max(0, len(alike) - most), is_all=len(nearest) <= MOST_WEIGHED)
