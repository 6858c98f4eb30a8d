"""A person decides each step; the gates hold in the code and in the database."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from django.db import IntegrityError, transaction
from tests.response.confirmed import approve, close
from tests.response.conftest import NOW, UNLAWFUL, later

from cairndesk.accounts.errors import NotPermitted, OtherOrganisation
from cairndesk.accounts.rules import SYSTEM, Actor
from cairndesk.cases.models import Case
from cairndesk.cases.rules.stages import Stage
from cairndesk.custody.queries import entries_about
from cairndesk.directory.models import Provider
from cairndesk.response import actions
from cairndesk.response.actions import Draft
from cairndesk.response.errors import (
    BestInterestsMissing,
    HeldBack,
    IllegalStep,
    IncompleteAct,
    LegalityMissing,
    NotAPersonsAct,
    PreservationFirst,
    SignOffMissing,
    StillOpen,
)
from cairndesk.response.models import Delivery, Notice, PlanStep, Preservation
from cairndesk.response.rules import Choice, Facts, NoticeState, StepKind, StepState

pytestmark = pytest.mark.django_db
Plan = Callable[..., dict[str, PlanStep]]


def test_a_plan_is_proposed_once_and_grows_when_more_is_known(case: Case, plan: Plan) -> None:
    first = plan(case)
    assert list(first) == ["preserve", "remove", "authority", "support"]
    again = plan(case, in_danger=True)
    assert sorted(again) == sorted([*first, "safeguard"])
    assert again["remove"].pk == first["remove"].pk


def test_what_is_learned_later_holds_back_a_removal_that_was_proposed(case: Case, plan: Plan) -> None:
    assert not plan(case)["remove"].is_held
    assert plan(case, continuing_access=True)["remove"].is_held
    assert plan(case)["remove"].is_held


@pytest.mark.req("EVD-03")
def test_no_removal_is_approved_before_the_preservation_choice(case: Case, plan: Plan, draft: Draft, ana: Actor) -> None:
    removal = plan(case)["remove"]
    actions.draft_notices(step=removal, drafts=[draft], by=ana, now=NOW)
    with pytest.raises(PreservationFirst):
        approve(removal, by=ana, now=NOW)
    assert Delivery.objects.count() == 0
    actions.record_preservation(case=case, choice=Choice.NOT_POSSIBLE, why="the provider keeps nothing", by=ana, now=NOW)
    approve(removal, by=ana, now=NOW)
    assert Delivery.objects.count() == 1


@pytest.mark.req("EVD-03")
def test_the_database_refuses_a_removal_before_the_choice_whatever_the_code_does(case: Case, plan: Plan, draft: Draft, ana: Actor) -> None:
    removal = plan(case)["remove"]
    (notice,) = actions.draft_notices(step=removal, drafts=[draft], by=ana, now=NOW)
    for state in (StepState.APPROVED, StepState.DONE, StepState.FAILED):
        with pytest.raises(IntegrityError, match="no_removal_before_preservation"), transaction.atomic():
            PlanStep.objects.filter(pk=removal.pk).update(state=state, approved_by="somebody")
    for sent in set(NoticeState) - {NoticeState.DRAFTED, NoticeState.DROPPED}:
        with pytest.raises(IntegrityError, match="no_takedown_before_preservation"), transaction.atomic():
            Notice.objects.filter(pk=notice.pk).update(state=sent, approved_by="somebody")


def test_the_database_refuses_an_approval_by_nobody(ready: PlanStep) -> None:
    with pytest.raises(IntegrityError, match="step_is_approved_by_a_person"), transaction.atomic():
        PlanStep.objects.filter(pk=ready.pk).update(state=StepState.APPROVED)


def test_the_desk_itself_approves_nothing(ready: PlanStep) -> None:
    with pytest.raises(NotAPersonsAct):
        approve(ready, by=SYSTEM, now=NOW)


def test_another_organisation_sees_and_approves_nothing(ready: PlanStep, ola: Actor) -> None:
    with pytest.raises(OtherOrganisation):
        approve(ready, by=ola, now=NOW)


def test_an_approved_step_brings_the_case_to_acting_and_leaves_one_entry(ready: PlanStep, ana: Actor) -> None:
    approve(ready, by=ana, now=NOW)
    ready.case.refresh_from_db()
    assert ready.case.stage == Stage.ACTING
    events = [line.event for line in entries_about(ready.case_id)]
    assert events.count("response.step.approved") == 2
    assert events.count("response.notice.queued") == 1


def test_a_step_is_approved_once(ready: PlanStep, ana: Actor) -> None:
    approve(ready, by=ana, now=NOW)
    with pytest.raises(IllegalStep):
        approve(ready, by=ana, now=NOW)
    assert Delivery.objects.count() == 1


@pytest.mark.req("TRG-09")
@pytest.mark.req("TAX-62")
def test_a_held_removal_waits_for_a_supervisor_who_says_why(case: Case, plan: Plan, draft: Draft, ana: Actor, sam: Actor) -> None:
    removal = plan(case, near_by_relation=True)["remove"]
    actions.record_preservation(case=case, choice=Choice.AUTHORITY, why="the police preserve", by=ana, now=NOW)
    actions.draft_notices(step=removal, drafts=[draft], by=ana, now=NOW)
    with pytest.raises(HeldBack):
        approve(removal, by=ana, now=NOW)
    with pytest.raises(NotPermitted):
        actions.lift_hold(step=removal, why="I think it is fine", by=ana, now=NOW)
    with pytest.raises(IncompleteAct):
        actions.lift_hold(step=removal, why="  ", by=sam, now=NOW)
    actions.lift_hold(step=removal, why="the police agree", by=sam, now=NOW)
    approve(removal, by=ana, now=NOW)
    assert Delivery.objects.count() == 1


def test_the_database_refuses_a_held_step(ready: PlanStep) -> None:
    with pytest.raises(IntegrityError, match="held_step_is_not_approved"), transaction.atomic():
        PlanStep.objects.filter(pk=ready.pk).update(state=StepState.APPROVED, approved_by="somebody", is_held=True)


@pytest.mark.req("TRG-27")
def test_a_child_is_referred_to_an_authority_by_two_people(case: Case, plan: Plan, ana: Actor, sam: Actor) -> None:
    steps = plan(case, child_actor=True)
    assert next(iter(steps)) == "welfare"
    with pytest.raises(SignOffMissing):
        approve(steps["authority"], by=ana, now=NOW)
    with pytest.raises(NotPermitted):
        actions.sign_off_step(step=steps["authority"], by=ana, now=NOW)
    actions.sign_off_step(step=steps["authority"], by=sam, now=NOW)
    with pytest.raises(SignOffMissing):
        approve(steps["authority"], by=sam, now=NOW)
    assert approve(steps["authority"], by=ana, now=NOW).state == StepState.APPROVED


def test_before_a_verdict_only_what_cannot_wait_is_proposed_and_another_person_looks_at_it(
    open_at: Callable[..., Case], plan: Plan, sam: Actor, sue: Actor
) -> None:
    case = open_at(Stage.REVIEWING)
    steps = plan(case, in_danger=True)
    assert list(steps) == ["safeguard", "support"]
    held = approve(steps["safeguard"], by=sam, now=NOW)
    assert held.needs_review
    with pytest.raises(SignOffMissing):
        actions.review_step(step=held, by=sam, now=NOW)
    assert actions.review_step(step=held, by=sue, now=NOW).reviewed_by == sue.pseudonym


def test_before_a_verdict_an_analyst_sends_nothing(open_at: Callable[..., Case], plan: Plan, ana: Actor) -> None:
    steps = plan(open_at(Stage.REVIEWING), in_danger=True)
    with pytest.raises(NotPermitted):
        approve(steps["safeguard"], by=ana, now=NOW)


def test_without_danger_nothing_is_proposed_before_a_verdict(open_at: Callable[..., Case], plan: Plan) -> None:
    assert plan(open_at(Stage.REVIEWING)) == {}


def test_skipping_needs_a_reason_and_the_last_step_answers_the_case(case: Case, plan: Plan, ana: Actor) -> None:
    steps = plan(case)
    with pytest.raises(IncompleteAct):
        actions.skip_step(step=steps["support"], why="", by=ana, now=NOW)
    for step in steps.values():
        actions.skip_step(step=step, why="asked for nothing more", by=ana, now=NOW)
    case.refresh_from_db()
    assert case.stage == Stage.ANSWERED


def test_a_skipped_step_can_be_proposed_again(case: Case, plan: Plan, ana: Actor) -> None:
    step = actions.skip_step(step=plan(case)["support"], why="not now", by=ana, now=NOW)
    assert actions.propose_again(step=step, by=ana, now=NOW).state == StepState.PROPOSED


def test_a_notice_needs_a_word_on_why_and_a_narrow_target(case: Case, plan: Plan, draft: Draft, ana: Actor) -> None:
    removal = plan(case)["remove"]
    with pytest.raises(LegalityMissing):
        actions.draft_notices(step=removal, drafts=[replace(draft, legality=" ")], by=ana, now=NOW)
    with pytest.raises(LegalityMissing):
        actions.draft_notices(step=removal, drafts=[replace(draft, expression_checked=False)], by=ana, now=NOW)
    with pytest.raises(IncompleteAct):
        actions.draft_notices(step=removal, drafts=[replace(draft, targets=[])], by=ana, now=NOW)


def test_approving_a_removal_without_a_draft_sends_nothing_and_says_so(case: Case, plan: Plan, ana: Actor) -> None:
    removal = plan(case)["remove"]
    actions.record_preservation(case=case, choice=Choice.OWN_RECORD, why="kept", by=ana, now=NOW)
    with pytest.raises(IncompleteAct):
        approve(removal, by=ana, now=NOW)
    removal.refresh_from_db()
    assert removal.state == StepState.PROPOSED


def test_the_providers_clock_starts_is_reminded_of_and_starts_again(case: Case, plan: Plan, provider: Provider, ana: Actor) -> None:
    plan(case)
    with pytest.raises(IncompleteAct):
        actions.record_preservation(case=case, choice=Choice.PROVIDER, why="asked", by=ana, now=NOW)
    kept = actions.record_preservation(case=case, choice=Choice.PROVIDER, why="asked", provider=provider, by=ana, now=NOW)
    assert kept.expires_on is not None
    assert kept.renew_on is not None
    assert (kept.expires_on - NOW.date()).days == 90
    assert (kept.expires_on - kept.renew_on).days == 14
    renewed = actions.renew_preservation(preservation=kept, by=ana, now=later(24 * 80))
    assert renewed.expires_on is not None
    assert (renewed.renewals, (renewed.expires_on - NOW.date()).days) == (1, 170)


def test_the_choice_is_kept_sealed(case: Case, plan: Plan, ana: Actor) -> None:
    plan(case)
    kept = actions.record_preservation(case=case, choice=Choice.OWN_RECORD, why="a very plain canary", by=ana, now=NOW)
    assert b"canary" not in bytes(Preservation.objects.get(pk=kept.pk).why.ciphertext)


@pytest.mark.req("REF-26")
def test_closing_needs_a_note_on_the_best_interests_of_the_child(case: Case, plan: Plan, ana: Actor) -> None:
    steps = plan(case)
    for step in list(steps.values())[1:]:
        actions.skip_step(step=step, why="not needed", by=ana, now=NOW)
    with pytest.raises((StillOpen, NotPermitted)):
        close(case, best_interests="she is safe", outcome="help_arranged", by=ana, now=NOW)
    actions.skip_step(step=steps["preserve"], why="not needed", by=ana, now=NOW)
    with pytest.raises(BestInterestsMissing):
        close(case, best_interests=" ", outcome="help_arranged", by=ana, now=NOW)
    close(case, best_interests="she is safe and knows whom to call", outcome="help_arranged", by=ana, now=NOW)
    case.refresh_from_db()
    assert (case.stage, case.outcome) == (Stage.CLOSED, "help_arranged")


def test_an_unreviewed_early_step_keeps_a_case_open(open_at: Callable[..., Case], plan: Plan, sam: Actor, sue: Actor) -> None:
    case = open_at(Stage.REVIEWING)
    steps = plan(case, in_danger=True)
    approve(steps["safeguard"], by=sam, now=NOW)
    PlanStep.objects.filter(case=case).update(state=StepState.SKIPPED)
    Case.objects.filter(pk=case.pk).update(stage=Stage.ANSWERED)
    with pytest.raises(StillOpen):
        close(case, best_interests="safe", outcome="help_arranged", by=sam, now=NOW)
    actions.review_step(step=steps["safeguard"], by=sue, now=NOW)
    close(case, best_interests="safe", outcome="help_arranged", by=sam, now=NOW)


def test_no_plan_is_made_for_a_closed_case(case: Case, ana: Actor) -> None:
    Case.objects.filter(pk=case.pk).update(stage=Stage.CLOSED)
    with pytest.raises(IllegalStep):
        actions.propose_plan(case=case, facts=Facts(verdicts=UNLAWFUL), by=ana, now=NOW)


def test_a_step_kind_that_sends_nothing_drafts_nothing(case: Case, plan: Plan, draft: Draft, ana: Actor) -> None:
    with pytest.raises(IllegalStep):
        actions.draft_notices(step=plan(case)[StepKind.SUPPORT], drafts=[draft], by=ana, now=NOW)
