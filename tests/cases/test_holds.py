"""Holds: placed by one person at once, lifted by a supervisor, and while one stands nothing of the case is destroyed."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from tests.support.cast import NOON

from cairndesk.accounts.errors import NotPermitted, OtherOrganisation
from cairndesk.accounts.rules import SYSTEM, Actor
from cairndesk.cases.actions import erase_told, lift_hold, place_hold, require_no_hold, review_hold
from cairndesk.cases.errors import HoldUnclear, LiftNotNow, OnHold
from cairndesk.cases.models import Case, Hold
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


@pytest.mark.req("EVD-05")
def test_while_a_hold_stands_nothing_of_the_case_is_erased(case: Case, ana: Actor, sam: Actor) -> None:
    hold = held(case, ana)
    sealed = list(SealedItem.objects.values_list("pk", flat=True))
    with pytest.raises(OnHold):
        erase_told(case=case, sealed=sealed, ground=Ground.ORDERED, by=sam, now=NOON)
    assert not SealedItem.objects.exclude(erased_at=None).exists()
    with pytest.raises(OnHold):
        require_no_hold(case)
    lift_hold(hold=hold, by=sam, now=NOON)
    erase_told(case=case, sealed=sealed, ground=Ground.ORDERED, by=sam, now=NOON)
    assert not SealedItem.objects.filter(pk__in=sealed, erased_at=None).exists()
    assert [line.event for line in entries_about(hold.pk)] == ["cases.hold.placed", "cases.hold.lifted"]


def test_only_a_supervisor_lifts_a_hold_and_once(case: Case, ana: Actor, sam: Actor, lia: Actor, ola: Actor) -> None:
    hold = held(case, ana)
    for by in (ana, lia, ola, SYSTEM):
        with pytest.raises(NotPermitted):
            lift_hold(hold=hold, by=by, now=NOON)
    assert is_held(case)
    assert lift_hold(hold=hold, by=sam, now=NOON).lifted_at == NOON
    for again in (lambda: lift_hold(hold=hold, by=sam, now=NOON), lambda: review_hold(hold=hold, review_on=SOON, by=ana, now=NOON)):
        with pytest.raises(LiftNotNow):
            again()


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
