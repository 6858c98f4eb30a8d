"""Searching: what finds a case is in the log by its kind and its number of cases, and the words are nowhere."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import partial
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from cairndesk.accounts import errors
from cairndesk.accounts.rules import Actor, Verb, may_somewhere, permits
from cairndesk.cases.actions import those_on
from cairndesk.cases.models import Case, CasePerson, IndexTerm
from cairndesk.cases.queries import hidden_from, of_a_child
from cairndesk.cases.rules.facts import CHILD_ACTOR
from cairndesk.custody import access
from cairndesk.custody.actions import record
from cairndesk.custody.rules import Event
from cairndesk.review import recall
from cairndesk.review.rules.search import MOST_WORDS, case_number, equal_terms
from cairndesk.signals.engine.accounts import platforms
from cairndesk.triage.rules.words import words_in

MOST = 50
"""Cases that one search shows."""


class Because(StrEnum):
    """What found a case."""

    NUMBER = "number"
    EQUAL = "equal"
    WORDS = "words"


@dataclass(frozen=True)
class Found:
    """The cases that were found, nearest first, with what found each; `more` were found and are not shown, at least.

    `is_cut`: only the first MOST_WORDS words were searched for.
    """

    cases: list[tuple[Case, tuple[Because, ...]]]
    more: int
    words: recall.Standing
    is_cut: bool


def search(*, said: str, by: Actor, now: datetime) -> Found:
    """The cases of the organisation of `by` that they may read and that `said` finds; one entry of the log, whatever is found.

    A number and what is equal to an identifier find every case that they may read as a whole. Words find only a case whose account they could open
    now, and none in which the person of concern is or may be a child. Raises NotPermitted, DeskLocked.
    """
    if by.organisation is None or not may_somewhere(by, Verb.CASE_READ):
        raise errors.NotPermitted(Verb.CASE_READ.value)
    because: dict[UUID, list[Because]] = defaultdict(list)
    wanted = list(dict.fromkeys(words_in(said)))
    # All that looks through much comes before the transaction: on SQLite it keeps every other writer waiting.
    # The words first: where the keys are locked nothing may be held any longer.
    by_words = _by_words(wanted[:MOST_WORDS], by, now)
    number, equal = case_number(said), list(_equal(by.organisation, said))
    for kind, cases in (
        (Because.NUMBER, Case.objects.filter(organisation=by.organisation, number=number).values_list("pk", flat=True) if number else ()),
        (Because.EQUAL, equal),
        (Because.WORDS, by_words),
    ):
        for case in cases:
            because[case].append(kind)
    with transaction.atomic():
        own = Case.objects.filter(organisation=by.organisation).exclude(hidden_from(by))
        held = own.select_related("given", "stacked").in_bulk(list(because))
        shown = [held[case] for case in because if case in held and permits(by.roles, Verb.CASE_READ, held[case].stage)]
        detail = {kind.value: sum(kind in because[case.pk] for case in shown) for kind in Because}
        record(event=Event.REVIEW_SEARCH_MADE, subject_kind="organisation", subject=by.organisation, by=by, now=now, detail=detail)
    found = [(case, tuple(because[case.pk])) for case in shown[:MOST]]
    return Found(found, max(len(shown) - MOST, 0), recall.HELD.standing(by.organisation), len(wanted) > MOST_WORDS)


def _equal(organisation: UUID, said: str) -> Iterable[UUID]:
    """Cases with an identifier that is this, by its blind index; the newest first, and no more than are shown.

    What is or may be that of a person of concern who is or may be a child finds nothing: a look-up must not lead to them.
    """
    wanted, keys = equal_terms(said, [one.name for one in platforms()]), access.keys()
    digests = [keys.blind_index(organisation, kind, value) for kind, value in wanted]
    met = IndexTerm.objects.filter(organisation=organisation, kind__in={kind for kind, _ in wanted}, digest__in=digests)
    return met.exclude(of_a_child("item__")).order_by("-item__case__opened_at").values_list("item__case", flat=True).distinct()[: MOST * 4]


def _by_words(wanted: Collection[str], by: Actor, now: datetime) -> Collection[UUID]:
    if by.organisation is None or not wanted:
        return ()
    return recall.HELD.find(by.organisation, wanted, readable=partial(_readable, by=by, now=now), now=now)


def _readable(cases: Collection[UUID], *, by: Actor, now: datetime) -> Collection[UUID]:
    # What says who may open them, and no more of each.
    held = Case.objects.filter(pk__in=cases).only("organisation", "stage")
    return {case.pk for case in accounts_open_to(held, by=by, now=now)}


def accounts_open_to(cases: QuerySet[Case], *, by: Actor, now: datetime) -> list[Case]:
    """Those of `cases` whose account `by` could open now; none in which a person of concern is or may be a child."""
    child = CasePerson.objects.filter(case=OuterRef("pk"), actor_age__in=CHILD_ACTOR)
    return those_on(cases=list(cases.filter(~Exists(child), ~hidden_from(by), organisation=by.organisation, erased_at=None)), by=by, now=now)
