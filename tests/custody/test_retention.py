"""What becomes of a record: hold before minimum before maximum before erasure, whatever the dates."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cairndesk.custody.retention import ABOUT, BOUNDED, WORDS, Facts, RecordClass, Term, Why, decide

DAY = timedelta(days=1)
T0 = datetime(2026, 3, 4, tzinfo=UTC)
days = st.integers(0, 5000)
moments = st.builds(lambda n: T0 + n * DAY, days)
maybe = st.none() | moments
facts = st.builds(Facts, received=moments, finished=maybe, is_held=st.booleans(), erasure=maybe)
terms = st.builds(Term, minimum=days, maximum=st.none() | days)


@pytest.mark.slow
@given(facts, terms, moments)
@pytest.mark.req("EVD-05")
def test_a_hold_always_wins(known: Facts, term: Term, now: datetime) -> None:
    held = Facts(known.received, known.finished, True, known.erasure)
    fate = decide(held, term)
    assert (fate.due, fate.why) == (None, Why.HELD)
    assert not fate.is_due(now)


@given(facts, terms)
def test_nothing_ends_before_its_minimum(known: Facts, term: Term) -> None:
    fate = decide(known, term)
    assert fate.due is None or fate.due >= known.received + term.minimum * DAY


@given(facts, terms)
def test_without_a_hold_nothing_outlives_its_maximum_unless_the_minimum_says_so(known: Facts, term: Term) -> None:
    fate = decide(known, term)
    if not known.is_held and known.finished is not None and term.maximum is not None:
        bound = max(known.finished + term.maximum * DAY, known.received + term.minimum * DAY)
        assert fate.due is not None
        assert fate.due <= bound


@given(facts, terms)
def test_what_was_granted_is_erased_as_soon_as_the_minimum_allows(known: Facts, term: Term) -> None:
    fate = decide(known, term)
    if not known.is_held and known.erasure is not None:
        assert fate.due is not None
        assert fate.due <= max(known.erasure, known.received + term.minimum * DAY)


@given(facts, terms)
def test_nothing_ends_without_a_reason(known: Facts, term: Term) -> None:
    fate = decide(known, term)
    ends = (known.finished is not None and term.maximum is not None) or known.erasure is not None
    assert (fate.due is not None) == (ends and not known.is_held)
    assert (fate.why in {Why.LAW, Why.MAXIMUM, Why.ERASURE}) == (fate.due is not None)


@given(facts, terms, st.integers(1, 500))
def test_a_longer_minimum_or_maximum_never_ends_anything_earlier(known: Facts, term: Term, more: int) -> None:
    for longer in (Term(term.minimum + more, term.maximum), Term(term.minimum, None if term.maximum is None else term.maximum + more)):
        before, after = decide(known, term).due, decide(known, longer).due
        assert (before is None) == (after is None)
        assert before is None or after is None or after >= before


@pytest.mark.req("EVD-05")
def test_the_table_of_precedence() -> None:
    """Every combination of the four, each either past or not there; the strongest that is there decides."""
    now = T0 + 100 * DAY
    for held, law, maximum, erasure in product((False, True), repeat=4):
        known = Facts(T0, T0, held, T0 + 50 * DAY if erasure else None)
        fate = decide(known, Term(200 if law else 0, 50 if maximum else None))
        if held:
            expected = Why.HELD
        elif not (maximum or erasure):
            expected = Why.UNBOUND
        else:
            expected = Why.LAW if law else Why.MAXIMUM if maximum else Why.ERASURE
        assert (fate.why, fate.is_due(now)) == (expected, not held and not law and (maximum or erasure))


def test_what_is_still_worked_on_does_not_end_by_itself() -> None:
    assert decide(Facts(T0), Term(0, 1)).why is Why.OPEN
    assert decide(Facts(T0, erasure=T0), Term(0, 1)).why is Why.ERASURE


@pytest.mark.req("PRI-01")
def test_every_class_says_what_it_is_for_on_what_ground_and_what_keeps_it_small() -> None:
    assert set(ABOUT) == set(RecordClass)
    assert all(one.title and one.purpose and one.basis and one.small for one in ABOUT.values())
    assert set(WORDS) == set(Why)


@pytest.mark.req("PRI-10")
def test_what_is_known_of_a_child_actor_ends_before_what_is_known_of_anybody_else() -> None:
    known = {kind: ABOUT[kind].maximum or 0 for kind in BOUNDED}
    assert known[RecordClass.CHILD_ACTOR] < min(known[RecordClass.IDENTITY], known[RecordClass.ACCOUNT])
