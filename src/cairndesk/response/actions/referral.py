"""Referrals: the person chooses, or danger overrides and another person looks at it; the wait is counted."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction

from cairndesk.accounts.rules import Actor, FreshProof, Verb, require_fresh
from cairndesk.accounts.rules.sharing import Data, Recipient
from cairndesk.accounts.sharing import require_sharing
from cairndesk.cases.actions import respect
from cairndesk.cases.rules.choices import Act
from cairndesk.custody.actions import record
from cairndesk.custody.rules import Event, Purpose
from cairndesk.directory.models import Service
from cairndesk.directory.queries import require_open
from cairndesk.directory.rules import Kind
from cairndesk.intake.actions import tell_milestone
from cairndesk.response import rules
from cairndesk.response.actions.confirming import overriding_digest
from cairndesk.response.actions.gate import hold, require_another, require_supervisor
from cairndesk.response.actions.sealing import seal_words
from cairndesk.response.actions.steps import end_step
from cairndesk.response.errors import BestInterestsMissing, ConsentMissing, IllegalStep, IncompleteAct
from cairndesk.response.models import PlanStep, Referral
from cairndesk.response.rules import Consent, ReferralState, StepKind, StepState, Told

_REFERS = frozenset({StepKind.SAFEGUARD, StepKind.WELFARE, StepKind.SUPPORT, StepKind.PARTNER})
_ANSWER_WITHIN = timedelta(days=2)
_FAMILY = frozenset({"carer", "guardian"})


@dataclass(frozen=True, slots=True)
class Choice:
    """What the person was told and chose. `limits_explained`: the limits of confidentiality came first."""

    is_given: bool
    limits_explained: bool
    by_whom: str
    maturity: str


@transaction.atomic
def draft_referral(*, step: PlanStep, service: Service, reason: str, best_interests: str, by: Actor, now: datetime) -> Referral:
    """Afterwards a referral to `service` waits for the person's choice. Never asks whether there is a report to the police.

    Raises BestInterestsMissing, IllegalStep, and NoSuchEntry for a service that another organisation keeps for itself.
    """
    held = hold(step, by, Verb.STEP_APPROVE)
    if held.kind not in _REFERS or StepState(held.state) not in rules.OPEN_STEPS:
        raise IllegalStep(f"a {held.kind} step that is {held.state} refers to nobody")
    require_open(service, held.case.organisation_id)
    note = seal_words(held.case, best_interests, now, missing=BestInterestsMissing)
    made = Referral.objects.create(case=held.case, step=held, service=service, reason=reason, best_interests=note, drafted_at=now)
    record(event=Event.RESPONSE_REFERRAL_DRAFTED, subject_kind="case", subject=held.case_id, by=by, now=now, detail={"step": held.kind})
    return made


@transaction.atomic
def record_consent(*, referral: Referral, choice: Choice, by: Actor, now: datetime) -> Referral:
    """Afterwards the choice of the person stands, with a note on age and maturity. Raises IncompleteAct when limits came not first."""
    held = hold(referral, by, Verb.STEP_APPROVE)
    if not choice.limits_explained:
        raise IncompleteAct("explain the limits of confidentiality first")
    if choice.by_whom in _FAMILY:
        respect(case=held.case, act=Act.TELL_FAMILY)
    held.maturity = seal_words(held.case, choice.maturity, now)
    held.consent = Consent.GIVEN if choice.is_given else Consent.REFUSED
    held.limits_explained, held.consent_by = True, choice.by_whom
    return _decided(held, by, now)


@transaction.atomic
def record_override(*, referral: Referral, why: str, told: Told, best_interests: str, by: Actor, fresh: FreshProof | None, now: datetime) -> Referral:
    """Afterwards the referral may go without consent because a child is in danger; a supervisor must still look at it.

    Raises IncompleteAct, BestInterestsMissing, FreshProofNeeded, and IllegalStep where the step names no danger.
    """
    held = hold(referral, by, Verb.STEP_APPROVE)
    if not {rules.Reason.IN_DANGER, rules.Reason.SELF_HARM, rules.Reason.CONTINUING_ACCESS} & set(held.step.reasons):
        raise IllegalStep("only danger overrides a choice")
    held.best_interests = seal_words(held.case, best_interests, now, missing=BestInterestsMissing)
    held.override_why = seal_words(held.case, why, now)
    require_fresh(fresh, by=by, digest=overriding_digest(held, why=why, told=told, best_interests=best_interests), now=now)
    held.consent, held.told_child = Consent.OVERRIDDEN, told
    return _decided(held, by, now)


@transaction.atomic
def review_override(*, referral: Referral, by: Actor, now: datetime) -> Referral:
    """Afterwards a supervisor who did not take the decision has looked at the override. Raises SignOffMissing, IllegalStep."""
    held = hold(referral, by, Verb.STEP_REVIEW)
    require_supervisor(by, held.case.organisation_id)
    require_another(by, held.decided_by)
    if held.consent != Consent.OVERRIDDEN or held.override_reviewed_by:
        raise IllegalStep("no override waits for a review")
    held.override_reviewed_by, held.override_reviewed_at = by.pseudonym, now
    held.save()
    record(event=Event.RESPONSE_OVERRIDE_SIGNED_OFF, subject_kind="case", subject=held.case_id, by=by, now=now)
    return held


@transaction.atomic
def record_told(*, referral: Referral, told: Told, by: Actor, now: datetime) -> Referral:
    """Afterwards it stands whether the child was told of the override."""
    held = hold(referral, by, Verb.STEP_RECORD)
    if held.consent != Consent.OVERRIDDEN:
        raise IllegalStep("there was no override")
    held.told_child = told
    held.save()
    record(event=Event.RESPONSE_REFERRAL_DECIDED, subject_kind="case", subject=held.case_id, by=by, now=now, detail={"told": told})
    return held


@transaction.atomic
def refer(*, referral: Referral, by: Actor, now: datetime) -> Referral:
    """Afterwards the service has it and the wait is counted; the step is done. Raises ConsentMissing, AgainstTheirChoice, IllegalStep."""
    held = hold(referral, by, Verb.STEP_APPROVE)
    if held.consent not in rules.MAY_BE_MADE:
        raise ConsentMissing
    respect_their_choice(held)
    require_referral_sharing(held, now=now)
    step = PlanStep.objects.select_for_update(of=("self",)).select_related("case").get(pk=held.step_id)
    if step.state not in {StepState.APPROVED, StepState.DONE}:
        raise IllegalStep("the step has not been approved")
    rules.check_move(rules.REFERRAL_MOVES, ReferralState(held.state), ReferralState.MADE)
    held.state, held.made_by, held.made_at, held.remind_at = ReferralState.MADE, by.pseudonym, now, now + _ANSWER_WITHIN
    held.save()
    record(event=Event.RESPONSE_REFERRAL_MADE, subject_kind="case", subject=held.case_id, by=by, now=now, detail={"consent": held.consent})
    tell_milestone(case=held.case, code="help_offered", by=by, now=now)
    if step.state == StepState.APPROVED:
        end_step(step, StepState.DONE, "referred", by, now)
    return held


@dataclass(frozen=True, slots=True)
class Answer:
    """What the service said: whether it takes the person, when they can come, how it names the matter, and its words."""

    is_accepted: bool
    first_appointment_on: date | None = None
    reference: str = ""
    feedback: str = ""


@transaction.atomic
def record_referral_answer(*, referral: Referral, answer: Answer, by: Actor, now: datetime) -> Referral:
    """Afterwards acceptance or refusal, the first appointment and the shared reference stand. Raises IllegalStep."""
    held = hold(referral, by, Verb.STEP_RECORD)
    to = ReferralState.ACCEPTED if answer.is_accepted else ReferralState.DECLINED
    rules.check_move(rules.REFERRAL_MOVES, ReferralState(held.state), to)
    held.state, held.answered_at, held.remind_at = to, now, None
    held.first_appointment_on = answer.first_appointment_on
    if answer.reference.strip():
        held.reference = seal_words(held.case, answer.reference, now, purpose=Purpose.IDENTIFIER)
    if answer.feedback.strip():
        held.feedback = seal_words(held.case, answer.feedback, now, purpose=Purpose.NOTE)
    held.save()
    record(event=Event.RESPONSE_REFERRAL_ANSWERED, subject_kind="case", subject=held.case_id, by=by, now=now, detail={"answer": to})
    return held


@transaction.atomic
def bridge_wait(*, referral: Referral, interim: Referral, by: Actor, now: datetime) -> Referral:
    """Afterwards `interim` is what is offered while the wait for `referral` is long. Raises IllegalStep for another case."""
    held = hold(referral, by, Verb.STEP_RECORD)
    if interim.case_id != held.case_id or interim.pk == held.pk:
        raise IllegalStep("another referral of the same case bridges the wait")
    held.interim = interim
    held.save()
    record(event=Event.RESPONSE_REFERRAL_DECIDED, subject_kind="case", subject=held.case_id, by=by, now=now, detail={"bridged": 1})
    return held


@transaction.atomic
def close_referral(*, referral: Referral, best_interests: str, by: Actor, now: datetime) -> Referral:
    """Afterwards the referral has ended, with a note on why that is best for the child. Raises BestInterestsMissing, IllegalStep."""
    held = hold(referral, by, Verb.STEP_RECORD)
    rules.check_move(rules.REFERRAL_MOVES, ReferralState(held.state), ReferralState.CLOSED)
    held.closing = seal_words(held.case, best_interests, now, missing=BestInterestsMissing)
    held.state, held.remind_at = ReferralState.CLOSED, None
    held.save()
    record(event=Event.RESPONSE_REFERRAL_ANSWERED, subject_kind="case", subject=held.case_id, by=by, now=now, detail={"answer": ReferralState.CLOSED})
    return held


def require_referral_sharing(referral: Referral, *, now: datetime) -> None:
    """Return when the policy lets what was told go to the service of `referral` today; raise SharingRefused."""
    desk, country = referral.case.organisation_id, referral.service.country
    require_sharing(organisation=desk, data={Data.ACCOUNT}, recipient=Recipient.SERVICE, country=country, now=now)


def respect_their_choice(referral: Referral) -> None:
    """Return when nothing that the person chose since their yes to this very service stands against telling it; raise AgainstTheirChoice."""
    said_yes = referral.consent == Consent.GIVEN and referral.consent_by not in _FAMILY
    act = Act.TELL_SCHOOL if referral.service.kind == Kind.EDUCATION else Act.TELL_HELPERS
    respect(case=referral.case, act=act, agreed_at=referral.decided_at if said_yes else None)


def _decided(held: Referral, by: Actor, now: datetime) -> Referral:
    rules.check_move(rules.REFERRAL_MOVES, ReferralState(held.state), ReferralState.DECIDED)
    held.state, held.decided_by, held.decided_at = ReferralState.DECIDED, by.pseudonym, now
    held.save()
    record(event=Event.RESPONSE_REFERRAL_DECIDED, subject_kind="case", subject=held.case_id, by=by, now=now, detail={"consent": held.consent})
    return held
