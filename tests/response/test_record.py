"""What the file of a case must hold when it is closed: what is missing is said, then refused or kept with its reason."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.urls import reverse
from tests.response.confirmed import approve, build, close, fresh, release, take
from tests.response.conftest import NOW, Keyholder
from tests.response.test_packages import GROUNDS
from tests.response.test_pages import Browser, analyst, confirm, see, sign_in
from tests.support.cast import actor

from cairndesk.accounts.errors import FreshProofNeeded
from cairndesk.accounts.models import Organisation
from cairndesk.accounts.rules import Actor, Role
from cairndesk.cases.actions import add_person, code_harm, describe_incident
from cairndesk.cases.models import Case
from cairndesk.cases.rules.stages import Stage
from cairndesk.custody.queries import entries_about, unseal_text
from cairndesk.directory import actions as directory
from cairndesk.directory.checklists import Fact, Without, minimum, minimum_text
from cairndesk.directory.models import Service
from cairndesk.insight.queries import numbers
from cairndesk.intake.actions import send_message
from cairndesk.intake.models import Receipt
from cairndesk.response import actions
from cairndesk.response.errors import RecordIncomplete
from cairndesk.response.models import ClosingNote, MissingFact, Notice, PlanStep
from cairndesk.response.queries import missing_from, record, record_of
from cairndesk.response.rules import NoticeState

__all__ = ["analyst", "sign_in"]
pytestmark = [pytest.mark.django_db, pytest.mark.req("EVD-18")]
Plan = Callable[..., dict[str, PlanStep]]
ENDING = {"best_interests": "she is safe", "outcome": "help_arranged"}
OWN = """
code = "{code}"
use = "record"
jurisdiction = "{place}"
label = "Files here"
source = "the operator's own rule"
valid_from = 2026-01-01
[[line]]
name = "{name}"
because = "It is asked for here."
without = "{without}"
"""


def load(by: Actor, *, place: str, name: str = "child", without: str = "refuse", code: str = "own-1") -> None:
    directory.load_checklist(text=OWN.format(code=code, place=place, name=name, without=without), by=by, now=NOW)


def verdict(code: str) -> list[dict[str, str]]:
    return [{"jurisdiction": "Sample A", "code": code, "set": "sample-a"}]


def missing(case: Case) -> set[str]:
    return {line.fact.value for line in missing_from(case, NOW)}


@pytest.fixture
def skipped(case: Case, plan: Plan, ana: Actor) -> Case:
    """A case that is answered because nothing was done, each time with a reason."""
    for step in plan(case).values():
        actions.skip_step(step=step, why="not needed", by=ana, now=NOW)
    case.refresh_from_db()
    return case


def test_the_minimum_asks_for_these_facts_and_each_says_why() -> None:
    asked = {line.name for line in minimum().lines}
    assert asked == {"came", "harm", "urgency", "decision", "preservation", "removal", "authority", "support", "told_back"}
    assert all(line.because and line.without is Without.REASON for line in minimum().lines)


def test_what_several_facts_need_is_read_once(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    for name in ("case_facts", "latest"):
        real = getattr(record, name)
        monkeypatch.setattr(record, name, lambda about, real=real, name=name: [read.append(name), real(about)][1])
    record_of(case, NOW)
    assert sorted(read) == ["case_facts", "latest"]


@pytest.mark.slow
def test_each_fact_is_missing_until_it_is_recorded(case: Case, plan: Plan, ready: PlanStep, police: Keyholder, service: Service, ana: Actor) -> None:
    """The whole way of one file, from nothing recorded to nothing missing."""
    Receipt.objects.create(index="a" * 32, mailbox_public=bytes(32), case=case, made_at=NOW)
    steps = {step.kind: step for step in PlanStep.objects.filter(case=case)}
    assert missing(case) == {"harm", "urgency", "decision", "removal", "authority", "support", "told_back"}
    incident = case.incidents.get()
    code_harm(incident=incident, harm="onward_sharing", by=ana, now=NOW)
    describe_incident(case=case, facts={"abuse_now": "no", "continuing_access": "unknown"}, by=ana, now=NOW)
    assert missing(case) == {"urgency", "decision", "removal", "authority", "support", "told_back"}
    describe_incident(case=case, facts={"self_harm": "declined"}, by=ana, now=NOW)
    assert "urgency" not in missing(case)
    case.classifications.create(
        version=1, severity="b", taxonomy="2026.1", scheme="s", scheme_version="1", actor=ana.pseudonym, at=NOW, verdicts=verdict("undecided")
    )
    assert "decision" in missing(case)
    case.classifications.create(
        version=2, severity="b", taxonomy="2026.1", scheme="s", scheme_version="1", actor=ana.pseudonym, at=NOW, verdicts=verdict("unlawful")
    )
    assert missing(case) == {"removal", "authority", "support", "told_back"}
    for state in (NoticeState.SENT, NoticeState.ESCALATED):
        Notice.objects.update(state=state, approved_by=ana.pseudonym, preservation=ready.preservation or case.preservations.get())
        assert "removal" in missing(case)
    Notice.objects.update(state=NoticeState.REFUSED)
    assert missing(case) == {"authority", "support", "told_back"}
    approve(steps["authority"], by=ana, now=NOW)
    package = build(steps["authority"], police.authority, GROUNDS, by=ana, now=NOW)
    assert "authority" in missing(case)
    release(package, by=ana, other=actor(case.organisation, "Sid", Role.SUPERVISOR), now=NOW)
    take(package, by=ana, now=NOW)
    assert "authority" in missing(case)
    actions.hand_over(package=package, by=ana, now=NOW)
    assert missing(case) == {"support", "told_back"}
    referral = actions.draft_referral(step=steps["support"], service=service, reason="help", best_interests="help", by=ana, now=NOW)
    assert "support" in missing(case)
    choice = actions.Choice(is_given=False, limits_explained=True, by_whom="child", maturity="15")
    actions.record_consent(referral=referral, choice=choice, by=ana, now=NOW)
    assert missing(case) == {"told_back"}
    send_message(case=case, words="We have asked for it to be taken down.", by=ana, now=NOW)
    assert missing(case) == set()
    case.refresh_from_db()
    assert {line.is_there for line in record_of(case, NOW)} == {True}


@pytest.mark.slow
def test_a_skipped_step_is_a_reason_and_one_marked_done_is_none(case: Case, plan: Plan, ana: Actor) -> None:
    steps = plan(case)
    for kind in ("authority", "support"):
        assert kind in missing(case)
        approve(steps[kind], by=ana, now=NOW)
        actions.finish_step(step=steps[kind], outcome="done", by=ana, now=NOW)
        assert kind in missing(case)
    for kind in ("preserve", "remove"):
        actions.skip_step(step=steps[kind], why="nothing is online any more", by=ana, now=NOW)
    assert not {"preservation", "removal"} & missing(case)


def test_what_a_case_does_not_call_for_is_not_missing(case: Case, plan: Plan) -> None:
    plan(case, has_addresses=False, offence_suspected=False, verdicts={})
    states = {line.fact: line.is_there for line in record_of(case, NOW)}
    assert [states[fact] for fact in (Fact.PRESERVATION, Fact.REMOVAL, Fact.AUTHORITY, Fact.TOLD_BACK)] == [None] * 4
    assert states[Fact.SUPPORT] is False


def test_without_reasons_the_case_stays_open_and_nothing_is_kept(skipped: Case, ana: Actor) -> None:
    for reasons in ({}, {Fact.HARM: "no harm was found"}, dict.fromkeys(missing_from(skipped, NOW), " ")):
        said = {**ENDING, "reasons": {getattr(fact, "fact", fact): why for fact, why in reasons.items()}}
        proof = fresh(ana, actions.closing_digest(skipped, **said), NOW)
        with pytest.raises(RecordIncomplete, match="risk of self-harm"):
            actions.close_case(case=skipped, **said, by=ana, fresh=proof, now=NOW)
    skipped.refresh_from_db()
    assert skipped.stage == Stage.ANSWERED
    assert not ClosingNote.objects.exists()


def test_each_reason_is_kept_sealed_and_the_log_says_which_fact(skipped: Case, ana: Actor) -> None:
    lacked = missing(skipped)
    said = {**ENDING, "reasons": {line.fact: f"a plain canary for {line.fact}" for line in missing_from(skipped, NOW)}}
    proof = fresh(ana, actions.closing_digest(skipped, **said), NOW)
    closing = actions.close_case(case=skipped, **said, by=ana, fresh=proof, now=NOW)
    kept = {one.fact: one.why for one in closing.missing.all()}
    assert set(kept) == lacked == {"harm", "urgency", "decision"}
    assert all(unseal_text(why) == f"a plain canary for {fact}" and b"canary" not in bytes(why.ciphertext) for fact, why in kept.items())
    logged = [entry.detail["fact"] for entry in entries_about(skipped.pk) if entry.event == "response.fact.left_out"]
    assert sorted(logged) == sorted(lacked)
    assert closing.checklist == minimum().code


def test_a_proof_over_other_reasons_closes_nothing(skipped: Case, ana: Actor) -> None:
    reasons = {line.fact: "not asked" for line in missing_from(skipped, NOW)}
    proof = fresh(ana, actions.closing_digest(skipped, **ENDING, reasons=reasons), NOW)
    with pytest.raises(FreshProofNeeded):
        actions.close_case(case=skipped, **ENDING, reasons=dict.fromkeys(reasons, "something else"), by=ana, fresh=proof, now=NOW)


@pytest.mark.slow
def test_a_place_adds_to_the_minimum_and_may_refuse(skipped: Case, one: Organisation, ana: Actor, sam: Actor) -> None:
    load(sam, place=one.slug)
    asked = {line.fact: line.may_be_missing for line in record_of(skipped, NOW)}
    assert asked[Fact.CHILD] is False
    assert {line.name for line in minimum().lines} < {fact.value for fact in asked}
    with pytest.raises(RecordIncomplete, match="age of each child"):
        close(skipped, **ENDING, by=ana, now=NOW)
    person = add_person(case=skipped, role="child", facts={"stated_age": "age_13_15"}, by=ana, now=NOW)
    assert person.stated_age == "age_13_15"
    closing = close(skipped, **ENDING, by=ana, now=NOW)
    assert closing.checklist == "own-1"


def test_an_own_checklist_can_make_a_line_stricter_and_takes_none_off(skipped: Case, one: Organisation, sam: Actor) -> None:
    one.country = "XX"
    one.save()
    load(sam, place="*", name="harm", code="everywhere")
    load(sam, place="XX", name="harm", without="reason", code="here")
    load(sam, place="YY", name="country", code="elsewhere")
    skipped.organisation.refresh_from_db()
    lines = {line.fact: line for line in record_of(skipped, NOW)}
    assert lines[Fact.HARM].may_be_missing
    assert len(lines) == len(minimum().lines)
    skipped.organisation.country = ""
    assert not {line.fact: line for line in record_of(skipped, NOW)}[Fact.HARM].may_be_missing
    before = {line.fact: line for line in record_of(skipped, NOW - timedelta(days=3650))}
    assert before[Fact.HARM].because == minimum().lines[1].because


@pytest.mark.slow
def test_the_page_shows_what_is_missing_and_asks_why(skipped: Case, analyst: Browser) -> None:
    page = see(analyst, "close", skipped.pk)
    assert page.count(">missing</span>") == 3
    assert "Why is this missing: which harm it is?" in page
    assert analyst.post(reverse("response:close", args=[skipped.pk]), {"outcome": "help_arranged", "words": "she is safe"}).status_code == 422
    reasons = {f"missing_{fact}": "the caller hung up" for fact in missing(skipped)}
    confirm(analyst, "close", skipped.pk, outcome="help_arranged", words="she is safe", **reasons)
    assert MissingFact.objects.count() == 3


@pytest.mark.slow
def test_the_manager_sees_how_often_which_fact_is_missing(skipped: Case, ana: Actor) -> None:
    close(skipped, **ENDING, by=ana, now=NOW)
    found = {table.id: {cell.code: cell.count for cell in table.cells} for table in numbers(skipped.organisation_id, now=NOW, threshold=1).tables}
    assert found["closings_by_file"] == {"complete": 0, "incomplete": 1}
    assert {fact for fact, count in found["missing_facts_by_fact"].items() if count} == {"harm", "urgency", "decision"}


def test_the_minimum_itself_can_be_loaded_as_a_start(sam: Actor) -> None:
    loaded = directory.load_checklist(text=minimum_text(), by=sam, now=NOW)
    assert [line["name"] for line in loaded.lines] == [line.name for line in minimum().lines]
