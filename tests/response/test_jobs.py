"""What `work` does by itself: lay plans, put out what people sent, and count how long somebody waits."""

from collections.abc import Callable

import pytest
import time_machine
from django.conf import settings as real
from tests.response.confirmed import approve
from tests.response.conftest import ADDRESS, NOW, later
from tests.support.smtp_server import SmtpServer

from cairndesk.accounts import undo
from cairndesk.accounts.models import Organisation
from cairndesk.accounts.rules import Actor
from cairndesk.cases.actions import add_item, add_person, amend_incident, seal_identity
from cairndesk.cases.models import Case
from cairndesk.cases.rules.stages import Stage
from cairndesk.custody.queries import unseal_text
from cairndesk.directory import actions as directory
from cairndesk.intake.models import Milestone
from cairndesk.lib.ids import new_id
from cairndesk.response import actions, jobs, queries
from cairndesk.response.errors import HeldBack, SignOffMissing
from cairndesk.response.models import Delivery, Notice, PlanStep, Preservation
from cairndesk.response.rules import Choice, NoticeState
from cairndesk.review import actions as review
from cairndesk.review.models import Classification
from cairndesk.review.queries import latest
from cairndesk.review.rules import Look

pytestmark = pytest.mark.django_db


def classify(case: Case, verdict: str = "unlawful", harms: tuple[str, ...] = (), **features: str) -> None:
    said = [{"jurisdiction": "Sample A", "code": verdict, "set": "sample-a-2026"}]
    Classification.objects.create(
        case=case,
        version=case.classifications.count() + 1,
        features=features,
        harms=list(harms),
        severity="a",
        actor="a-person",
        at=NOW,
        verdicts=said,
    )


@pytest.fixture
def mail(settings) -> Callable[[int], None]:
    def configured(port: int) -> None:
        changed = real.CAIRNDESK.mail.model_copy(update={"host": "127.0.0.1", "port": port, "tls": "none", "sender": "notices@desk-one.example"})
        settings.CAIRNDESK = real.CAIRNDESK.model_copy(update={"mail": changed})

    return configured


def test_a_classified_case_gets_a_plan_and_nothing_of_it_goes_out(case: Case) -> None:
    classify(case)
    assert jobs.propose() == 1
    assert [step.kind for step in PlanStep.objects.filter(case=case)] == ["preserve", "remove", "authority", "support"]
    assert {step.state for step in PlanStep.objects.filter(case=case)} == {"proposed"}
    assert Delivery.objects.count() == 0
    assert jobs.propose() == 0


@pytest.mark.req("TRG-09")
@pytest.mark.req("TAX-62")
@pytest.mark.req("INV-25")
@pytest.mark.parametrize("relation", ["parent", "carer", "relative", "partner"])
def test_who_is_near_the_child_by_description_or_by_review_holds_the_removal_back(open_at: Callable[..., Case], ana: Actor, relation: str) -> None:
    described, seen = open_at(), open_at()
    add_person(case=described, role="person_of_concern", facts={"relation": relation}, by=ana, now=NOW)
    classify(described)
    classify(seen, relation=relation)
    assert jobs.propose() == 2
    assert all(step.is_held for step in PlanStep.objects.filter(kind="remove"))
    assert PlanStep.objects.filter(kind="safeguard").count() == 2


@pytest.mark.req("TRG-15")
def test_removal_goes_on_while_nobody_knows_yet_whether_it_is_real(case: Case, ana: Actor, sam: Actor, draft: actions.Draft) -> None:
    directory.load_samples(by=sam, now=NOW)
    Case.objects.filter(pk=case.pk).update(stage=Stage.REVIEWING, claimed_by=ana.pseudonym)
    seen = {"shows_abuse": "yes", "authenticity": "undetermined", "realism": "photorealistic"}
    look = Look(features=seen, harms=("material_distribution",), severity="c")
    made = review.classify(case=case, look=look, by=ana, now=NOW, note="The hands do not fit; an expert is asked.")
    assert made.note is not None
    assert unseal_text(made.note) == "The hands do not fit; an expert is asked."
    assert jobs.propose() == 1
    removal = PlanStep.objects.get(case=case, kind="remove")
    actions.record_preservation(case=case, choice=Choice.OWN_RECORD, why="kept", by=ana, now=NOW)
    actions.draft_notices(step=removal, drafts=[draft], by=ana, now=NOW)
    approve(PlanStep.objects.get(pk=removal.pk), by=ana, now=NOW)
    assert Delivery.objects.count() == 1
    assert latest(case).features["authenticity"] == "undetermined"


def test_continuing_access_holds_it_back_too(open_at: Callable[..., Case]) -> None:
    case = open_at(continuing_access="yes")
    classify(case)
    jobs.propose()
    assert PlanStep.objects.get(kind="remove").is_held
    assert queries.facts_of(case).could_warn


def test_a_child_of_concern_switches_the_plan_to_welfare(open_at: Callable[..., Case], ana: Actor) -> None:
    case = open_at()
    add_person(case=case, role="person_of_concern", facts={"actor_age": "child"}, by=ana, now=NOW)
    classify(case)
    jobs.propose()
    assert PlanStep.objects.filter(case=case).first().kind == "welfare"
    assert PlanStep.objects.get(kind="authority").needs_sign_off


@pytest.mark.req("TRG-09")
@pytest.mark.req("TRG-27")
def test_what_is_learned_once_a_plan_is_laid_holds_it_back_at_once_and_is_read_from_it_soon(
    case: Case, draft: actions.Draft, ana: Actor, sam: Actor
) -> None:
    classify(case, harms=("material_distribution",))
    assert (jobs.propose(), jobs.propose()) == (1, 0)
    removal, authority = (PlanStep.objects.get(case=case, kind=kind) for kind in ("remove", "authority"))
    assert (removal.is_held, authority.needs_sign_off) == (False, False)
    actions.record_preservation(case=case, choice=Choice.OWN_RECORD, why="kept", by=ana, now=NOW)
    actions.draft_notices(step=removal, drafts=[draft], by=ana, now=NOW)
    amend_incident(incident=case.incidents.get(), facts={"continuing_access": "yes"}, by=ana, now=NOW)
    add_person(case=case, role="person_of_concern", facts={"actor_age": "child", "relation": "parent"}, by=ana, now=NOW)
    with pytest.raises(HeldBack):
        approve(removal, by=ana, now=NOW)
    with pytest.raises(SignOffMissing):
        approve(authority, by=ana, now=NOW)
    assert jobs.propose() == 1
    steps = {step.kind: step for step in PlanStep.objects.filter(case=case)}
    assert (steps["remove"].is_held, steps["authority"].needs_sign_off, "welfare" in steps, "safeguard" in steps) == (True, True, True, True)
    assert {"could_warn", "child_actor"} <= {*steps["remove"].reasons, *steps["authority"].reasons}
    actions.lift_hold(step=steps["remove"], why="The police agree.", by=sam, now=NOW)
    assert jobs.propose() == 0
    assert not PlanStep.objects.get(pk=removal.pk).is_held
    assert case not in queries.learned_since()


@pytest.mark.req("PRI-10")
def test_who_a_child_of_concern_is_goes_to_nobody_unless_two_people_decide_it(open_at: Callable[..., Case], ana: Actor) -> None:
    case = open_at()
    child = add_person(case=case, role="person_of_concern", facts={"actor_age": "child"}, by=ana, now=NOW)
    seal_identity(person=child, identity={"name": "canary-name"}, by=ana, now=NOW)
    classify(case)
    jobs.propose()
    with pytest.raises(SignOffMissing):
        approve(PlanStep.objects.get(kind="authority"), by=ana, now=NOW)
    grounds = actions.Grounds("a law", "to protect")
    told = {
        names: repr(queries.case_file(case, queries.Release(new_id(), "An authority", grounds.legal_basis, grounds.purpose, names), NOW))
        for names in (grounds.names_people, True)
    }
    assert {names: "canary-name" in file for names, file in told.items()} == {False: False, True: True}


def test_one_turn_delivers_what_is_due_and_the_reporter_learns_of_it(
    ready: PlanStep, ana: Actor, smtp: SmtpServer, mail: Callable[[int], None]
) -> None:
    mail(smtp.port)
    with time_machine.travel(NOW, tick=False):
        approve(ready, by=ana, now=NOW)
        assert jobs.deliver() == 0
    with time_machine.travel(NOW + undo.window(), tick=False):
        assert jobs.deliver() == 1
        assert jobs.deliver() == 0
    assert len(smtp.taken) == 1
    assert [stone.code for stone in Milestone.objects.filter(case=ready.case)] == ["removal_asked"]


@pytest.mark.req("RMV-20")
def test_the_reporter_learns_that_it_was_removed(ready: PlanStep, ana: Actor, smtp: SmtpServer, mail: Callable[[int], None]) -> None:
    mail(smtp.port)
    approve(ready, by=ana, now=NOW)
    with time_machine.travel(NOW + undo.window(), tick=False):
        jobs.deliver()
    actions.record_answer(notice=Notice.objects.get(), answer=NoticeState.REMOVED, by=ana, now=later(3))
    assert {stone.code for stone in Milestone.objects.filter(case=ready.case)} == {"removal_asked", "removed"}


def test_without_a_mail_server_a_turn_does_nothing_and_loses_nothing(ready: PlanStep, ana: Actor) -> None:
    approve(ready, by=ana, now=NOW)
    assert jobs.deliver() == 0
    assert queries.health_now().waiting == 1
    assert not queries.health_now().is_configured


def test_reminders_are_counted_once_a_day_and_once_for_a_preservation(
    case: Case, plan: Callable[..., dict[str, PlanStep]], provider: object, ana: Actor
) -> None:
    plan(case)
    actions.record_preservation(case=case, choice=Choice.PROVIDER, provider=provider, why="asked", by=ana, now=NOW)
    assert actions.remind(now=NOW) == 0
    assert actions.remind(now=later(20)) == 4
    assert actions.remind(now=later(21)) == 0
    assert {step.reminders for step in PlanStep.objects.filter(case=case)} == {1}
    assert actions.remind(now=later(24 * 77)) == 5
    assert Preservation.objects.get().reminded_on == later(24 * 77).date()


def test_a_case_that_cannot_be_planned_does_not_stop_the_next(open_at: Callable[..., Case], monkeypatch: pytest.MonkeyPatch) -> None:
    broken, whole = open_at(), open_at()
    classify(broken)
    classify(whole)
    real_facts = queries.facts_of

    def facts_of(case: Case) -> object:
        if case.pk == broken.pk:
            Case.objects.filter(pk=case.pk).update(stage=Stage.CLOSED)
        return real_facts(case)

    monkeypatch.setattr(queries, "facts_of", facts_of)
    assert jobs.propose() == 1
    assert not PlanStep.objects.filter(case=broken).exists()


def test_a_case_file_names_the_verdict_with_its_source(case: Case, sam: Actor, one: Organisation) -> None:
    directory.load_samples(by=sam, now=NOW)
    classify(case)
    (finding,) = queries.case_file(case, queries.Release(case.pk, "Sample police", "basis", "purpose", names_people=False), NOW).findings
    assert (finding.jurisdiction, finding.verdict, finding.source) == ("Sample A", "unlawful", "sample, not legal advice")


def test_a_case_file_holds_a_file_once_with_all_its_hashes(case: Case, ana: Actor) -> None:
    first = add_item(case=case, kind="media", identifier="ab" * 16, facts={"hash_kind": "md5"}, by=ana, now=later(1))
    further = {"hash_kind": "sha1", "same_file_as": first}
    add_item(case=case, kind="media", identifier="cd" * 20, facts=further, by=ana, now=later(1))
    release = queries.Release(case.pk, "Sample police", "basis", "purpose", names_people=False)
    address, file = queries.case_file(case, release, NOW).items
    assert (address.value, address.digests) == (ADDRESS, {})
    assert (file.value, file.digests) == ("ab" * 16, {"md5": "ab" * 16, "sha1": "cd" * 20})


@pytest.mark.parametrize(("harms", "finding"), [(("threat_to_share",), "sextortion"), (("material_distribution",), "distribution"), ((), "")])
def test_a_finding_is_suggested_from_the_harms_and_a_class_of_images_never(case: Case, harms: tuple[str, ...], finding: str) -> None:
    classify(case, harms=harms)
    assert queries.suggested_finding(case) == finding
