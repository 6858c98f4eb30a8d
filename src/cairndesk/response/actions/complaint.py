"""That a provider was told before and did not act: with its days, so that a notice goes higher at once, and it can be counted."""

from datetime import date, datetime

from django.db import transaction

from cairndesk.accounts.rules import Actor, Verb
from cairndesk.cases.models import Case
from cairndesk.custody.actions import record
from cairndesk.custody.rules import Event
from cairndesk.directory.models import Provider
from cairndesk.response.actions.gate import hold_case
from cairndesk.response.errors import IncompleteAct
from cairndesk.response.models import Complaint, PlanStep
from cairndesk.response.rules import AFTER_VAIN, ComplaintAnswer, Reason, StepKind, StepState


@transaction.atomic
def record_complaint(
    *, case: Case, provider: Provider, told_on: date, answer: ComplaintAnswer, answered_on: date | None, by: Actor, now: datetime
) -> Complaint:
    """Afterwards it stands when the provider was told and what it answered; a removal that is proposed is due sooner.

    Said again of the same day, the newer answer stands. Raises IncompleteAct for days that cannot be, NotPermitted.
    """
    held = hold_case(case, by, Verb.CASE_DESCRIBE)
    answered_on = None if answer is ComplaintAnswer.NONE else answered_on
    if told_on > now.date() or (answered_on or told_on) > now.date():
        raise IncompleteAct("a day that is still to come")
    if answer is not ComplaintAnswer.NONE and (answered_on is None or answered_on < told_on):
        raise IncompleteAct("an answer has a day, and comes after it was asked for")
    said = {"answer": answer.value, "answered_on": answered_on, "recorded_by": by.pseudonym, "recorded_at": now}
    made, _ = Complaint.objects.update_or_create(case=held, provider=provider, told_on=told_on, defaults=said)
    for step in PlanStep.objects.select_for_update().filter(case=held, kind=StepKind.REMOVE, state=StepState.PROPOSED):
        step.reasons = list(dict.fromkeys([*step.reasons, Reason.TOLD_IN_VAIN]))
        step.due_at = min(step.due_at, now + AFTER_VAIN)
        step.save(update_fields=["reasons", "due_at"])
    record(event=Event.RESPONSE_COMPLAINT_RECORDED, subject_kind="case", subject=held.pk, by=by, now=now, detail={"answer": answer.value})
    return made
