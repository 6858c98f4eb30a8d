"""Emergency access is short, loud and looked at by another person; each way around that is tried here."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from tests.cases.conftest import NOON
from tests.cases.test_grants import read, refused, taken

from cairndesk.accounts.errors import CredentialOutOfDate, FreshProofNeeded, NotPermitted, OtherOrganisation
from cairndesk.accounts.rules import Actor, FreshProof, Matter, Proof, Role
from cairndesk.cases import actions, errors
from cairndesk.cases.models import BrokenGlass, Case, CaseGrant
from cairndesk.cases.queries import glass_of, glass_to_review
from cairndesk.cases.rules import Stage
from cairndesk.cases.rules.glass import GlassFinding, GlassReason
from cairndesk.custody.queries import entries_about, unseal_text

pytestmark = [pytest.mark.django_db, pytest.mark.req("PRI-18")]
HALF_AN_HOUR = timedelta(minutes=30)


@pytest.fixture
def claimed(case: Case, ana: Actor) -> Case:
    """Ana reviews it, and nobody else is on it."""
    return taken(case, ana)


def proof(case: Case, by: Actor, at: datetime = NOON) -> FreshProof:
    return FreshProof(by.pseudonym, actions.glass_digest(case, by), Proof.PASSKEY, at)


def broken(case: Case, by: Actor, at: datetime = NOON, why: str = "The phone rings, and Ana is on a train.") -> BrokenGlass:
    return actions.break_glass(case=case, reason=GlassReason.NOBODY_THERE, why=why, by=by, fresh=proof(case, by, at), now=at)


def test_it_opens_for_minutes_and_the_log_says_so_before(claimed: Case, ben: Actor) -> None:
    refused(claimed, ben)
    made = broken(claimed, ben)
    assert [(line.event, line.actor) for line in entries_about(claimed.pk)[-2:]] == [
        ("cases.grant.given", ben.pseudonym),
        ("cases.glass.broken", ben.pseudonym),
    ]
    read(claimed, ben, at=NOON + HALF_AN_HOUR - timedelta(seconds=1))
    assert entries_about(claimed.pk)[-1].detail == {"grant": made.grant.entry, "purpose": "emergency"}
    refused(claimed, ben, at=NOON + HALF_AN_HOUR)
    assert unseal_text(made.why).startswith("The phone rings")


def test_it_opens_what_a_child_in_danger_needs_and_no_letter(claimed: Case, ben: Actor) -> None:
    broken(claimed, ben)
    for matter in (Matter.ACCOUNT, Matter.MESSAGES, Matter.IDENTITY):
        read(claimed, ben, matter)
    refused(claimed, ben, Matter.LETTERS)


def test_who_has_no_training_in_date_no_role_or_another_desk_breaks_nothing(claimed: Case, ben: Actor, cal: Actor, ola: Actor, sam: Actor) -> None:
    for who, why in (
        (replace(ben, has_credential=False), CredentialOutOfDate),
        (replace(ben, roles=frozenset({Role.ADMINISTRATOR, Role.AUDITOR})), NotPermitted),
        (cal, NotPermitted),
        (sam, NotPermitted),
        (ola, OtherOrganisation),
    ):
        with pytest.raises(why):
            broken(claimed, who)
    assert not BrokenGlass.objects.exists()


def test_it_takes_a_fresh_proof_of_this_case_and_words(claimed: Case, ben: Actor, ana: Actor, open_another: Callable[..., Case]) -> None:
    other = taken(open_another(), ana)
    wrong = [None, proof(other, ben), proof(claimed, ana), proof(claimed, ben, NOON - timedelta(minutes=3))]
    for fresh in wrong:
        with pytest.raises(FreshProofNeeded):
            actions.break_glass(case=claimed, reason=GlassReason.CHILD_IN_DANGER, why="now", by=ben, fresh=fresh, now=NOON)
    with pytest.raises(errors.GlassUnclear):
        broken(claimed, ben, why="  ")
    assert not CaseGrant.objects.filter(holder=ben.pseudonym).exists()


def test_who_is_on_the_case_has_no_need_of_it_and_who_was_taken_off_gets_no_way_back(claimed: Case, ana: Actor, sam: Actor) -> None:
    with pytest.raises(errors.NoNeedOfGlass):
        broken(claimed, ana)
    actions.withdraw_grants(case=claimed, holder=ana.pseudonym, by=sam, now=NOON)
    with pytest.raises(errors.TakenOff):
        broken(claimed, ana)


def test_nobody_looks_at_their_own_with_any_role_and_the_database_says_so_too(claimed: Case, ben: Actor, sam: Actor, cal: Actor) -> None:
    made = broken(claimed, ben)
    promoted = replace(ben, roles=frozenset({Role.ANALYST, Role.SUPERVISOR}))
    with pytest.raises(errors.ReviewedByAnother):
        actions.review_glass(glass=made, finding=GlassFinding.RIGHT, by=promoted, now=NOON)
    with pytest.raises(NotPermitted):
        actions.review_glass(glass=made, finding=GlassFinding.RIGHT, by=cal, now=NOON)
    with pytest.raises(IntegrityError), transaction.atomic():
        BrokenGlass.objects.filter(pk=made.pk).update(reviewed_by=ben.pseudonym, reviewed_at=NOON, finding="right")
    actions.review_glass(glass=made, finding=GlassFinding.RIGHT, by=sam, now=NOON)
    with pytest.raises(errors.ReviewedByAnother):
        actions.review_glass(glass=made, finding=GlassFinding.WRONG, by=sam, now=NOON)
    assert entries_about(claimed.pk)[-1].detail == {"finding": "right", "grant": made.grant.entry}
    read(claimed, ben)


def test_one_that_was_not_needed_ends_it_and_takes_them_off_the_case(claimed: Case, ben: Actor, sam: Actor) -> None:
    actions.review_glass(glass=broken(claimed, ben), finding=GlassFinding.WRONG, by=sam, now=NOON)
    refused(claimed, ben, why=errors.TakenOff)


def test_one_that_was_not_needed_takes_them_off_also_when_it_ran_out_long_before(claimed: Case, ben: Actor, sam: Actor) -> None:
    made = broken(claimed, ben)
    actions.lapse_grants(now=NOON + HALF_AN_HOUR)
    actions.review_glass(glass=made, finding=GlassFinding.WRONG, by=sam, now=NOON + HALF_AN_HOUR)
    with pytest.raises(errors.TakenOff):
        broken(claimed, ben)


def test_it_outlasts_a_move_of_the_case_and_not_its_closing(claimed: Case, lia: Actor, ana: Actor, ben: Actor) -> None:
    broken(claimed, ben)
    actions.move(case=claimed, to=Stage.CLASSIFIED, by=ana, now=NOON)
    assert CaseGrant.objects.get(holder=ben.pseudonym).ended_at is None
    for stage in (Stage.ACTING, Stage.ANSWERED, Stage.CLOSED):
        actions.move(case=claimed, to=stage, by=ana, now=NOON)
    refused(claimed, ben)
    broken(claimed, lia)
    read(claimed, lia)


def test_what_nobody_looked_at_waits_and_grows_old(claimed: Case, ben: Actor, sam: Actor) -> None:
    home, made = claimed.organisation_id, broken(claimed, ben)
    assert list(glass_to_review(home)) == list(glass_of(claimed)) == [made]
    assert list(glass_to_review(home, broken_before=NOON - HALF_AN_HOUR)) == []
    actions.review_glass(glass=made, finding=GlassFinding.RIGHT, by=sam, now=NOON)
    assert not glass_to_review(home).exists()
