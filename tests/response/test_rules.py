"""The plan that the facts call for, in its order, with its reasons and what holds it back."""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cairndesk.response import rules
from cairndesk.response.errors import HeldBack, IllegalStep, PreservationFirst, SignOffMissing
from cairndesk.response.rules import Facts, Reason, StepKind

UNLAWFUL = {"Sample A": "unlawful"}
FACTS = st.builds(
    Facts,
    in_danger=st.booleans(),
    self_harm=st.booleans(),
    continuing_access=st.booleans(),
    near_by_relation=st.booleans(),
    child_actor=st.booleans(),
    has_addresses=st.booleans(),
    verdicts=st.dictionaries(st.sampled_from(["Sample A", "Sample B"]), st.sampled_from(["unlawful", "lawful_but_harmful", "not_unlawful"])),
    not_agreed_to=st.booleans(),
    offence_suspected=st.booleans(),
    short_retention=st.booleans(),
    host_countries=st.frozensets(st.sampled_from(["XX", "YY"])),
    own_country=st.just("XX"),
    advice_only=st.booleans(),
)


def kinds(facts: Facts) -> list[StepKind]:
    return [step.kind for step in rules.obligations(facts)]


def step(facts: Facts, kind: StepKind) -> rules.ProposedStep:
    return next(one for one in rules.obligations(facts) if one.kind is kind)


@settings(deadline=None)
@given(FACTS)
def test_every_plan_preserves_before_it_removes_and_keeps_its_order(facts: Facts) -> None:
    found = kinds(facts)
    assert found == sorted(found, key=list(StepKind).index)
    assert len(found) == len(set(found))
    if StepKind.REMOVE in found:
        assert found.index(StepKind.PRESERVE) < found.index(StepKind.REMOVE)


@settings(deadline=None)
@given(FACTS)
def test_every_step_has_a_reason_in_words_and_a_time(facts: Facts) -> None:
    for one in rules.obligations(facts):
        assert one.reasons
        assert all(rules.WORDS[reason].endswith(".") for reason in one.reasons)
        assert one.within > timedelta(0)


@pytest.mark.req("REF-23")
@settings(deadline=None)
@given(FACTS)
def test_support_is_offered_in_every_plan_whether_or_not_police_are_told(facts: Facts) -> None:
    assert StepKind.SUPPORT in kinds(facts)


@pytest.mark.req("TRG-07")
@settings(deadline=None)
@given(FACTS)
def test_danger_is_answered_first_and_within_the_hour(facts: Facts) -> None:
    if facts.in_danger or facts.self_harm:
        first = rules.obligations(facts)[0]
        assert first.kind is StepKind.SAFEGUARD
        assert first.within == timedelta(hours=1)


@pytest.mark.slow
@pytest.mark.req("TRG-09")
@pytest.mark.req("TAX-62")
@settings(deadline=None)
@given(FACTS)
def test_a_notice_that_could_warn_somebody_near_the_child_is_held(facts: Facts) -> None:
    for one in rules.obligations(facts):
        assert one.is_held is (one.kind is StepKind.REMOVE and facts.could_warn)


@pytest.mark.req("TRG-27")
def test_a_child_who_harmed_meets_welfare_first_and_the_authority_only_after_a_sign_off() -> None:
    facts = Facts(child_actor=True, offence_suspected=True, verdicts=UNLAWFUL)
    assert kinds(facts) == [StepKind.WELFARE, StepKind.AUTHORITY, StepKind.SUPPORT]
    assert step(facts, StepKind.AUTHORITY).needs_sign_off
    assert not step(Facts(offence_suspected=True), StepKind.AUTHORITY).needs_sign_off


@pytest.mark.req("RMV-19", "TRG-26")
@pytest.mark.parametrize("verdict", ["not_unlawful", "lawful_but_harmful"])
def test_removal_and_support_do_not_wait_for_a_crime(verdict: str) -> None:
    facts = Facts(has_addresses=True, not_agreed_to=True, verdicts={"Sample A": verdict})
    assert kinds(facts) == [StepKind.PRESERVE, StepKind.REMOVE, StepKind.SUPPORT]


def test_advice_only_means_advice_unless_there_is_danger() -> None:
    assert kinds(Facts(advice_only=True, has_addresses=True, verdicts=UNLAWFUL)) == [StepKind.SUPPORT]
    assert StepKind.SAFEGUARD in kinds(Facts(advice_only=True, in_danger=True))


def test_a_partner_is_asked_where_it_is_hosted_abroad() -> None:
    facts = Facts(has_addresses=True, verdicts=UNLAWFUL, host_countries=frozenset({"YY"}), own_country="XX")
    assert StepKind.PARTNER in kinds(facts)
    assert StepKind.PARTNER not in kinds(Facts(has_addresses=True, verdicts=UNLAWFUL, host_countries=frozenset({"XX"}), own_country="XX"))


def test_short_retention_shortens_the_time_to_preserve() -> None:
    short = Facts(has_addresses=True, verdicts=UNLAWFUL, short_retention=True)
    assert step(short, StepKind.PRESERVE).within == timedelta(hours=4)
    assert Reason.SHORT_RETENTION in step(short, StepKind.PRESERVE).reasons


@pytest.mark.req("EVD-03")
@settings(deadline=None)
@given(st.sampled_from(list(StepKind)), st.booleans(), st.booleans(), st.booleans(), st.booleans())
def test_the_gates_open_for_nothing_less(kind: StepKind, preserved: bool, held: bool, needs: bool, signed: bool) -> None:  # noqa: FBT001 - drawn values
    gates = {"is_preserved": preserved, "is_held": held, "needs_sign_off": needs, "is_signed_off": signed}
    if held:
        wanted: type[Exception] | None = HeldBack
    elif kind is StepKind.REMOVE and not preserved:
        wanted = PreservationFirst
    else:
        wanted = SignOffMissing if needs and not signed else None
    if wanted is None:
        rules.check_gates(kind, **gates)
    else:
        with pytest.raises(wanted):
            rules.check_gates(kind, **gates)


@pytest.mark.parametrize("moves", [rules.STEP_MOVES, rules.NOTICE_MOVES, rules.PACKAGE_MOVES, rules.REFERRAL_MOVES])
def test_every_state_has_its_moves_and_leads_only_to_states_that_exist(moves: Mapping[StrEnum, frozenset[StrEnum]]) -> None:
    assert all(there in moves for onward in moves.values() for there in onward)
    assert set(moves) == set(type(next(iter(moves))))


def test_a_move_that_is_not_named_is_refused() -> None:
    with pytest.raises(IllegalStep):
        rules.check_move(rules.NOTICE_MOVES, rules.NoticeState.DRAFTED, rules.NoticeState.SENT)
