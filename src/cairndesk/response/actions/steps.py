"""What several acts of a plan share: the gates, the beginning and the end of a step, and the case that follows."""

from datetime import datetime

from cairndesk.accounts.rules import Actor
from cairndesk.cases.actions import move, respect
from cairndesk.cases.models import Case
from cairndesk.cases.rules.stages import Stage
from cairndesk.custody.actions import record
from cairndesk.custody.rules import Event
from cairndesk.response import queries, rules
from cairndesk.response.actions.holding import require_no_hold
from cairndesk.response.errors import HeldBack
from cairndesk.response.models import PlanStep
from cairndesk.response.rules import Facts, StepKind, StepState


def begin_acting(step: PlanStep, by: Actor, now: datetime) -> None:
    """A classified case is being acted upon from its first approved step on."""
    if step.case.stage == Stage.CLASSIFIED:
        move(case=step.case, to=Stage.ACTING, by=by, now=now, next_action_at=step.due_at)


def end_step(step: PlanStep, state: StepState, outcome: str, by: Actor, now: datetime) -> PlanStep:
    """The step, already locked, at its end; for the actions of this room."""
    rules.check_move(rules.STEP_MOVES, StepState(step.state), state)
    step.state, step.outcome, step.ended_at, step.remind_at = state, outcome, now, None
    step.save()
    record(event=Event.RESPONSE_STEP_DONE, subject_kind="case", subject=step.case_id, by=by, now=now, detail={"step": step.kind, "state": state})
    move_on(step.case, by, now)
    return step


def check_gates(step: PlanStep) -> None:
    """Raise what stands in the way of `step`: AgainstTheirChoice, HeldBack, PreservationFirst or SignOffMissing.

    A proposal is weighed against what is known now: what was learned a moment ago counts before the plan says so.
    """
    if act := rules.BOUNDED.get(StepKind(step.kind)):
        respect(case=step.case, act=act)
    if step.kind == StepKind.REMOVE:
        require_no_hold(step.case)
    if step.state == StepState.PROPOSED:
        weigh(step, queries.facts_of(step.case))
    rules.check_gates(
        StepKind(step.kind),
        is_preserved=step.preservation_id is not None,
        is_held=step.is_held,
        needs_sign_off=step.needs_sign_off,
        is_signed_off=bool(step.signed_off_by),
    )


def require_no_warning(step: PlanStep) -> None:
    """Return when a letter of `step`, which may have been approved long ago, can warn nobody near the child by what is known now; raise HeldBack."""
    if queries.would_warn(step):
        raise HeldBack


def weigh(step: PlanStep, facts: Facts) -> None:
    """What was learned since may hold a proposal back; it never frees one, that takes a person. The caller saves `step`."""
    for one in rules.obligations(facts):
        if one.kind == step.kind:
            step.is_held = step.is_held or (one.is_held and queries.holds_back(step, facts))
            step.needs_sign_off = step.needs_sign_off or one.needs_sign_off
            step.reasons = list(dict.fromkeys([*step.reasons, *one.reasons]))
    step.weighed = max(step.weighed, facts.as_of)


def move_on(case: Case, by: Actor, now: datetime) -> None:
    """A case whose last step has ended is answered; one whose steps were all skipped passes through *acting*."""
    case.refresh_from_db()
    if PlanStep.objects.filter(case=case, state__in=rules.OPEN_STEPS).exists():
        return
    if case.stage == Stage.CLASSIFIED:
        move(case=case, to=Stage.ACTING, by=by, now=now)
    if case.stage == Stage.ACTING:
        move(case=case, to=Stage.ANSWERED, by=by, now=now)
