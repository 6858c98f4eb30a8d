"""Nothing leaves the desk and nothing is settled unless the person who does it has just confirmed exactly that."""

import ast
import inspect
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from tests.response.confirmed import approve, build, building_digest, fresh, send_notice
from tests.response.conftest import NOW, Keyholder
from tests.support.two_people import approved

from cairndesk.accounts.errors import FreshProofNeeded
from cairndesk.accounts.rules import Actor, FreshProof, digest_of
from cairndesk.cases.actions import add_item
from cairndesk.cases.models import Case
from cairndesk.directory.models import Provider, Service
from cairndesk.exchange.formats import letter
from cairndesk.response import actions
from cairndesk.response.models import Delivery, Notice, PlanStep, Referral
from cairndesk.response.queries import missing_from
from cairndesk.response.rules import Choice, NoticeKind, NoticeState, Told

Plan = Callable[..., dict[str, PlanStep]]
GROUNDS = actions.Grounds(legal_basis="sample agreement 1", purpose="to protect a child")
SAID: dict[str, Any] = {"why": "he is at the door", "told": Told.LATER, "best_interests": "her life"}
ENDING = {"best_interests": "she is safe", "outcome": "help_arranged"}

# Every other act of the room, and why a signed-in person is enough. A new act belongs here or in ACTS.
NEEDS_NO_PROOF = {
    "bridge_wait": "a record inside the desk",
    "claim_delivery": "the belt: sends what a person confirmed",
    "ask_witness": "the belt: sends the signed size and root of the log to a witness that the operator named",
    "close_referral": "a record of what happened outside",
    "counter_every_notice": "objections inside the desk; deciding each takes the proof",
    "deliver": "the belt: sends what a person confirmed",
    "draft_notices": "a draft; sending it takes the proof",
    "draft_referral": "a draft; approving its step and handing on what was told take the proof",
    "drop_notice": "nothing goes out, and another may be drafted",
    "fetch_list": "the belt: asks a source that an operator set down in the configuration, and tells it nothing",
    "finish_step": "a record of what happened outside",
    "hand_over": "a record of what happened outside; taking the package takes the proof",
    "lift_hold": "lets a letter be approved, and approving takes the proof",
    "page": "the belt: tells whoever is on duty that an alarm rings, in a fixed text",
    "open_addresses": "shows a person what they are about to confirm",
    "read_before_closing": "shows a person what they are about to confirm",
    "propose_again": "nothing goes out, and it can be skipped again",
    "propose_plan": "the belt: proposals only",
    "read_letter": "shows a person what they are about to confirm",
    "read_letters": "shows a person what they are about to confirm",
    "record_answer": "a record of what happened outside",
    "record_authority_answer": "a record of what happened outside",
    "forget_offers": "the machine's: what nobody took on is erased",
    "record_call_back": "a record of what happened outside",
    "record_complaint": "a record of what happened outside",
    "record_consent": "a record of what the person chose",
    "record_counter_notice": "a record of what came in",
    "record_preservation": "a record; the letter that asks for it takes the proof",
    "record_recheck": "a record of what somebody saw",
    "record_referral_answer": "a record of what happened outside",
    "record_told": "a record of what happened outside",
    "refer": "a record of what happened outside; the step was approved by proof, and handing on what was told takes one",
    "remind": "the belt: counts, sends nothing",
    "renew_preservation": "a record of what the provider confirmed",
    "review_override": "a look after the fact; nothing goes out",
    "review_step": "a look after the fact; nothing goes out",
    "sign_off_step": "lets a step be approved by another person, whose approval takes the proof",
    "stamp_log": "the belt: sends one hash to an authority that the operator named",
    "accept_from_desk": "a case comes in; the letter says so to the desk that offered it",
    "refuse_from_desk": "a reason goes back to the desk that offered it, and what it offered is erased here",
    "give_back": "goes to the desk that gave the case, and says what was done; the case stays until they have it",
    "ask_to_cross": "nothing goes out yet; another person lets it go, which takes the proof",
    "withdraw_from_desk": "takes back what two people let go",
    "take_letter": "a record of what came in",
    "ask_hold": "keeps inside the desk what would go",
    "renew_hold": "keeps inside the desk what would go",
    "lift_notice_hold": "what goes then, a person confirmed when it was let go",
    "page_hold": "the belt: tells whoever is on duty",
    "require_no_hold": "asked before a letter goes",
    "take_back_classification": "inside the desk",
    "take_back_letter": "keeps inside the desk what was let go",
    "take_back_step": "keeps inside the desk what was let go",
    "take_out_letter": "closed to the other desk; two people let the case go, which took the proof",
    "send_again": "the belt: sends what two people let go",
    "send_letter": "the belt: sends what two people let go",
    "claim_letter": "the belt: sends what two people let go",
    "record_letter_arrived": "the belt: notes that the other desk has it",
    "enter_partner": "nothing goes out; another person confirms it",
    "confirm_partner": "the second of two people; each case that goes there takes two more, and the proof",
    "end_partner": "nothing goes out any more",
    "read_crossing": "shows a person what another desk wrote",
    "ask_erasure": "nothing is erased yet; another person does it, which takes the proof",
    "ask_release": "nothing goes out yet; another person lets it go, which takes the proof",
    "skip_step": "nothing goes out, and it can be proposed again until the case is closed, which takes the proof",
    "tell_of_glass": "the belt: a mail to supervisors that emergency access was taken, and nothing else",
}


@dataclass
class Stage:
    """A case, its people, and whom it may be told to."""

    case: Case
    plan: Plan
    draft: actions.Draft
    police: Keyholder
    service: Service
    ana: Actor
    sam: Actor

    def removal(self, **now_is: object) -> Notice:
        """A notice of an approved removal step, set down where it is wanted."""
        step = self.plan(self.case)["remove"]
        actions.record_preservation(case=self.case, choice=Choice.OWN_RECORD, why="kept", by=self.ana, now=NOW)
        actions.draft_notices(step=step, drafts=[self.draft], by=self.ana, now=NOW)
        approve(step, by=self.ana, now=NOW)
        Notice.objects.update(**now_is)
        return Notice.objects.get()

    def request(self) -> Notice:
        """A drafted preservation request whose step is approved."""
        step = self.plan(self.case)["preserve"]
        actions.record_preservation(case=self.case, choice=Choice.PROVIDER, provider=self.draft.provider, why="asked", by=self.ana, now=NOW)
        asks = replace(self.draft, kind=NoticeKind.PRESERVATION)
        return actions.draft_notices(step=step, drafts=[asks], by=self.ana, now=NOW)[0]

    def referral(self) -> Referral:
        step = approve(self.plan(self.case, in_danger=True)["safeguard"], by=self.ana, now=NOW)
        return actions.draft_referral(step=step, service=self.service, reason="safeguarding", best_interests="safety", by=self.ana, now=NOW)

    def reporting(self) -> PlanStep:
        return approve(self.plan(self.case)["authority"], by=self.ana, now=NOW)


@pytest.fixture
def stage(case: Case, plan: Plan, draft: actions.Draft, police: Keyholder, service: Service, ana: Actor, sam: Actor) -> Stage:
    return Stage(case, plan, draft, police, service, ana, sam)


def _approve_step(stage: Stage) -> tuple[Actor, bytes, dict[str, Any]]:
    step = stage.plan(stage.case)["support"]
    return stage.ana, actions.approval_digest(step), {"step": step}


def _send_notice(stage: Stage) -> tuple[Actor, bytes, dict[str, Any]]:
    asking = stage.request()
    return stage.ana, actions.sending_digest(asking), {"notice": asking}


def _send_reminder(stage: Stage) -> tuple[Actor, bytes, dict[str, Any]]:
    notice = stage.removal(state=NoticeState.SENT)
    return stage.ana, actions.following_digest(notice, letter.Kind.REMINDER), {"notice": notice}


def _escalate(stage: Stage) -> tuple[Actor, bytes, dict[str, Any]]:
    notice = stage.removal(state=NoticeState.SENT)
    return stage.ana, actions.following_digest(notice, letter.Kind.ESCALATION), {"notice": notice}


def _ask_to_renew(stage: Stage) -> tuple[Actor, bytes, dict[str, Any]]:
    notice = stage.request()
    send_notice(notice, by=stage.ana, now=NOW)
    Notice.objects.update(state=NoticeState.ACKNOWLEDGED)
    return stage.ana, actions.following_digest(notice, letter.Kind.PRESERVATION_RENEWAL), {"notice": notice}


def _try_again(stage: Stage) -> tuple[Actor, bytes, dict[str, Any]]:
    notice = stage.removal(state=NoticeState.UNDELIVERED)
    Delivery.objects.update(is_dead=True)
    return stage.ana, actions.retrying_digest(notice), {"notice": notice}


def _decide_counter_notice(stage: Stage) -> tuple[Actor, bytes, dict[str, Any]]:
    notice = stage.removal(state=NoticeState.SENT)
    objection = actions.record_counter_notice(notice=notice, from_whom="provider", words="No.", by=stage.ana, now=NOW)
    said = {"is_right": True, "why": "it is a landscape"}
    return stage.sam, actions.deciding_digest(objection, **said), {"objection": objection, **said}  # type: ignore[arg-type]


def _build_authority_packages(stage: Stage) -> tuple[Actor, bytes, dict[str, Any]]:
    step, authority = stage.reporting(), stage.police.authority
    digest = building_digest(step, [authority], GROUNDS, NOW)
    return stage.ana, digest, {"step": step, "authorities": [authority], "grounds": GROUNDS}


def _take_package(stage: Stage) -> tuple[Actor, bytes, dict[str, Any]]:
    made = build(stage.reporting(), stage.police.authority, GROUNDS, by=stage.ana, now=NOW)
    approved(actions.ask_release(package=made, by=stage.ana, now=NOW), stage.sam, NOW)
    return stage.ana, actions.taking_digest(made), {"package": made}


def _record_override(stage: Stage) -> tuple[Actor, bytes, dict[str, Any]]:
    held = stage.referral()
    return stage.ana, actions.overriding_digest(held, **SAID), {"referral": held, **SAID}


def _read_summary(stage: Stage) -> tuple[Actor, bytes, dict[str, Any]]:
    choice = actions.Choice(is_given=True, limits_explained=True, by_whom="child", maturity="15, understands")
    held = actions.record_consent(referral=stage.referral(), choice=choice, by=stage.ana, now=NOW)
    return stage.ana, actions.summary_digest(held), {"referral": held}


def _close_case(stage: Stage) -> tuple[Actor, bytes, dict[str, Any]]:
    for step in stage.plan(stage.case).values():
        actions.skip_step(step=step, why="not needed", by=stage.ana, now=NOW)
    said = {**ENDING, "reasons": {line.fact: "not asked" for line in missing_from(stage.case, NOW)}}
    return stage.ana, actions.closing_digest(stage.case, **said), {"case": stage.case, **said}


# What sends something out or settles something for good: how a person comes to it, the digest they confirm, and the words of the act.
ACTS: dict[str, Callable[[Stage], tuple[Actor, bytes, dict[str, Any]]]] = {
    made.__name__[1:]: made
    for made in (
        _approve_step,
        _ask_to_renew,
        _build_authority_packages,
        _close_case,
        _decide_counter_notice,
        _escalate,
        _read_summary,
        _record_override,
        _send_notice,
        _send_reminder,
        _take_package,
        _try_again,
    )
}


def wrong_proofs(digest: bytes, by: Actor, other: Actor) -> list[FreshProof | None]:
    """No proof, the proof of another person, of another act, and one that is too old."""
    right = fresh(by, digest, NOW)
    others = [fresh(other, digest, NOW), replace(right, digest=digest_of("test.act")), replace(right, at=NOW - timedelta(minutes=3))]
    return [None, *others]


def everything() -> dict[str, list[tuple[Any, ...]]]:
    """Every row of the room, of the spine and of the log."""
    models = [model for room in ("response", "cases", "custody") for model in apps.get_app_config(room).get_models()]
    return {model.__name__: sorted(model._default_manager.values_list(), key=repr) for model in models}


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(ACTS))
def test_it_is_not_done_without_a_proof_of_exactly_that(name: str, stage: Stage) -> None:
    by, digest, what = ACTS[name](stage)
    other, act, before = stage.sam if by is stage.ana else stage.ana, getattr(actions, name), everything()
    for proof in wrong_proofs(digest, by, other):
        with pytest.raises(FreshProofNeeded):
            act(**what, by=by, fresh=proof, now=NOW)
    assert everything() == before
    act(**what, by=by, fresh=fresh(by, digest, NOW), now=NOW)
    assert everything() != before


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(ACTS))
def test_the_proof_of_one_act_does_not_serve_another(name: str, stage: Stage) -> None:
    by, digest, what = ACTS[name](stage)
    for field, value in {"why": "another", "best_interests": "another", "outcome": "removed", "is_right": False}.items():
        if field in what:
            with pytest.raises(FreshProofNeeded):
                getattr(actions, name)(**{**what, field: value}, by=by, fresh=fresh(by, digest, NOW), now=NOW)


def test_every_act_of_the_room_takes_a_proof_or_is_listed_with_its_reason() -> None:
    acts = {name: getattr(actions, name) for name in actions.__all__ if not name.endswith("_digest")}
    acts = {name: act for name, act in acts.items() if inspect.isfunction(act)}
    proven = {name for name, act in acts.items() if "fresh" in inspect.signature(act).parameters}
    assert proven == set(ACTS)
    assert set(acts) - proven == set(NEEDS_NO_PROOF)


def test_whatever_puts_a_letter_on_the_belt_takes_a_proof() -> None:
    calls: dict[str, set[str]] = {}
    for path in Path(actions.__file__).parent.glob("*.py"):
        for function in ast.walk(ast.parse(path.read_text())):
            if isinstance(function, ast.FunctionDef):
                calls[function.name] = {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}
    reaching = {"enqueue"}
    while more := {name for name, used in calls.items() if used & reaching} - reaching:
        reaching |= more
    assert {name for name in reaching if name in actions.__all__} == set(ACTS) & reaching
    assert {"approve_step", "send_notice", "send_reminder", "escalate", "ask_to_renew", "decide_counter_notice"} <= reaching


@pytest.mark.django_db
def test_a_letter_that_was_drafted_after_the_page_was_shown_does_not_go_with_it(ready: PlanStep, draft: actions.Draft, ana: Actor) -> None:
    seen = fresh(ana, actions.approval_digest(ready), NOW)
    actions.draft_notices(step=ready, drafts=[replace(draft, legality="another ground")], by=ana, now=NOW)
    with pytest.raises(FreshProofNeeded):
        actions.approve_step(step=ready, by=ana, fresh=seen, now=NOW)
    assert not Delivery.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("field", ["notice_address", "escalation_address"])
def test_a_letter_does_not_go_to_an_address_that_changed_since(field: str, stage: Stage, provider: Provider) -> None:
    by, digest, what = _escalate(stage)
    Provider.objects.filter(pk=provider.pk).update(**{field: "other@pictures.example"})
    with pytest.raises(FreshProofNeeded):
        actions.escalate(**what, by=by, fresh=fresh(by, digest, NOW), now=NOW)


@pytest.mark.django_db
def test_one_touch_sends_one_reminder(stage: Stage) -> None:
    by, digest, what = _send_reminder(stage)
    actions.send_reminder(**what, by=by, fresh=fresh(by, digest, NOW), now=NOW)
    with pytest.raises(FreshProofNeeded):
        actions.send_reminder(**what, by=by, fresh=fresh(by, digest, NOW), now=NOW)


@pytest.mark.django_db
@pytest.mark.parametrize("other", [{"legal_basis": "another"}, {"purpose": "another"}, {"names_people": True}])
def test_a_package_is_not_built_on_other_grounds_than_were_confirmed(stage: Stage, lia: Actor, other: dict[str, Any]) -> None:
    step, held = stage.reporting(), stage.police.authority
    seen = fresh(lia, building_digest(step, [held], GROUNDS, NOW), NOW)
    with pytest.raises(FreshProofNeeded):
        actions.build_authority_packages(step=step, authorities=[held], grounds=replace(GROUNDS, **other), by=lia, fresh=seen, now=NOW)


@pytest.mark.django_db
def test_a_package_does_not_take_in_what_came_after_the_page_was_shown(stage: Stage) -> None:
    by, digest, what = _build_authority_packages(stage)
    add_item(case=stage.case, kind="url", identifier="https://pictures.example/b/2", by=by, now=NOW)
    with pytest.raises(FreshProofNeeded):
        actions.build_authority_packages(**what, by=by, fresh=fresh(by, digest, NOW), now=NOW)
