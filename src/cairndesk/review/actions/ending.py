"""The short way to an end, and the way back: advice that was asked for is given, and a finished case is opened again."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from cairndesk.accounts.rules import Actor, Verb, require
from cairndesk.cases.actions import move
from cairndesk.cases.models import Case
from cairndesk.cases.rules.stages import Stage
from cairndesk.custody.actions import record
from cairndesk.custody.rules import Event
from cairndesk.intake.actions import send_message, tell_milestone
from cairndesk.intake.queries import has_way_back, wants_to_know_again
from cairndesk.review import errors
from cairndesk.review.rules.again import Again
from cairndesk.triage.actions import settle_woken


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
def reopen(*, case: Case, why: str, by: Actor, now: datetime, shown: Collection[int] = ()) -> Case:
    """Afterwards a finished case waits in the queue again, due at once; who asked to hear that it is back reads so.

    `shown` is what had woken it when `by` decided: that is settled. Raises NoReasonToReopen, NotPermitted.
    """
    held = Case.objects.select_for_update(of=("self",)).get(pk=case.pk)
    require(by, Verb.CASE_REOPEN, organisation=held.organisation_id, stage=held.stage)
    if why not in set(Again):
        raise errors.NoReasonToReopen
    settle_woken(case=held, shown=shown, is_back=why == Again.BACK_ONLINE, by=by, now=now, is_asked=False)
    record(event=Event.REVIEW_CASE_REOPENED, subject_kind="case", subject=held.pk, by=by, now=now, detail={"why": why})
    if why == Again.BACK_ONLINE and wants_to_know_again(held):
        tell_milestone(case=held, code="seen_again", by=by, now=now, anew=True)
    move(case=held, to=Stage.QUEUED, by=by, now=now, reason=why, next_action_at=now)
    case.refresh_from_db()
    return case


@transaction.atomic
def decide_woken(*, case: Case, shown: Collection[int], is_back: bool, by: Actor, now: datetime) -> Case:
    """Afterwards it is decided whether what the case is about is back, upon what `by` was `shown`; then it is open again, and who told us reads it.

    Raises NothingWoke.
    """
    settle_woken(case=case, shown=shown, is_back=is_back, by=by, now=now)
    return reopen(case=case, why=Again.BACK_ONLINE, by=by, now=now) if is_back else case
