"""The preservation choice, and the provider's clock that runs after it."""

from datetime import date, datetime, timedelta

from django.db import transaction

from cairndesk.accounts.rules import Actor, Verb
from cairndesk.cases.models import Case
from cairndesk.custody.actions import record
from cairndesk.custody.rules import Event
from cairndesk.directory.models import Provider
from cairndesk.response import rules
from cairndesk.response.actions.gate import hold_case
from cairndesk.response.actions.sealing import seal_words
from cairndesk.response.actions.steps import begin_acting, end_step
from cairndesk.response.errors import IllegalStep, IncompleteAct
from cairndesk.response.models import PlanStep, Preservation
from cairndesk.response.rules import Choice, StepKind, StepState

# What a provider is taken to keep when the directory does not say; short on purpose.
_ASSUMED_DAYS = 30
# A renewal needs time to be read and confirmed.
_RENEW_BEFORE = timedelta(days=14)


@transaction.atomic
def record_preservation(*, case: Case, choice: Choice, why: str, by: Actor, now: datetime, provider: Provider | None = None) -> Preservation:
    """Afterwards the choice stands for `case`, its removal steps may be approved, and the preserve step is decided.

    With Choice.PROVIDER the provider's clock starts: `expires_on`, and a renewal reminder before it. Raises IncompleteAct.
    """
    held = hold_case(case, by, Verb.STEP_APPROVE)
    if choice is Choice.PROVIDER and provider is None:
        raise IncompleteAct("name the provider that is asked to preserve")
    chosen = Preservation.objects.create(
        case=held, choice=choice, provider=provider, why=seal_words(held, why, now), chosen_by=by.pseudonym, chosen_at=now, **_clock(provider, now)
    )
    record(event=Event.RESPONSE_PRESERVATION_CHOSEN, subject_kind="case", subject=held.pk, by=by, now=now, detail={"choice": choice})
    PlanStep.objects.filter(case=held, kind=StepKind.REMOVE, preservation__isnull=True).update(preservation=chosen)
    _decide_step(held, choice, by, now)
    return chosen


@transaction.atomic
def renew_preservation(*, preservation: Preservation, by: Actor, now: datetime) -> Preservation:
    """Afterwards the provider's clock starts again from today. Raises IllegalStep when no provider preserves."""
    hold_case(preservation.case, by, Verb.STEP_RECORD)
    held = Preservation.objects.select_for_update(of=("self",)).select_related("provider", "case").get(pk=preservation.pk)
    if held.provider is None:
        raise IllegalStep("no provider preserves here")
    clock = _clock(held.provider, now)
    held.expires_on, held.renew_on = clock["expires_on"], clock["renew_on"]
    held.renewals, held.reminded_on = held.renewals + 1, None
    held.save()
    record(event=Event.RESPONSE_PRESERVATION_RENEWED, subject_kind="case", subject=held.case_id, by=by, now=now, detail={"times": held.renewals})
    return held


def _clock(provider: Provider | None, now: datetime) -> dict[str, date | None]:
    if provider is None:
        return {"expires_on": None, "renew_on": None}
    expires = now.date() + timedelta(days=provider.preserve_days or _ASSUMED_DAYS)
    return {"expires_on": expires, "renew_on": max(now.date(), expires - _RENEW_BEFORE)}


def _decide_step(case: Case, choice: Choice, by: Actor, now: datetime) -> None:
    step = PlanStep.objects.select_for_update(of=("self",)).select_related("case").filter(case=case, kind=StepKind.PRESERVE).first()
    if step is None or step.state != StepState.PROPOSED:
        return
    rules.check_move(rules.STEP_MOVES, StepState(step.state), StepState.APPROVED)
    step.state, step.approved_by, step.approved_at = StepState.APPROVED, by.pseudonym, now
    step.save()
    record(event=Event.RESPONSE_STEP_APPROVED, subject_kind="case", subject=case.pk, by=by, now=now, detail={"step": step.kind})
    begin_acting(step, by, now)
    if choice is not Choice.PROVIDER:
        end_step(step, StepState.DONE, choice, by, now)
