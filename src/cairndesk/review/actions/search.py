"""Searching: what finds a case is in the log by its kind and its number of cases, and the words are nowhere."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from django.db import transaction

from cairndesk.accounts import errors
from cairndesk.accounts.rules import Actor, Verb, may_somewhere, permits
from cairndesk.cases.actions import those_on
from cairndesk.cases.models import Case, CasePerson, IndexTerm
from cairndesk.custody import access
from cairndesk.custody.actions import record
from cairndesk.custody.rules import Event
from cairndesk.review import recall
from cairndesk.review.rules.search import case_number, equal_terms, words_in
from cairndesk.signals.engine.accounts import platforms

MOST = 50
"""Cases that one search shows."""


class Because(StrEnum):
    """What found a case."""

    NUMBER = "number"
    EQUAL = "equal"
    WORDS = "words"


@dataclass(frozen=True)
class Found:
    """The cases that were found, nearest first, with what found each; `more` were found and are not shown."""

    cases: list[tuple[Case, tuple[Because, ...]]]
    more: int
    words: recall.Standing


@transaction.atomic
def search(*, said: str, by: Actor, now: datetime) -> Found:
    """The cases of the organisation of `by` that they may read and that `said` finds; one entry of the log, whatever is found.

    A number and what is equal to an identifier find every case that they may read. Words find only a case whose account they could open
    now, and none in which the person of concern is a child. Raises NotPermitted, DeskLocked.
    """
    if by.organisation is None or not may_somewhere(by, Verb.CASE_READ):
        raise errors.NotPermitted(Verb.CASE_READ.value)
    because: dict[UUID, list[Because]] = defaultdict(list)
    # First: where the keys are locked nothing may be held any longer.
    number, by_words = case_number(said), _by_words(said, by, now)
    for kind, cases in (
        (Because.NUMBER, Case.objects.filter(organisation=by.organisation, number=number).values_list("pk", flat=True) if number else ()),
        (Because.EQUAL, _equal(by.organisation, said)),
        (Because.WORDS, by_words),
    ):
        for case in cases:
            because[case].append(kind)
    held = Case.objects.filter(organisation=by.organisation).select_related("given").in_bulk(list(because))
    shown = [held[case] for case in because if case in held and permits(by.roles, Verb.CASE_READ, held[case].stage)]
    detail = {kind.value: sum(kind in because[case.pk] for case in shown) for kind in Because}
    record(event=Event.REVIEW_SEARCH_MADE, subject_kind="organisation", subject=by.organisation, by=by, now=now, detail=detail)
    return Found([(case, tuple(because[case.pk])) for case in shown[:MOST]], max(len(shown) - MOST, 0), recall.HELD.standing())


def _equal(organisation: UUID, said: str) -> Iterable[UUID]:
    """Cases with an identifier that is this, by its blind index; the newest first, and no more than are shown."""
    wanted, keys = equal_terms(said, [one.name for one in platforms()]), access.keys()
    digests = [keys.blind_index(organisation, kind, value) for kind, value in wanted]
    met = IndexTerm.objects.filter(organisation=organisation, kind__in={kind for kind, _ in wanted}, digest__in=digests)
    return met.order_by("-item__case__opened_at").values_list("item__case", flat=True).distinct()[: MOST * 4]


def _by_words(said: str, by: Actor, now: datetime) -> Collection[UUID]:
    wanted = list(dict.fromkeys(words_in(said)))
    if by.organisation is None or not wanted:
        return ()
    found = recall.HELD.find(by.organisation, wanted, now=now)
    child = CasePerson.objects.filter(case__in=found, actor_age="child", roles__role="person_of_concern").values("case")
    held = Case.objects.filter(organisation=by.organisation, erased_at=None).exclude(pk__in=child).in_bulk(found)
    return [case.pk for case in those_on(cases=[held[one] for one in found if one in held], by=by, now=now)]
