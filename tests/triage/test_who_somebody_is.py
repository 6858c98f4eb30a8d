"""Nobody waits longer for who they are: the same matter, told by and about everybody in turn, through the whole of triage.

What somebody is may make a case more urgent only where it makes a child less safe, and what does stands here by name.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.cast import NOON
from tests.support.on_record import may_search
from tests.triage.test_priority import KNOWN, TELLING, Told, judged, replaced

from cairndesk.accounts.models import Organisation
from cairndesk.accounts.rules import SYSTEM, Actor
from cairndesk.cases import taxonomy
from cairndesk.cases.actions import (
    ReportFacts,
    add_person,
    amend_incident,
    amend_person,
    describe_incident,
    open_case,
    record_sensitive,
    record_support,
)
from cairndesk.cases.models import Case, CasePerson, Incident
from cairndesk.cases.models.incident import Countries
from cairndesk.cases.rules.facts import CaseFacts
from cairndesk.cases.rules.mandates import FOUND
from cairndesk.intake.facts import SOURCES
from cairndesk.intake.forms import CHANNELS
from cairndesk.intake.rules import Path
from cairndesk.lib.unknowns import Unknown
from cairndesk.review.queries import next_in_line
from cairndesk.triage import actions
from cairndesk.triage.rules.priority import priority
from cairndesk.triage.rules.signs import Facts, Sign, facts_of
from cairndesk.triage.rules.table import shipped

# What a case may be more urgent for, once it is known. None of it is a trait: each is a danger, an act, a need, or how young a child is.
RAISES = {
    "abuse_now", "meeting_planned", "location_known", "self_harm", "continuing_access", "active_contact", "meeting_at", "deadlines", "threats",
    "harms", "child_ages", "relations", "novelty", "marks", "raising",
}  # fmt: skip
# What `nearness` names one by one weighs as danger, relation and harm, once.
WEIGHS_NOTHING = {"demands", "lead_harms", "settings", "actor_ages", "authenticity", "nearness"}
# How a child says that they tell themselves; grown-ups are not put behind them for anything else.
TOLD_BY_A_CHILD = Path.CHILD
# They say that somebody who may go on is near the child, or what a child needs at once.
NEAR = {"parent", "carer", "relative", "partner", "friend_of_family", "professional", "known_in_person"}
NEED = {"self_harm", "suicidal_thoughts"}
YOUNGEST = taxonomy.members("age_band", "youngest")

ANSWERS = ({"what": ["found"]}, {"what": ["secrets"], "danger": ["can_reach"]})


# ── The rules alone ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.req("PRI-05")
def test_the_rules_are_given_nothing_about_who_somebody_is() -> None:
    """What a rule does not know it cannot use. A new fact has to be put on one of the two lists, and answers for it here."""
    assert {field.name for field in fields(CaseFacts)} == RAISES | WEIGHS_NOTHING
    assert not RAISES & WEIGHS_NOTHING
    assert {field.name for field in fields(Facts)} == {"signs", "raising", "time_left", "advice_only"}


@pytest.mark.req("PRI-05")
@settings(max_examples=20)
@given(known=KNOWN, told=TELLING, other=KNOWN, name=st.sampled_from(sorted(RAISES | WEIGHS_NOTHING)))
def test_a_fact_more_about_anybody_never_makes_a_case_wait_longer(known: CaseFacts, told: Told, other: CaseFacts, name: str) -> None:
    had, new = getattr(known, name), getattr(other, name)
    more = had | new if isinstance(had, frozenset) else max(had, new) if isinstance(had, int) else "yes" if isinstance(had, str) else had
    before, after = judged(known, told), judged(replaced(known, **{name: more}), told)
    assert (after.level, after.due) <= (before.level, before.due)
    assert after.due <= before.due
    if name in WEIGHS_NOTHING:
        assert after == before


@pytest.mark.req("PRI-05")
@pytest.mark.slow
@settings(max_examples=20)
@given(known=KNOWN, told=TELLING, path=st.sampled_from([*Path, "platform", "hotline"]))
def test_who_tells_never_lowers_it_and_a_child_raises_it(known: CaseFacts, told: Told, path: str) -> None:
    facts = facts_of(told=[told], paths=[path], known=known, listed=False, advice_only=False, as_of=NOON)
    found, plain = priority(facts, shipped()), judged(known, told)
    assert found == plain if path != TOLD_BY_A_CHILD else (found.level <= min(3, plain.level) and found.due <= plain.due)


@pytest.mark.req("PRI-05")
@settings(max_examples=20)
@given(signs=st.frozensets(st.sampled_from([sign for sign in Sign if sign is not Sign.ALIKE]), min_size=1))
def test_who_asks_for_advice_only_stands_behind_nobody_once_there_is_a_sign_of_danger(signs: frozenset[Sign]) -> None:
    assert priority(Facts(signs=signs, advice_only=True), shipped()) == priority(Facts(signs=signs), shipped())


# ── The whole of triage, from a report to the queue ──────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Known:
    """What stands on a case, and who records more of it."""

    child: CasePerson
    concern: CasePerson
    incident: Incident
    by: Actor


Record = Callable[[Known], object]
Open = Callable[..., Case]


def said(place: int, **facts: str) -> Record:
    """Of the child (0) or the person of concern (1)."""
    return lambda on: amend_person(person=(on.child, on.concern)[place], facts=facts, by=on.by, now=NOON)


def kept(attribute: str, answer: str) -> Record:
    return lambda on: record_sensitive(person=on.child, attribute=attribute, answer=answer, by=on.by, now=NOON)


def felt(family: str, code: str) -> Record:
    return lambda on: record_support(person=on.child, family=family, codes=[code], by=on.by, now=NOON)


def happened(**facts: str) -> Record:
    return lambda on: amend_incident(incident=on.incident, facts=facts, by=on.by, now=NOON)


@pytest.fixture
def open_one(ring: object, one: Organisation, sam: Actor, settings: Any) -> Open:
    """Opens a case as the drain does, with a child and a person of concern on record, and has it triaged two minutes later."""
    every = list(taxonomy.family("sensitive").codes)
    settings.CAIRNDESK = settings.CAIRNDESK.model_copy(update={"desks": settings.CAIRNDESK.desks.model_copy(update={"sensitive_attributes": every})})

    may_search(sam, NOON)

    def opening(answers: Told, *, record: Record | None = None, at: datetime = NOON, words: Told | None = None, **report: Any) -> Case:
        told = {"answers": {**answers, **(words or {})}}
        facts = {"source": "friend", "channel": "portal", "path": "friend", "language": "en"} | report
        case = open_case(organisation=one, report=ReportFacts(told=told, is_found=facts["source"] == FOUND, **facts), by=SYSTEM, now=at)
        child, concern = (add_person(case=case, role=role, by=sam, now=at) for role in ("child", "person_of_concern"))
        incident = describe_incident(case=case, facts={}, by=sam, now=at)
        if record is not None:
            record(Known(child, concern, incident, sam))
        actions.take_in(case=case, now=at + timedelta(minutes=2))
        return case

    return opening


def as_soon(case: Case, plain: Case) -> None:
    assert (case.priority, case.due_at, case.next_action_at) == (plain.priority, plain.due_at, plain.next_action_at)


def codes(family: str) -> list[str]:
    return list(taxonomy.family(family).codes)


LANGUAGES = ("en", "ar", "fa-AF", "tl", "yo", "unknown", "")
REPORTS = (
    *({"language": language} for language in LANGUAGES),
    *({"channel": channel} for channel in (*CHANNELS, "api")),
    *({"path": path.value, "source": SOURCES[path]} for path in Path if path is not TOLD_BY_A_CHILD),
    *({"path": "platform", "source": source} for source in codes("report_source")),
    *({"words": {name: word}} for name in ("service", "more") for word in ("مرحبا", "an old phone, no data left", "aus Lagos", "I cannot see")),
)
WHO = (
    *(said(place, gender=code) for place in (0, 1) for code in (*codes("gender"), *Unknown)),
    *(said(place, country=code) for place in (0, 1) for code in ("AF", "NG", "US", "unknown")),
    *(said(0, **{name: code}) for name in ("preferred_term", "depicted_type") for code in codes(name)),
    *(said(1, actor_age=code) for code in codes("actor_age")),
    *(kept(attribute, "described") for attribute in codes("sensitive")),
    *(kept("disability", answer) for answer in codes("sensitive_answer")),
    *(happened(**{field.name: code}) for field in Countries._meta.get_fields() for code in ("AF", "unknown")),
)


@pytest.mark.req("PRI-05")
@pytest.mark.slow
@pytest.mark.parametrize("answers", ANSWERS, ids=["found", "near"])
def test_who_tells_in_which_language_by_which_way_and_on_what_is_looked_at_as_soon(answers: Told, open_one: Open) -> None:
    plain = open_one(answers)
    for report in REPORTS[ANSWERS.index(answers) :: 2]:
        as_soon(open_one(answers, **report), plain)
    child = open_one(answers, path=TOLD_BY_A_CHILD.value, source="child")
    assert child.priority <= plain.priority
    assert child.due_at <= plain.due_at


@pytest.mark.req("PRI-05")
@pytest.mark.slow
def test_among_equals_only_the_time_of_arrival_counts_when_the_next_case_is_handed_out(open_one: Open, sam: Actor) -> None:
    came = [open_one(ANSWERS[0], language=language, at=NOON + timedelta(minutes=place)) for place, language in enumerate(LANGUAGES)]
    assert next_in_line(by=sam, now=NOON) == came


@pytest.mark.req("PRI-05")
@pytest.mark.slow
@pytest.mark.parametrize("answers", ANSWERS, ids=["found", "near"])
def test_a_child_is_looked_at_as_soon_whatever_is_recorded_of_who_they_are(answers: Told, open_one: Open) -> None:
    plain = open_one(answers)
    for record in WHO[ANSWERS.index(answers) :: 2]:
        as_soon(open_one(answers, record=record), plain)


@pytest.mark.req("PRI-05")
@pytest.mark.slow
def test_what_makes_a_child_less_safe_raises_it_and_nothing_else_does(open_one: Open) -> None:
    plain = open_one(ANSWERS[0])
    known = {code: said(0, stated_age=code) for code in codes("age_band")} | {code: said(1, relation=code) for code in codes("relation")}
    known |= {code: felt(family, code) for family in ("impact", "support_need") for code in codes(family)}
    found = {code: open_one(ANSWERS[0], record=record) for code, record in known.items()}
    for case in found.values():
        assert case.priority <= plain.priority
        assert case.due_at <= plain.due_at
    assert {code for code, case in found.items() if case.priority < plain.priority} == YOUNGEST | NEAR | NEED
