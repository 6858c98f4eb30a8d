"""Nothing leaves the desk unless the person who sends it has just confirmed exactly that."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.response.confirmed import approve, build, fresh
from tests.response.conftest import NOW, Keyholder

from cairndesk.accounts.errors import FreshProofNeeded
from cairndesk.accounts.rules import Actor, FreshProof, digest_of
from cairndesk.cases.actions import add_item
from cairndesk.cases.models import Case
from cairndesk.directory.models import Provider, Service
from cairndesk.response import actions
from cairndesk.response.models import AuthorityPackage, Delivery, Notice, PlanStep, Referral
from cairndesk.response.rules import Choice, Consent, NoticeKind, StepState, Told

pytestmark = pytest.mark.django_db
Plan = Callable[..., dict[str, PlanStep]]
GROUNDS = actions.Grounds(legal_basis="sample agreement 1", purpose="to protect a child")
SAID = {"why": "he is at the door", "told": Told.LATER, "best_interests": "her life"}


def wrong_proofs(digest: bytes, by: Actor, other: Actor) -> list[FreshProof | None]:
    """No proof, the proof of another person, of another act, and one that is too old."""
    right = fresh(by, digest, NOW)
    others = [fresh(other, digest, NOW), replace(right, digest=digest_of("test.act")), replace(right, at=NOW - timedelta(minutes=3))]
    return [None, *others]


def test_a_step_is_not_approved_without_a_proof_of_exactly_that(ready: PlanStep, ana: Actor, sam: Actor) -> None:
    for proof in wrong_proofs(actions.approval_digest(ready), ana, sam):
        with pytest.raises(FreshProofNeeded):
            actions.approve_step(step=ready, by=ana, fresh=proof, now=NOW)
    assert PlanStep.objects.get(pk=ready.pk).state == StepState.PROPOSED
    assert not Delivery.objects.exists()
    assert approve(ready, by=ana, now=NOW).state == StepState.APPROVED


def test_a_letter_that_was_drafted_after_the_page_was_shown_does_not_go_with_it(ready: PlanStep, draft: actions.Draft, ana: Actor) -> None:
    seen = fresh(ana, actions.approval_digest(ready), NOW)
    actions.draft_notices(step=ready, drafts=[replace(draft, legality="another ground")], by=ana, now=NOW)
    with pytest.raises(FreshProofNeeded):
        actions.approve_step(step=ready, by=ana, fresh=seen, now=NOW)
    assert not Delivery.objects.exists()


def test_a_letter_does_not_go_to_an_address_that_changed_since(ready: PlanStep, provider: Provider, ana: Actor) -> None:
    seen = fresh(ana, actions.approval_digest(ready), NOW)
    Provider.objects.filter(pk=provider.pk).update(notice_address="other@pictures.example")
    with pytest.raises(FreshProofNeeded):
        actions.approve_step(step=ready, by=ana, fresh=seen, now=NOW)


def test_one_notice_is_not_sent_without_a_proof(case: Case, plan: Plan, draft: actions.Draft, ana: Actor, sam: Actor) -> None:
    step = plan(case)["preserve"]
    actions.record_preservation(case=case, choice=Choice.PROVIDER, provider=draft.provider, why="asked", by=ana, now=NOW)
    [asking] = actions.draft_notices(step=step, drafts=[replace(draft, kind=NoticeKind.PRESERVATION)], by=ana, now=NOW)
    for proof in wrong_proofs(actions.sending_digest(asking), ana, sam):
        with pytest.raises(FreshProofNeeded):
            actions.send_notice(notice=asking, by=ana, fresh=proof, now=NOW)
    assert Notice.objects.get().state == "drafted"
    assert not Delivery.objects.exists()


@pytest.fixture
def reporting(case: Case, plan: Plan, ana: Actor) -> PlanStep:
    return approve(plan(case)["authority"], by=ana, now=NOW)


def test_a_package_is_not_built_without_a_proof(reporting: PlanStep, police: Keyholder, ana: Actor, sam: Actor) -> None:
    held = police.authority
    for proof in wrong_proofs(actions.building_digest(reporting, held, GROUNDS), ana, sam):
        with pytest.raises(FreshProofNeeded):
            actions.build_authority_package(step=reporting, authority=held, grounds=GROUNDS, by=ana, fresh=proof, now=NOW)
    assert not AuthorityPackage.objects.exists()


@pytest.mark.parametrize("other", [{"legal_basis": "another"}, {"purpose": "another"}, {"names_people": True}])
def test_a_package_is_not_built_on_other_grounds_than_were_confirmed(
    reporting: PlanStep, police: Keyholder, lia: Actor, other: dict[str, object]
) -> None:
    seen = fresh(lia, actions.building_digest(reporting, police.authority, GROUNDS), NOW)
    grounds = replace(GROUNDS, **other)  # type: ignore[arg-type]
    with pytest.raises(FreshProofNeeded):
        actions.build_authority_package(step=reporting, authority=police.authority, grounds=grounds, by=lia, fresh=seen, now=NOW)


def test_a_package_does_not_take_in_what_came_after_the_page_was_shown(reporting: PlanStep, police: Keyholder, ana: Actor) -> None:
    seen = fresh(ana, actions.building_digest(reporting, police.authority, GROUNDS), NOW)
    add_item(case=reporting.case, kind="url", identifier="https://pictures.example/b/2", by=ana, now=NOW)
    with pytest.raises(FreshProofNeeded):
        actions.build_authority_package(step=reporting, authority=police.authority, grounds=GROUNDS, by=ana, fresh=seen, now=NOW)


def test_a_package_is_not_taken_without_a_proof(reporting: PlanStep, police: Keyholder, ana: Actor, sam: Actor) -> None:
    made = build(reporting, police.authority, GROUNDS, by=ana, now=NOW)
    for proof in wrong_proofs(actions.taking_digest(made), ana, sam):
        with pytest.raises(FreshProofNeeded):
            actions.take_package(package=made, by=ana, fresh=proof, now=NOW)
    assert AuthorityPackage.objects.get().state == "built"


def test_a_choice_is_not_overridden_without_a_proof(case: Case, plan: Plan, service: Service, ana: Actor, sam: Actor) -> None:
    step = approve(plan(case, in_danger=True)["safeguard"], by=ana, now=NOW)
    held = actions.draft_referral(step=step, service=service, reason="safeguarding", best_interests="to be safe", by=ana, now=NOW)
    for proof in wrong_proofs(actions.overriding_digest(held, **SAID), ana, sam):  # type: ignore[arg-type]
        with pytest.raises(FreshProofNeeded):
            actions.record_override(referral=held, **SAID, by=ana, fresh=proof, now=NOW)  # type: ignore[arg-type]
    other = fresh(ana, actions.overriding_digest(held, **{**SAID, "why": "another"}), NOW)  # type: ignore[arg-type]
    with pytest.raises(FreshProofNeeded):
        actions.record_override(referral=held, **SAID, by=ana, fresh=other, now=NOW)  # type: ignore[arg-type]
    assert Referral.objects.get().consent == Consent.NOT_ASKED
