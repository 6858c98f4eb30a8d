"""The short way to an end, and the way back: advice that was asked for is given, and a finished case is opened again."""

from datetime import datetime

from django.db import transaction

from cairndesk.accounts.rules import Actor, Verb, require
from cairndesk.cases.actions import move
from cairndesk.cases.models import Case
from cairndesk.cases.rules.stages import Stage
from cairndesk.custody.actions import record
from cairndesk.custody.rules import Event
from cairndesk.intake.actions import send_message
from cairndesk.intake.queries import has_way_back
from cairndesk.review import errors
from cairndesk.review.rules.again import Again


@transaction.atomic
def give_advice(*, case: Case, words: str, by: Actor, now: datetime) -> Case:
    """Afterwards who asked for advice only finds `words` behind the receipt, and the case is *answered* without a classification.

    Raises NotForAdvice where it was a report, where a child is in danger, or where there is no receipt; NothingTold, NotPermitted.
    """
    held = Case.objects.select_for_update(of=("self",)).get(pk=case.pk)
    require(by, Verb.ADVICE_GIVE, organisation=held.organisation_id, stage=held.stage)
    if not may_be_advised(held):
        raise errors.NotForAdvice
    send_message(case=held, words=words, by=by, now=now)
    Case.objects.filter(pk=held.pk).update(outcome="advice_given")
    record(event=Event.REVIEW_ADVICE_GIVEN, subject_kind="case", subject=held.pk, by=by, now=now)
    move(case=held, to=Stage.ANSWERED, by=by, now=now, reason="advice", next_action_at=now)
    case.refresh_from_db()
    return case


def may_be_advised(case: Case) -> bool:
    """Whether an answer alone can end `case`: advice was asked for, nobody is in danger, and somebody can read it."""
    return case.advice_only and not case.is_emergency and case.stage == Stage.QUEUED and has_way_back(case)


@transaction.atomic
def reopen(*, case: Case, why: str, by: Actor, now: datetime) -> Case:
    """Afterwards a finished case waits in the queue again, due at once. Raises NoReasonToReopen, NotPermitted."""
    held = Case.objects.select_for_update(of=("self",)).get(pk=case.pk)
    require(by, Verb.CASE_REOPEN, organisation=held.organisation_id, stage=held.stage)
    if why not in set(Again):
        raise errors.NoReasonToReopen
    record(event=Event.REVIEW_CASE_REOPENED, subject_kind="case", subject=held.pk, by=by, now=now, detail={"why": why})
    move(case=held, to=Stage.QUEUED, by=by, now=now, reason=why, next_action_at=now)
    case.refresh_from_db()
    return case
