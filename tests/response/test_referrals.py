"""A referral is the person's choice; danger overrides it only with a reason, a second look, and the child told where that is safe."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from django.db import IntegrityError, transaction
from tests.response.confirmed import approve, close, override, read_summary
from tests.response.conftest import NOW, later

from cairndesk.accounts.models import Organisation
from cairndesk.accounts.rules import SYSTEM, Actor, Proof
from cairndesk.cases.actions import add_person, seal_identity
from cairndesk.cases.models import Case
from cairndesk.cases.rules.stages import Stage
from cairndesk.custody.queries import entries_about, unseal_text
from cairndesk.directory import actions as directory
from cairndesk.directory.errors import NoSuchEntry
from cairndesk.directory.models import Service
from cairndesk.intake.models import Message
from cairndesk.response import actions, queries
from cairndesk.response.actions import Answer, Choice
from cairndesk.response.errors import BestInterestsMissing, ConsentMissing, IllegalStep, IncompleteAct, NotAPersonsAct, SignOffMissing, StillOpen
from cairndesk.response.models import Delivery, PlanStep, Referral
from cairndesk.response.rules import Consent, ReferralState, StepState, Told

pytestmark = pytest.mark.django_db
Plan = Callable[..., dict[str, PlanStep]]
YES = Choice(is_given=True, limits_explained=True, by_whom="child", maturity="15, understands what happens next")


@pytest.fixture
def step(case: Case, plan: Plan, ana: Actor) -> PlanStep:
    return approve(plan(case)["support"], by=ana, now=NOW)


@pytest.fixture
def referral(step: PlanStep, service: Service, ana: Actor) -> Referral:
    return actions.draft_referral(step=step, service=service, reason="support", best_interests="somebody to talk to", by=ana, now=NOW)


@pytest.fixture
def in_danger(case: Case, plan: Plan, service: Service, ana: Actor) -> Referral:
    step = approve(plan(case, in_danger=True)["safeguard"], by=ana, now=NOW)
    return actions.draft_referral(step=step, service=service, reason="safeguarding", best_interests="to be safe tonight", by=ana, now=NOW)


@pytest.mark.req("REF-26")
def test_a_referral_begins_with_a_note_on_the_best_interests_of_the_child(step: PlanStep, service: Service, ana: Actor) -> None:
    with pytest.raises(BestInterestsMissing):
        actions.draft_referral(step=step, service=service, reason="support", best_interests="", by=ana, now=NOW)


@pytest.mark.req("REF-24")
def test_nobody_is_referred_without_having_chosen_it(referral: Referral, ana: Actor) -> None:
    with pytest.raises(ConsentMissing):
        actions.refer(referral=referral, by=ana, now=NOW)
    no = Choice(is_given=False, limits_explained=True, by_whom="child", maturity="15, clear about it")
    actions.record_consent(referral=referral, choice=no, by=ana, now=NOW)
    with pytest.raises(ConsentMissing):
        actions.refer(referral=referral, by=ana, now=NOW)
    actions.record_consent(referral=referral, choice=YES, by=ana, now=later(24))
    assert actions.refer(referral=referral, by=ana, now=later(24)).state == ReferralState.MADE


@pytest.mark.req("REF-24")
def test_the_limits_of_confidentiality_come_before_the_choice(referral: Referral, ana: Actor) -> None:
    early = Choice(is_given=True, limits_explained=False, by_whom="child", maturity="15")
    with pytest.raises(IncompleteAct, match="limits"):
        actions.record_consent(referral=referral, choice=early, by=ana, now=NOW)


@pytest.mark.req("REF-24")
def test_the_choice_is_kept_with_a_note_on_age_and_maturity(referral: Referral, ana: Actor) -> None:
    with pytest.raises(IncompleteAct):
        actions.record_consent(referral=referral, choice=replace(YES, maturity=" "), by=ana, now=NOW)
    held = actions.record_consent(referral=referral, choice=YES, by=ana, now=NOW)
    assert held.maturity is not None
    assert unseal_text(held.maturity) == "15, understands what happens next"


@pytest.mark.req("REF-01")
@pytest.mark.parametrize(
    ("kind", "step"),
    [
        ("legal_aid", "support"),
        ("education", "support"),
        ("medical", "support"),
        ("child_protection", "safeguard"),
        ("child_justice", "welfare"),
    ],
)
def test_justice_child_protection_education_and_health_are_each_a_referral_away(
    case: Case, plan: Plan, ana: Actor, lia: Actor, kind: str, step: str
) -> None:
    there = directory.add_service(fields={"kind": kind, "name": "Sample", "country": "XX", "phone": "555-0100"}, by=lia, now=NOW)
    wanted = approve(plan(case, in_danger=True, child_actor=True)[step], by=ana, now=NOW)
    assert there.pk in [one.id for one in queries.services_for_step(wanted)]
    made = actions.draft_referral(step=wanted, service=there, reason=step, best_interests="her choice", by=ana, now=NOW)
    actions.record_consent(referral=made, choice=YES, by=ana, now=NOW)
    assert actions.refer(referral=made, by=ana, now=NOW).service == there


@pytest.mark.req("TRG-07")
def test_whoever_may_harm_themselves_is_handed_to_a_counsellor_at_once(
    open_at: Callable[..., Case], plan: Plan, service: Service, sam: Actor
) -> None:
    case = open_at(Stage.REVIEWING, self_harm="yes")
    first, *_ = plan(case, self_harm=True, verdicts={}, has_addresses=False).values()
    assert (first.kind, first.due_at) == ("safeguard", later(1))
    # Before anything is judged: a child in despair waits for no verdict.
    step = approve(first, by=sam, now=NOW)
    assert service.pk in [one.id for one in queries.services_for_step(step)]
    made = actions.draft_referral(step=step, service=service, reason="safeguarding", best_interests="not to be alone", by=sam, now=NOW)
    override(made, why="thoughts of suicide", told=Told.TOLD, best_interests="her life", by=sam, now=NOW)
    assert actions.refer(referral=made, by=sam, now=NOW).state == ReferralState.MADE


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"made_at": NOW}, "referral_needs_consent_or_override"),
        ({"consent": Consent.GIVEN}, "limits_come_before_consent"),
        ({"consent": Consent.OVERRIDDEN}, "override_has_a_reason"),
        ({"decided_by": "x", "override_reviewed_by": "x"}, "override_reviewed_by_another_person"),
    ],
)
def test_the_database_holds_the_same_lines(referral: Referral, fields: dict[str, object], constraint: str) -> None:
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Referral.objects.filter(pk=referral.pk).update(**fields)


@pytest.mark.req("REF-01")
@pytest.mark.req("DIM-47")
def test_a_referral_runs_from_consent_to_feedback_and_its_end(referral: Referral, ana: Actor) -> None:
    actions.record_consent(referral=referral, choice=YES, by=ana, now=NOW)
    actions.refer(referral=referral, by=ana, now=later(1))
    assert PlanStep.objects.get(pk=referral.step_id).state == StepState.DONE
    answer = Answer(is_accepted=True, first_appointment_on=later(24 * 9).date(), reference="S-17", feedback="first talk went well")
    held = actions.record_referral_answer(referral=referral, answer=answer, by=ana, now=later(30))
    assert (held.state, held.first_appointment_on) == (ReferralState.ACCEPTED, later(24 * 9).date())
    assert held.feedback is not None
    assert held.reference is not None
    assert (unseal_text(held.feedback), unseal_text(held.reference)) == ("first talk went well", "S-17")
    assert (held.made_at, held.answered_at) == (later(1), later(30))
    with pytest.raises(BestInterestsMissing):
        actions.close_referral(referral=referral, best_interests="", by=ana, now=later(99))
    ended = actions.close_referral(referral=referral, best_interests="she found her own way", by=ana, now=later(99))
    assert ended.state == ReferralState.CLOSED


@pytest.mark.req("EVD-16", "UXQ-10")
def test_what_was_told_travels_with_the_referral_once_and_only_after_the_choice(referral: Referral, ana: Actor) -> None:
    with pytest.raises(ConsentMissing):
        read_summary(referral, by=ana, now=NOW)
    held = actions.record_consent(referral=referral, choice=YES, by=ana, now=NOW)
    (account,) = read_summary(held, by=ana, now=NOW)
    assert account.told == {"happening": "Somebody put my picture there."}
    assert "custody.item.opened" in [line.event for line in entries_about(referral.case_id)]


@pytest.mark.req("REF-25")
@pytest.mark.req("REF-26")
def test_danger_overrides_with_a_reason_and_another_person_looks_at_it(in_danger: Referral, ana: Actor, sam: Actor) -> None:
    danger = {"told": Told.LATER, "by": ana, "now": NOW}
    with pytest.raises(BestInterestsMissing):
        override(in_danger, **danger, why="he is at the door", best_interests="")
    with pytest.raises(IncompleteAct):
        override(in_danger, **danger, why=" ", best_interests="her life")
    override(in_danger, **danger, why="he is at the door", best_interests="her life")
    actions.refer(referral=in_danger, by=ana, now=NOW)
    assert "override_unreviewed" in [one.what for one in queries.due(in_danger.case.organisation_id, NOW)]
    held = actions.review_override(referral=in_danger, by=sam, now=later(2))
    assert held.override_reviewed_by == sam.pseudonym
    assert actions.record_told(referral=in_danger, told=Told.TOLD, by=ana, now=later(3)).told_child == Told.TOLD


def test_nobody_signs_off_their_own_override(in_danger: Referral, sam: Actor, plan: Plan, case: Case) -> None:
    plan(case)
    override(in_danger, why="danger", told=Told.NOT_SAFE, best_interests="her life", by=sam, now=NOW)
    with pytest.raises(SignOffMissing):
        actions.review_override(referral=in_danger, by=sam, now=later(1))


def test_without_danger_a_no_stays_a_no(referral: Referral, ana: Actor) -> None:
    with pytest.raises(IllegalStep):
        override(referral, why="better for her", told=Told.TOLD, best_interests="x", by=ana, now=NOW)


@pytest.mark.slow
@pytest.mark.req("REF-25")
def test_an_override_that_nobody_looked_at_keeps_the_case_open(case: Case, in_danger: Referral, ana: Actor, sam: Actor) -> None:
    override(in_danger, why="danger", told=Told.TOLD, best_interests="her life", by=ana, now=NOW)
    actions.refer(referral=in_danger, by=ana, now=NOW)
    for step in PlanStep.objects.filter(case=case, state=StepState.PROPOSED):
        actions.skip_step(step=step, why="not needed", by=ana, now=NOW)
    with pytest.raises(StillOpen, match="override"):
        close(case, best_interests="safe", outcome="help_arranged", by=ana, now=NOW)
    actions.review_override(referral=in_danger, by=sam, now=NOW)
    close(case, best_interests="safe", outcome="help_arranged", by=ana, now=NOW)


@pytest.mark.req("REF-10")
@pytest.mark.parametrize("setting", ["online", "in_person"])
def test_a_helpline_takes_over_warmly_whether_it_happened_online_or_not(
    open_at: Callable[..., Case], plan: Plan, ana: Actor, lia: Actor, setting: str
) -> None:
    case = open_at(setting=setting)
    fields = {"kind": "helpline", "name": "Sample line", "country": "XX", "phone": "555-0100", "is_always_open": True}
    line = directory.add_service(fields=fields, by=lia, now=NOW)
    step = approve(plan(case)["support"], by=ana, now=NOW)
    assert [one.is_always_open for one in queries.services_for_step(step) if one.id == line.pk] == [True]
    made = actions.draft_referral(step=step, service=line, reason="support", best_interests="to talk tonight", by=ana, now=NOW)
    actions.record_consent(referral=made, choice=YES, by=ana, now=NOW)
    # The helpline gets what was told, so that nothing has to be told again, and says whether it takes over.
    made.refresh_from_db()
    assert [account.told for account in read_summary(made, by=ana, now=NOW)] == [{"happening": "Somebody put my picture there."}]
    actions.refer(referral=made, by=ana, now=NOW)
    assert "help_offered" in case.milestones.values_list("code", flat=True)
    taken = actions.record_referral_answer(referral=made, answer=Answer(is_accepted=True), by=ana, now=later(1))
    assert taken.state == ReferralState.ACCEPTED


@pytest.mark.req("INT-36")
def test_no_carer_is_told_by_the_desk_itself_and_a_person_who_speaks_to_one_stands_in_the_log(
    case: Case, plan: Plan, service: Service, ana: Actor
) -> None:
    carer = add_person(case=case, role="representative", facts={"relation": "parent"}, by=ana, now=NOW)
    seal_identity(person=carer, identity={"name": "Rae Example", "phone": "555-0101", "email": "rae@home.example"}, by=ana, now=NOW)
    steps = plan(case, in_danger=True, self_harm=True)
    # Whatever is proposed leads to helpers, authorities and providers; nothing has gone out, and no step is for a carer.
    assert set(steps) <= {"safeguard", "authority", "preserve", "remove", "support"}
    assert (Referral.objects.count(), Delivery.objects.count(), Message.objects.count()) == (0, 0, 0)
    step = approve(steps["support"], by=ana, now=NOW)
    held = actions.draft_referral(step=step, service=service, reason="support", best_interests="at home", by=ana, now=NOW)
    asked = replace(YES, by_whom="carer")
    for machine in (SYSTEM, replace(ana, proof=Proof.API)):
        with pytest.raises(NotAPersonsAct):
            actions.record_consent(referral=held, choice=asked, by=machine, now=NOW)
    decided = actions.record_consent(referral=held, choice=asked, by=ana, now=NOW)
    last = entries_about(case.pk)[-1]
    assert (decided.consent_by, last.event, last.actor) == ("carer", "response.referral.decided", ana.pseudonym)


@pytest.mark.req("REF-11")
def test_a_long_wait_is_shown_until_something_bridges_it(referral: Referral, step: PlanStep, service: Service, ana: Actor) -> None:
    actions.record_consent(referral=referral, choice=YES, by=ana, now=NOW)
    actions.refer(referral=referral, by=ana, now=NOW)
    organisation = referral.case.organisation_id
    assert "long_wait" not in [one.what for one in queries.due(organisation, later(24 * 41))]
    assert "long_wait" in [one.what for one in queries.due(organisation, later(24 * 43))]
    second = Referral.objects.create(
        case=referral.case, step=step, service=service, reason="interim", best_interests=referral.best_interests, drafted_at=NOW
    )
    actions.bridge_wait(referral=referral, interim=second, by=ana, now=later(24 * 43))
    assert "long_wait" not in [one.what for one in queries.due(organisation, later(24 * 43))]


@pytest.mark.req("REF-23")
def test_support_goes_ahead_while_the_authority_step_is_skipped(case: Case, plan: Plan, service: Service, ana: Actor) -> None:
    steps = plan(case)
    actions.skip_step(step=steps["authority"], why="she does not want the police", by=ana, now=NOW)
    step = approve(steps["support"], by=ana, now=NOW)
    made = actions.draft_referral(step=step, service=service, reason="support", best_interests="her choice", by=ana, now=NOW)
    actions.record_consent(referral=made, choice=YES, by=ana, now=NOW)
    assert actions.refer(referral=made, by=ana, now=NOW).state == ReferralState.MADE


@pytest.mark.req("INT-27")
def test_nobody_is_referred_to_a_service_that_another_organisation_keeps_for_itself(
    case: Case, plan: Plan, ana: Actor, service: Service, two: Organisation
) -> None:
    step = approve(plan(case, in_danger=True)["support"], by=ana, now=NOW)
    Service.objects.filter(pk=service.pk).update(owner=two)
    service.refresh_from_db()
    assert service.pk not in [one.id for one in queries.services_for_step(step)]
    with pytest.raises(NoSuchEntry):
        actions.draft_referral(step=step, service=service, reason="support", best_interests="her choice", by=ana, now=NOW)
    Service.objects.filter(pk=service.pk).update(owner=case.organisation)
    service.refresh_from_db()
    assert service.pk in [one.id for one in queries.services_for_step(step)]
    assert actions.draft_referral(step=step, service=service, reason="support", best_interests="her choice", by=ana, now=NOW).service == service
