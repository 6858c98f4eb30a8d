"""Holds: placed by one person at once, lifted by two, and while one stands nothing of the case is destroyed."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from tests.support.cast import NOON, actor

from cairndesk.accounts.errors import FreshProofNeeded, NotPermitted, OtherOrganisation
from cairndesk.accounts.models import Organisation
from cairndesk.accounts.rules import SYSTEM, Actor, FreshProof, Role
from cairndesk.cases.actions import ask_lift, erase_told, lift_hold, lifting_digest, place_hold, require_no_hold, review_hold, withdraw_lift
from cairndesk.cases.errors import HoldUnclear, LiftedByAnother, LiftNotNow, OnHold
from cairndesk.cases.models import Case, Hold, HoldLift
from cairndesk.cases.queries import holds_of, holds_to_review, is_held
from cairndesk.cases.rules.erasing import Ground
from cairndesk.cases.rules.holding import HoldGround
from cairndesk.cases.rules.stages import Stage
from cairndesk.custody.models import SealedItem, SealedObject
from cairndesk.custody.queries import entries_about
from cairndesk.lib.ids import new_id

pytestmark = pytest.mark.django_db
SOON = NOON.date() + timedelta(days=90)


@pytest.fixture
def case(open_another: Callable[..., Case]) -> Case:
    opened = open_another()
    Case.objects.update(stage=Stage.CLOSED, closed_at=NOON)
    return Case.objects.get(pk=opened.pk)


def held(case: Case, by: Actor, why: str = "Order 7 of the court", review_on: date = SOON, original: SealedObject | None = None) -> Hold:
    return place_hold(case=case, ground=HoldGround.COURT, why=why, review_on=review_on, by=by, now=NOON, original=original)


def lifted(lift: HoldLift, by: Actor) -> Hold:
    fresh = FreshProof(by.pseudonym, lifting_digest(lift), by.proof, NOON)
    return lift_hold(lift=lift, by=by, fresh=fresh, now=NOON)


@pytest.mark.req("EVD-05")
def test_while_a_hold_stands_nothing_of_the_case_is_erased(case: Case, ana: Actor, sam: Actor, one: Organisation) -> None:
    hold, sue = held(case, ana), actor(one, "Sue", Role.SUPERVISOR)
    sealed = list(SealedItem.objects.values_list("pk", flat=True))
    with pytest.raises(OnHold):
        erase_told(case=case, sealed=sealed, ground=Ground.ORDERED, by=sam, now=NOON)
    assert not SealedItem.objects.exclude(erased_at=None).exists()
    wish = ask_lift(hold=hold, why="The court has closed the matter.", by=sam, now=NOON)
    with pytest.raises(OnHold):
        require_no_hold(case)
    lifted(wish, sue)
    erase_told(case=case, sealed=sealed, ground=Ground.ORDERED, by=sam, now=NOON)
    assert not SealedItem.objects.filter(pk__in=sealed, erased_at=None).exists()
    told = [line.event for line in entries_about(hold.pk)]
    assert told == ["cases.hold.placed", "cases.hold.lift_asked", "cases.hold.lifted"]


def test_nobody_lifts_what_they_asked_to_lift_and_only_a_supervisor_does(case: Case, ana: Actor, sam: Actor, lia: Actor, one: Organisation) -> None:
    hold = held(case, ana)
    own = ask_lift(hold=hold, why="It is over.", by=sam, now=NOON)
    with pytest.raises(LiftedByAnother):
        lifted(own, sam)
    for by in (ana, lia):
        with pytest.raises(NotPermitted):
            lifted(own, by)
    sue = actor(one, "Sue", Role.SUPERVISOR)
    for fresh in (None, FreshProof(sam.pseudonym, lifting_digest(own), sam.proof, NOON)):
        with pytest.raises(FreshProofNeeded):
            lift_hold(lift=own, by=sue, fresh=fresh, now=NOON)
    with pytest.raises(IntegrityError), transaction.atomic():
        HoldLift.objects.update(done_by=sam.pseudonym, done_at=NOON)
    assert is_held(case)
    assert lifted(own, sue).lifted_at == NOON
    for again in (lambda: lifted(own, sue), lambda: ask_lift(hold=hold, why="x", by=ana, now=NOON)):
        with pytest.raises(LiftNotNow):
            again()


def test_an_asking_that_was_taken_back_lifts_nothing_and_can_be_made_again(case: Case, ana: Actor, sam: Actor) -> None:
    hold = held(case, ana)
    first = ask_lift(hold=hold, why="x", by=ana, now=NOON)
    with pytest.raises(LiftNotNow):
        ask_lift(hold=hold, why="x", by=sam, now=NOON)
    withdraw_lift(lift=first, by=ana, now=NOON)
    with pytest.raises(LiftNotNow):
        lifted(first, sam)
    lifted(ask_lift(hold=hold, why="x", by=ana, now=NOON), sam)
    assert not is_held(case)


def test_a_hold_says_why_and_when_somebody_looks_again_and_never_ends_by_itself(case: Case, ana: Actor, ola: Actor) -> None:
    for why, day in (("  ", SOON), ("x", NOON.date()), ("x", NOON.date() + timedelta(days=400))):
        with pytest.raises(HoldUnclear):
            held(case, ana, why, day)
    with pytest.raises(OtherOrganisation):
        held(case, ola)
    with pytest.raises(NotPermitted):
        held(case, SYSTEM)
    hold = held(case, ana)
    years = (NOON + timedelta(days=4000)).date()
    assert list(holds_to_review(case.organisation_id, years)) == [hold]
    assert list(holds_to_review(case.organisation_id, NOON.date())) == []
    assert is_held(case)
    review_hold(hold=hold, review_on=SOON + timedelta(days=30), by=ana, now=NOON)
    assert list(holds_to_review(case.organisation_id, SOON)) == []


def test_a_hold_on_one_original_holds_the_case_but_no_other_original(case: Case, ana: Actor) -> None:
    fields = {
        "organisation": case.organisation_id,
        "purpose": "original",
        "suite": 1,
        "wrapped": b"x",
        "length": 1,
        "digest": b"x",
        "sealed_at": NOON,
    }
    kept, other = (SealedObject.objects.create(id=new_id(), **fields) for _ in range(2))
    held(case, ana, original=kept)
    assert is_held(case)
    assert is_held(case, kept.pk)
    assert not is_held(case, other.pk)
    assert holds_of(case).count() == 1
    held(case, ana)
    assert is_held(case, other.pk)
