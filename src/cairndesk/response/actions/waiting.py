"""What was just decided and has not left: whoever let a letter go takes it back while no worker has it, and whoever classified, for a while."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Model, ProtectedError, QuerySet

from cairndesk.accounts.errors import NotPermitted
from cairndesk.accounts.rules import Actor, Verb
from cairndesk.cases.models import Case
from cairndesk.custody.actions import discard, record
from cairndesk.custody.queries import unseal_fields
from cairndesk.custody.rules import Event
from cairndesk.response.actions.gate import hold
from cairndesk.response.errors import LetterGone
from cairndesk.response.models import Delivery, Notice, PlanStep
from cairndesk.response.queries import unsent
from cairndesk.response.rules import NOT_YET_OUT, NoticeState, StepState
from cairndesk.review import actions as review
from cairndesk.review.errors import StandsByNow

# What letting a letter go changes about its notice, and approving a step about the step.
_OF_NOTICE = ("state", "approved_by", "queued_at", "answer_by", "remind_at", "reminders")
_OF_STEP = ("state", "approved_by", "approved_at", "needs_review")
# What somebody records afterwards, and a letter that leaves, change about it; the desk reminds by itself, which is nothing that was recorded.
_SINCE = ("state", "approved_by", "queued_at", "answer_by", "sent_at", "acknowledged_at", "ended_at", "account_action", "recheck_on")
_MOMENTS = frozenset({"queued_at", "answer_by", "remind_at", "approved_at", "sent_at", "acknowledged_at", "ended_at", "recheck_on"})


def stands(notice: Notice, by: Actor) -> dict[str, Any]:
    """How `notice` stands before `by` lets a letter about it go: sealed with the letter, so that it can be taken back."""
    return {"by": by.pseudonym, "notice": _told(notice, _OF_NOTICE)}


def stands_now(notice: Notice) -> dict[str, Any]:
    """How `notice` stands once the letter was let go: what was recorded since is not taken back with it."""
    return _told(notice, _SINCE)


def stood(step: PlanStep) -> dict[str, Any]:
    """How `step` stands before it is approved."""
    return _told(step, _OF_STEP)


@transaction.atomic
def take_back_step(*, step: PlanStep, by: Actor, now: datetime) -> int:
    """Afterwards the letters that approving `step` let go are drafts again; with all of them the step is a proposal again. Returns how many.

    A notice about which more was recorded since stays as it is, and with it the step; only its letter does not leave.
    Of a letter that a worker takes at the same moment one of the two wins. Raises LetterGone when none could be stopped, NotPermitted
    for anybody but whoever approved it.
    """
    held = hold(step, by, Verb.STEP_APPROVE)
    return _take_back(held, unsent().filter(notice__step=held, queued_at__in=[held.approved_at]), by, now)


@transaction.atomic
def take_back_letter(*, notice: Notice, by: Actor, now: datetime) -> int:
    """The same for the newest letter about `notice` alone: it stands where it stood before that was let go, unless more was recorded since."""
    held = hold(notice, by, Verb.STEP_RECORD)
    step = PlanStep.objects.select_for_update(of=("self",)).select_related("case").get(pk=held.step_id)
    newest = unsent().filter(notice=held).order_by("-queued_at").values("pk")[:1]
    return _take_back(step, unsent().filter(pk__in=list(newest.values_list("pk", flat=True))), by, now)


@transaction.atomic
def take_back_classification(*, case: Case, by: Actor, now: datetime) -> Case:
    """Afterwards `case` is reviewed by `by` again, and what was proposed upon their classification is proposed no more.

    Raises StandsByNow also once a step was approved or prepared since; otherwise as that of the review room.
    """
    made = review.take_back_classification(case=case, by=by, now=now)
    since = PlanStep.objects.filter(case=case)
    if since.filter(approved_at__gte=made.at).exists():
        raise StandsByNow
    try:
        since.filter(state=StepState.PROPOSED, proposed_at__gte=made.at).delete()
    except ProtectedError:
        raise StandsByNow from None
    return case


def _take_back(step: PlanStep, letters: QuerySet[Delivery], by: Actor, now: datetime) -> int:
    """`step` is locked. Which letters are stopped is decided by the database, row by row, as it is for workers that claim them."""
    stopped = [before for one in letters.select_related("message", "notice") if (before := _stop(one, by, now))]
    if not stopped:
        raise LetterGone
    approved = next((before["step"] for before in stopped if "step" in before), None)
    out = Notice.objects.filter(step=step).exclude(state__in=NOT_YET_OUT)
    if approved is not None and step.state == StepState.APPROVED and not out.exists():
        _put_back(step, approved)
        record(event=Event.RESPONSE_PLAN_PROPOSED, subject_kind="case", subject=step.case_id, by=by, now=now, detail={"step": step.kind})
    return len(stopped)


def _stop(letter: Delivery, by: Actor, now: datetime) -> Mapping[str, Any]:
    """How everything stood before `letter` was let go; empty where a worker was faster.

    It is then as if the letter had never been; a notice that stands otherwise than right after it stays so, and `step` is not among what stood.
    """
    said = unseal_fields(letter.message)
    before: Mapping[str, Any] = said.get("before", {})
    if before.get("by") != by.pseudonym:
        raise NotPermitted("whoever let a letter go takes it back")
    if not unsent().filter(pk=letter.pk).delete()[0]:
        return {}
    # Never sent, it was nobody's letter; that it was let go and taken back says the log.
    discard(items=[letter.message_id], now=now)
    notice = Notice.objects.select_for_update(of=("self",)).get(pk=letter.notice_id)
    detail = {"letter": letter.letter}
    record(event=Event.RESPONSE_NOTICE_TAKEN_BACK, subject_kind="case", subject=notice.case_id, by=by, now=now, detail=detail)
    if stands_now(notice) != said.get("after", stands_now(notice)):
        return {name: told for name, told in before.items() if name != "step"}
    notice.ended_at = None
    if before["notice"]["state"] == NoticeState.DRAFTED:
        notice.preservation = None
    _put_back(notice, before["notice"])
    return before


def _told(row: Model, names: tuple[str, ...]) -> dict[str, Any]:
    said = {name: getattr(row, name) for name in names}
    return {name: value.isoformat() if value and name in _MOMENTS else value for name, value in said.items()}


def _put_back(row: Model, told: Mapping[str, Any]) -> None:
    for name, value in told.items():
        setattr(row, name, datetime.fromisoformat(value) if value and name in _MOMENTS else value)
    row.save()
