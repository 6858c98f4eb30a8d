"""Holds on records: placed by one person at once, reviewed on a day, lifted by two."""

from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction

from cairndesk.accounts.rules import Actor, Verb, require
from cairndesk.cases import errors, queries
from cairndesk.cases.models import Case, Hold
from cairndesk.cases.rules.holding import HoldGround
from cairndesk.custody.actions import erase, record, seal
from cairndesk.custody.models import SealedItem, SealedObject
from cairndesk.custody.rules import Event, Purpose

LONGEST_REVIEW = timedelta(days=366)


@transaction.atomic
def place_hold(*, case: Case, ground: HoldGround, why: str, review_on: date, by: Actor, now: datetime, original: SealedObject | None = None) -> Hold:
    """Afterwards nothing of `case`, or not `original`, is destroyed until two people lift the hold. Raises HoldUnclear, NotPermitted."""
    held = _locked(case)
    require(by, Verb.HOLD_PLACE, organisation=held.organisation_id, stage=held.stage)
    sealed = _sealed(held, why, now)
    _check_review(review_on, now)
    placed = Hold.objects.create(case=held, original=original, ground=ground, why=sealed, review_on=review_on, placed_by=by.pseudonym, placed_at=now)
    record(event=Event.CASES_HOLD_PLACED, subject_kind="hold", subject=placed.pk, by=by, now=now, detail={"ground": ground.value})
    return placed


@transaction.atomic
def review_hold(*, hold: Hold, review_on: date, by: Actor, now: datetime) -> Hold:
    """Afterwards somebody has looked at the hold, it stands, and is looked at again on that day. Raises HoldUnclear, LiftNotNow, NotPermitted."""
    held = Hold.objects.select_for_update(of=("self",)).select_related("case").get(pk=hold.pk)
    require(by, Verb.HOLD_PLACE, organisation=held.case.organisation_id, stage=held.case.stage)
    if held.lifted_at is not None:
        raise errors.LiftNotNow
    _check_review(review_on, now)
    held.review_on = review_on
    held.save(update_fields=["review_on"])
    record(event=Event.CASES_HOLD_REVIEWED, subject_kind="hold", subject=held.pk, by=by, now=now)
    return held


@transaction.atomic
def lift_hold(*, hold: Hold, by: Actor, now: datetime) -> Hold:
    """Afterwards the hold protects nothing any more, and what is due by then is destroyed. Only for two people. Raises LiftNotNow, NotPermitted."""
    held = Hold.objects.select_for_update(of=("self",)).select_related("case").get(pk=hold.pk)
    require(by, Verb.HOLD_LIFT, organisation=held.case.organisation_id, stage=held.case.stage)
    if held.lifted_at is not None:
        raise errors.LiftNotNow
    held.lifted_at = now
    held.save(update_fields=["lifted_at"])
    # The description of a record, written with a case that was erased meanwhile, stayed for this one alone.
    erase(items=queries.descriptions_to_go(held.case), now=now)
    record(event=Event.CASES_HOLD_LIFTED, subject_kind="hold", subject=held.pk, by=by, now=now)
    return held


def require_no_hold(case: Case, original: UUID | None = None) -> None:
    """Return when no hold stands, and let none be placed before the caller's transaction ends; else raise OnHold."""
    if queries.is_held(_locked(case), original):
        raise errors.OnHold


def _locked(case: Case) -> Case:
    return Case.objects.select_for_update(of=("self",)).get(pk=case.pk)


def _sealed(case: Case, why: str, now: datetime) -> SealedItem:
    if not why.strip():
        raise errors.HoldUnclear
    return seal(organisation=case.organisation_id, purpose=Purpose.REASON, plain=why.strip(), now=now)


def _check_review(review_on: date, now: datetime) -> None:
    if not now.date() < review_on <= (now + LONGEST_REVIEW).date():
        raise errors.HoldUnclear
