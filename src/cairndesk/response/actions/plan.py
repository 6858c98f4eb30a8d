"""The plan: proposed by the desk, decided step by step by people."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max, Q

from cairndesk.accounts.rules import Actor, FreshProof, Verb, require_fresh
from cairndesk.cases.models import Case
from cairndesk.cases.rules.stages import Stage
from cairndesk.custody.actions import record
from cairndesk.custody.rules import Event
from cairndesk.response import queries, rules
from cairndesk.response.actions.confirming import approval_digest
from cairndesk.response.actions.gate import hold, require_another, require_supervisor
from cairndesk.response.actions.notice import queue_drafts
from cairndesk.response.actions.sealing import seal_words
from cairndesk.response.actions.steps import begin_acting, check_gates, end_step, move_on, weigh
from cairndesk.response.actions.waiting import stood
from cairndesk.response.errors import HeldBack, IllegalStep
from cairndesk.response.models import Delivery, PlanStep, Preservation
from cairndesk.response.rules import Facts, ProposedStep, StepKind, StepState

_BEFORE_A_VERDICT = frozenset({Stage.QUEUED, Stage.REVIEWING, Stage.SECOND_LOOK})
_PLANNED = frozenset({*_BEFORE_A_VERDICT, Stage.CLASSIFIED, Stage.ACTING})
# A first reminder comes when three quarters of the time have gone.
_REMIND_AT = 0.75


@transaction.atomic
def propose_plan(*, case: Case, facts: Facts, by: Actor, now: datetime) -> list[PlanStep]:
    """Afterwards the steps that `facts` call for stand as proposals, once each; running it again adds what is new and no more.

    A case that came back after its answer gets a plan anew, and a removal in it waits for a preservation choice of its own.
    Before a verdict only what cannot wait is proposed: safeguarding and referral in danger. Raises IllegalStep elsewhere.
    """
    held = Case.objects.select_for_update().get(pk=case.pk)
    stage = Stage(held.stage)
    if stage not in _PLANNED:
        raise IllegalStep(f"no plan at {stage}")
    wanted = [s for s in rules.obligations(facts) if stage not in _BEFORE_A_VERDICT or rules.goes_at_once(s.kind, _with_danger(facts, s))]
    since = _came_back_at(held)
    there = list(PlanStep.objects.filter(_of_this_round(since), case=held))
    for step in there:
        if step.state == StepState.PROPOSED:
            weigh(step, facts)
            step.save()
    kinds = {step.kind for step in there}
    fresh = _lay(held, [step for step in wanted if step.kind not in kinds], facts, since, now)
    if fresh:
        record(event=Event.RESPONSE_PLAN_PROPOSED, subject_kind="case", subject=held.pk, by=by, now=now, detail={"steps": len(fresh)})
    return fresh


@transaction.atomic
def approve_step(*, step: PlanStep, by: Actor, fresh: FreshProof | None, now: datetime) -> PlanStep:
    """Afterwards `by` has approved the step, and the drafted notices of the step wait, to be taken back, before they go.

    Raises NotAPersonsAct, NotPermitted, HeldBack, PreservationFirst, SignOffMissing, IllegalStep, or FreshProofNeeded when `by` did
    not confirm exactly what would go out; then nothing has changed.
    """
    held = hold(step, by, Verb.STEP_APPROVE)
    rules.check_move(rules.STEP_MOVES, StepState(held.state), StepState.APPROVED)
    check_gates(held)
    require_another(by, held.signed_off_by)
    early = held.case.stage in _BEFORE_A_VERDICT
    if early and not rules.goes_at_once(StepKind(held.kind), held.reasons):
        raise IllegalStep("only safeguarding and referral in danger go before a verdict")
    require_fresh(fresh, by=by, digest=approval_digest(held), now=now)
    before = stood(held)
    held.state, held.approved_by, held.approved_at = StepState.APPROVED, by.pseudonym, now
    held.needs_review = held.needs_review or early
    held.save()
    record(event=Event.RESPONSE_STEP_APPROVED, subject_kind="case", subject=held.case_id, by=by, now=now, detail={"step": held.kind})
    begin_acting(held, by, now)
    queue_drafts(held, by, now, before=before)
    return held


@transaction.atomic
def skip_step(*, step: PlanStep, why: str, by: Actor, now: datetime) -> PlanStep:
    """Afterwards the step is skipped and the reason is kept, sealed. Raises IncompleteAct without a reason."""
    held = hold(step, by, Verb.STEP_APPROVE)
    rules.check_move(rules.STEP_MOVES, StepState(held.state), StepState.SKIPPED)
    held.why = seal_words(held.case, why, now)
    held.state, held.ended_at, held.remind_at = StepState.SKIPPED, now, None
    held.save()
    record(event=Event.RESPONSE_STEP_SKIPPED, subject_kind="case", subject=held.case_id, by=by, now=now, detail={"step": held.kind})
    move_on(held.case, by, now)
    return held


@transaction.atomic
def propose_again(*, step: PlanStep, by: Actor, now: datetime) -> PlanStep:
    """Afterwards a skipped step stands as a proposal again, with a day to decide."""
    held = hold(step, by, Verb.STEP_APPROVE)
    rules.check_move(rules.STEP_MOVES, StepState(held.state), StepState.PROPOSED)
    held.state, held.ended_at, held.due_at = StepState.PROPOSED, None, now + timedelta(days=1)
    held.save()
    record(event=Event.RESPONSE_PLAN_PROPOSED, subject_kind="case", subject=held.case_id, by=by, now=now, detail={"step": held.kind})
    return held


@transaction.atomic
def lift_hold(*, step: PlanStep, why: str, by: Actor, now: datetime) -> PlanStep:
    """Afterwards a routine notice may go although it could warn somebody; a supervisor has said why.

    That holds for what is known now: what is learned later holds it back again.
    """
    held = hold(step, by, Verb.STEP_REVIEW)
    require_supervisor(by, held.case.organisation_id)
    if not (held.is_held or queries.would_warn(held)):
        raise IllegalStep("nothing holds this step back")
    held.why = seal_words(held.case, why, now)
    held.is_held, held.hold_lifted_by = False, by.pseudonym
    held.hold_lifted_for = sorted(queries.facts_of(held.case).warns)
    held.save()
    Delivery.objects.filter(notice__step=held, done_at=None, is_dead=False, trouble=HeldBack.code).update(next_try_at=now)
    record(event=Event.RESPONSE_STEP_SIGNED_OFF, subject_kind="case", subject=held.case_id, by=by, now=now, detail={"step": held.kind, "lifted": 1})
    return held


@transaction.atomic
def sign_off_step(*, step: PlanStep, by: Actor, now: datetime) -> PlanStep:
    """Afterwards a supervisor has agreed to a step that needs it; another person still has to approve the step."""
    held = hold(step, by, Verb.STEP_REVIEW)
    require_supervisor(by, held.case.organisation_id)
    if not held.needs_sign_off or held.state != StepState.PROPOSED:
        raise IllegalStep("this step needs no sign-off")
    held.signed_off_by = by.pseudonym
    held.save()
    record(event=Event.RESPONSE_STEP_SIGNED_OFF, subject_kind="case", subject=held.case_id, by=by, now=now, detail={"step": held.kind, "lifted": 0})
    return held


@transaction.atomic
def review_step(*, step: PlanStep, by: Actor, now: datetime) -> PlanStep:
    """Afterwards another person has looked at a step that went out before a verdict. Raises SignOffMissing for the same person."""
    held = hold(step, by, Verb.STEP_REVIEW)
    if not held.needs_review or held.reviewed_by:
        raise IllegalStep("no review is open")
    require_another(by, held.approved_by)
    held.reviewed_by = by.pseudonym
    held.save()
    record(event=Event.RESPONSE_STEP_REVIEWED, subject_kind="case", subject=held.case_id, by=by, now=now, detail={"step": held.kind})
    return held


@transaction.atomic
def finish_step(*, step: PlanStep, outcome: str, by: Actor, now: datetime) -> PlanStep:
    """Afterwards an approved step is done with this outcome code; the case goes on when no step is open."""
    held = hold(step, by, Verb.STEP_RECORD)
    return end_step(held, StepState.DONE, outcome, by, now)


def _with_danger(facts: Facts, step: ProposedStep) -> Sequence[str]:
    # Support carries no reason of danger of its own; in danger it must not wait for a verdict either.
    danger = [rules.Reason.IN_DANGER] if facts.in_danger else [rules.Reason.SELF_HARM] if facts.self_harm else []
    return [*step.reasons, *danger]


def _came_back_at(case: Case) -> datetime | None:
    """When the case last came back to the queue after it had been answered; None in its first round."""
    back = case.stage_changes.filter(before__in=[Stage.ANSWERED, Stage.CLOSED], after=Stage.QUEUED).order_by("-at", "-pk").first()
    return back.at if back else None


def _of_this_round(since: datetime | None) -> Q:
    """Steps laid since then, and older ones that are still open; what was done in an earlier round may be called for again."""
    return Q() if since is None else Q(proposed_at__gte=since) | Q(state__in=rules.OPEN_STEPS)


def _lay(case: Case, wanted: Sequence[ProposedStep], facts: Facts, since: datetime | None, now: datetime) -> list[PlanStep]:
    last = PlanStep.objects.filter(case=case).aggregate(last=Max("position"))["last"] or 0
    chosen = Preservation.objects.filter(Q() if since is None else Q(chosen_at__gte=since), case=case).order_by("-chosen_at").first()
    return [
        PlanStep.objects.create(
            case=case,
            kind=step.kind,
            position=last + number,
            reasons=list(dict.fromkeys(_with_danger(facts, step) if step.kind is StepKind.SUPPORT else step.reasons)),
            proposed_at=now,
            due_at=now + step.within,
            remind_at=now + step.within * _REMIND_AT,
            is_held=step.is_held,
            needs_sign_off=step.needs_sign_off,
            preservation=chosen if step.kind is StepKind.REMOVE else None,
            weighed=facts.as_of,
        )
        for number, step in enumerate(wanted, start=1)
    ]
