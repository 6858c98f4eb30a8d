"""A fresh proof covers exactly one act, of one person, for a moment."""

import json
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given, strategies
from tests.accounts.conftest import Staff

from cairndesk.accounts import actions, errors
from cairndesk.accounts.rules import FreshProof, Proof, digest_of, require_fresh
from cairndesk.lib import clock

ACT = digest_of("test.act", to=["a.example"], step=UUID(int=3))


def confirmed(staff: Staff, digest: bytes, *, by: Staff | None = None, then: bytes | None = None) -> FreshProof:
    now = clock.now()
    begun = actions.begin_confirmation(by=staff.actor, digest=digest, now=now)
    answer = (by or staff).key.get(json.loads(begun.options))
    return actions.confirm(ceremony=begun.ceremony, answer=answer, by=staff.actor, digest=digest if then is None else then, now=now)


@pytest.mark.django_db
def test_the_key_signs_the_act(ana: Staff) -> None:
    fresh = confirmed(ana, ACT)
    assert (fresh.pseudonym, fresh.digest, fresh.proof) == (ana.actor.pseudonym, ACT, Proof.PASSKEY)
    require_fresh(fresh, by=ana.actor, digest=ACT, now=fresh.at)


@pytest.mark.django_db
def test_what_changed_since_the_page_was_shown_is_not_confirmed(ana: Staff) -> None:
    with pytest.raises(errors.FreshProofNeeded):
        confirmed(ana, ACT, then=digest_of("test.act", to=["a.example", "b.example"], step=UUID(int=3)))


@pytest.mark.django_db
def test_the_key_of_another_confirms_nothing(ana: Staff, sam: Staff) -> None:
    with pytest.raises(errors.FreshProofNeeded):
        confirmed(ana, ACT, by=sam)


@pytest.mark.django_db
def test_a_proof_is_no_proof_of_another_person(ana: Staff, sam: Staff) -> None:
    fresh = confirmed(ana, ACT)
    with pytest.raises(errors.FreshProofNeeded):
        require_fresh(fresh, by=sam.actor, digest=ACT, now=fresh.at)


@pytest.mark.django_db
def test_an_answer_to_a_sign_in_confirms_nothing(ana: Staff) -> None:
    now = clock.now()
    begun = actions.begin_sign_in(now=now)
    with pytest.raises(errors.FreshProofNeeded):
        actions.confirm(ceremony=begun.ceremony, answer=ana.key.get(json.loads(begun.options)), by=ana.actor, digest=ACT, now=now)


@pytest.mark.django_db
def test_a_confirmation_works_once(ana: Staff) -> None:
    now = clock.now()
    begun = actions.begin_confirmation(by=ana.actor, digest=ACT, now=now)
    answer = ana.key.get(json.loads(begun.options))
    actions.confirm(ceremony=begun.ceremony, answer=answer, by=ana.actor, digest=ACT, now=now)
    with pytest.raises(errors.FreshProofNeeded):
        actions.confirm(ceremony=begun.ceremony, answer=answer, by=ana.actor, digest=ACT, now=now)


@pytest.mark.django_db
def test_a_proof_is_stale_after_two_minutes_and_none_is_none(ana: Staff) -> None:
    fresh = confirmed(ana, ACT)
    for proof, now in ((fresh, fresh.at + timedelta(minutes=2, seconds=1)), (fresh, fresh.at - timedelta(minutes=3)), (None, fresh.at)):
        with pytest.raises(errors.FreshProofNeeded):
            require_fresh(proof, by=ana.actor, digest=ACT, now=now)


VALUES = strategies.recursive(
    strategies.none()
    | strategies.booleans()
    | strategies.integers()
    | strategies.text()
    | strategies.binary()
    | strategies.uuids()
    | strategies.dates(),
    lambda inner: strategies.lists(inner, max_size=3) | strategies.dictionaries(strategies.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.slow
@given(VALUES, VALUES)
def test_different_acts_have_different_digests(one: object, other: object) -> None:
    same = (type(one), one) == (type(other), other)
    assert same or repr(one) == repr(other) or digest_of("a", what=one) != digest_of("a", what=other)


def test_the_digest_does_not_hang_on_the_order_of_names_and_knows_types() -> None:
    assert digest_of("a", b=1, c=2) == digest_of("a", c=2, b=1)
    assert digest_of("a", b={"x", "y"}) == digest_of("a", b={"y", "x"})
    day = date(2026, 1, 1)
    different = [digest_of("a", b=value) for value in (1, "1", True, b"1", day, str(day), datetime(2026, 1, 1, tzinfo=UTC), None, [1], {"1": 1})]
    assert len(set(different)) == len(different)
    with pytest.raises(TypeError):
        digest_of("a", b=1.5)
