"""Notices: drafted from what the directory knows, sent by a person, followed to an answer."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

from cairndesk.accounts import undo
from cairndesk.accounts.rules import Actor, FreshProof, Verb, require_fresh
from cairndesk.accounts.rules.sharing import Data, Recipient
from cairndesk.accounts.sharing import require_sharing
from cairndesk.cases.actions import respect
from cairndesk.cases.rules.choices import Act
from cairndesk.custody.actions import record
from cairndesk.custody.rules import Event
from cairndesk.directory.models import Provider
from cairndesk.exchange.formats import letter
from cairndesk.intake.actions import tell_milestone
from cairndesk.response import rules
from cairndesk.response.actions.confirming import following_digest, retrying_digest, sending_digest
from cairndesk.response.actions.gate import hold
from cairndesk.response.actions.holding import require_no_hold
from cairndesk.response.actions.sealing import seal_fields
from cairndesk.response.actions.steps import check_gates, end_step, require_no_warning
from cairndesk.response.actions.waiting import stands, stands_now
from cairndesk.response.errors import IllegalStep, IncompleteAct, LegalityMissing
from cairndesk.response.models import Delivery, Notice, PlanStep
from cairndesk.response.queries import told_before
from cairndesk.response.rules import NoticeKind, NoticeState, StepKind, StepState

# Seen again is checked by a person, without fetching anything, after this long.
_RECHECK_AFTER = timedelta(days=7)
_KINDS = {StepKind.REMOVE: rules.TAKES_DOWN, StepKind.PRESERVE: rules.KEEPS}
# What such a letter asks to be kept where nobody says otherwise: no more than whoever looks for the child needs.
_KEEP = {
    NoticeKind.BOOKING: "the booking with its days and hours, the accounts that booked and that let, and how it was paid; of other guests nothing"
}


@dataclass(frozen=True, slots=True)
class Draft:
    """One notice as a person writes it: the narrowest targets that do, and the ground on which they may not stay.

    `expression_checked`: the person asked whether this is lawful expression, and it is not.
    """

    provider: Provider
    kind: NoticeKind
    targets: Sequence[tuple[letter.Target, str]]
    legality: str
    finding: str = ""
    preserve: str = ""
    earlier: Notice | None = None
    expression_checked: bool = False


@transaction.atomic
def draft_notices(*, step: PlanStep, drafts: Sequence[Draft], by: Actor, now: datetime) -> list[Notice]:
    """Afterwards each draft is a sealed notice of `step`; nothing is sent. Raises LegalityMissing, IncompleteAct, IllegalStep."""
    held = hold(step, by, Verb.STEP_APPROVE)
    if StepState(held.state) not in rules.OPEN_STEPS:
        raise IllegalStep(f"the step is {held.state}")
    return [_draft(held, draft, by, now) for draft in drafts]


@transaction.atomic
def send_notice(*, notice: Notice, by: Actor, fresh: FreshProof | None, now: datetime) -> Delivery:
    """Afterwards one delivery of the notice waits until it cannot be taken back. The gates are asked again, whatever was approved before.

    Raises HeldBack, PreservationFirst, SignOffMissing, IllegalStep or FreshProofNeeded, and then nothing is on its way.
    """
    held = hold(notice, by, Verb.STEP_APPROVE)
    step = PlanStep.objects.select_for_update(of=("self",)).select_related("case").get(pk=held.step_id)
    if step.state not in {StepState.APPROVED, StepState.FAILED}:
        raise IllegalStep("the step has not been approved")
    require_fresh(fresh, by=by, digest=sending_digest(held), now=now)
    return _queue(held, step, by, now, before=stands(held, by))


@transaction.atomic
def drop_notice(*, notice: Notice, by: Actor, now: datetime) -> Notice:
    """Afterwards a notice that never went out is dropped."""
    held = hold(notice, by, Verb.STEP_APPROVE)
    _change(held, NoticeState.DROPPED, now)
    held.save()
    end_if_answered(held, by, now)
    return held


@transaction.atomic
def record_answer(*, notice: Notice, answer: NoticeState, by: Actor, now: datetime, account_action: str = "") -> Notice:
    """Afterwards the provider's answer stands. A removal sets a day for a check by eye; nothing is fetched. Raises IllegalStep."""
    held = hold(notice, by, Verb.STEP_RECORD)
    if answer not in rules.ANSWERS:
        raise IllegalStep(f"{answer} is no answer")
    _change(held, answer, now)
    if answer is NoticeState.REMOVED and held.kind in rules.TAKES_DOWN:
        tell_milestone(case=held.case, code="removed", by=by, now=now)
    if answer is NoticeState.ACKNOWLEDGED:
        held.acknowledged_at = now
    held.account_action = account_action or held.account_action
    held.recheck_on = _recheck(answer, now)
    held.remind_at = now + timedelta(hours=held.provider.answer_hours) if answer in rules.AWAITS_ANSWER else None
    held.save()
    record(event=Event.RESPONSE_NOTICE_ANSWERED, subject_kind="case", subject=held.case_id, by=by, now=now, detail={"answer": answer})
    end_if_answered(held, by, now)
    return held


@transaction.atomic
def record_recheck(*, notice: Notice, is_gone: bool, by: Actor, now: datetime) -> Notice:
    """Afterwards a person has looked again: still gone sets the next day, back again makes it *reappeared*."""
    held = hold(notice, by, Verb.STEP_RECORD)
    if held.state != NoticeState.REMOVED:
        raise IllegalStep("nothing was removed here")
    if not is_gone:
        return record_answer(notice=held, answer=NoticeState.REAPPEARED, by=by, now=now)
    held.recheck_on = now.date() + 4 * _RECHECK_AFTER
    held.save()
    record(event=Event.RESPONSE_NOTICE_ANSWERED, subject_kind="case", subject=held.case_id, by=by, now=now, detail={"answer": "still_gone"})
    return held


@transaction.atomic
def send_reminder(*, notice: Notice, by: Actor, fresh: FreshProof | None, now: datetime) -> Delivery:
    """Afterwards a reminder letter is on its way to a provider that has not answered. Raises IllegalStep, FreshProofNeeded."""
    held = hold(notice, by, Verb.STEP_RECORD)
    if held.state not in rules.AWAITS_ANSWER:
        raise IllegalStep(f"the notice is {held.state}")
    require_fresh(fresh, by=by, digest=following_digest(held, letter.Kind.REMINDER), now=now)
    before = stands(held, by)
    held.reminders, held.remind_at = held.reminders + 1, now + timedelta(hours=held.provider.answer_hours)
    held.save()
    record(event=Event.RESPONSE_NOTICE_REMINDED, subject_kind="case", subject=held.case_id, by=by, now=now, detail={"times": held.reminders})
    return enqueue(held, letter.Kind.REMINDER, now, before=before)


@transaction.atomic
def escalate(*, notice: Notice, by: Actor, fresh: FreshProof | None, now: datetime) -> Delivery:
    """Afterwards the notice is one step up the ladder: a letter to the provider's escalation address is on its way.

    Raises IllegalStep, FreshProofNeeded.
    """
    held = hold(notice, by, Verb.STEP_RECORD)
    require_fresh(fresh, by=by, digest=following_digest(held, letter.Kind.ESCALATION), now=now)
    before = stands(held, by)
    _change(held, NoticeState.ESCALATED, now)
    held.answer_by = held.remind_at = now + timedelta(hours=held.provider.answer_hours)
    held.save()
    record(event=Event.RESPONSE_NOTICE_ESCALATED, subject_kind="case", subject=held.case_id, by=by, now=now)
    return enqueue(held, letter.Kind.ESCALATION, now, before=before)


@transaction.atomic
def ask_to_renew(*, notice: Notice, by: Actor, fresh: FreshProof | None, now: datetime) -> Delivery:
    """Afterwards a letter that asks to go on preserving is on its way.

    Raises FreshProofNeeded, and IllegalStep unless the provider confirmed before.
    """
    held = hold(notice, by, Verb.STEP_RECORD)
    if held.kind not in rules.KEEPS or held.state != NoticeState.ACKNOWLEDGED:
        raise IllegalStep("only a confirmed preservation is renewed")
    require_fresh(fresh, by=by, digest=following_digest(held, letter.Kind.PRESERVATION_RENEWAL), now=now)
    before = stands(held, by)
    held.answer_by = held.remind_at = now + timedelta(hours=held.provider.answer_hours)
    held.save()
    record(event=Event.RESPONSE_NOTICE_REMINDED, subject_kind="case", subject=held.case_id, by=by, now=now, detail={"renewal": 1})
    return enqueue(held, letter.Kind.PRESERVATION_RENEWAL, now, before=before)


@transaction.atomic
def try_again(*, notice: Notice, by: Actor, fresh: FreshProof | None, now: datetime) -> int:
    """Afterwards the letters of `notice` that were given up are due now, with their attempts counted anew; returns how many.

    Raises IllegalStep when none was given up, FreshProofNeeded.
    """
    held = hold(notice, by, Verb.STEP_RECORD)
    dead = Delivery.objects.filter(notice=held, is_dead=True)
    if not dead.exists():
        raise IllegalStep("no letter was given up")
    respect(case=held.case, act=Act.WRITE_TO_SITE)
    require_fresh(fresh, by=by, digest=retrying_digest(held), now=now)
    revived = dead.update(is_dead=False, attempts=0, next_try_at=now, trouble="")
    if held.state == NoticeState.UNDELIVERED:
        _change(held, NoticeState.QUEUED, now)
        held.save()
    record(event=Event.RESPONSE_NOTICE_QUEUED, subject_kind="case", subject=held.case_id, by=by, now=now, detail={"targets": held.targets})
    return revived


def queue_drafts(step: PlanStep, by: Actor, now: datetime, *, before: Mapping[str, Any]) -> list[Delivery]:
    """Every drafted notice of `step`, which is locked and approved, on its way; `before`: how the step stood.

    Raises IncompleteAct for a removal without any.
    """
    drafts = list(Notice.objects.select_for_update(of=("self",)).select_related("provider", "case").filter(step=step, state=NoticeState.DRAFTED))
    if step.kind == StepKind.REMOVE and not drafts:
        raise IncompleteAct("draft at least one notice; approving sends it")
    return [_queue(one, step, by, now, before={**stands(one, by), "step": before}) for one in drafts]


def enqueue(notice: Notice, kind: letter.Kind, now: datetime, **changed: Any) -> Delivery:
    """A belt row for one letter about `notice`; its words are sealed as the person sent them. Raises AgainstTheirChoice, SharingRefused, HeldBack.

    It waits while whoever let it go can take it back (ANA-15). What takes an earlier letter back may always go, and at once; where an authority
    asked that nobody be warned, it waits for that on the belt.
    """
    due = now
    if kind is not letter.Kind.REVERSAL:
        respect(case=notice.case, act=Act.WRITE_TO_SITE)
        require_letter_sharing(notice, now)
        if notice.kind in rules.TAKES_DOWN:
            require_no_hold(notice.case)
            require_no_warning(notice.step)
        due = now + undo.window()
    written = {"kind": kind.value, "written_at": now.isoformat(), "after": stands_now(notice)}
    message = seal_fields(notice.case, {**written, **changed}, now)
    return Delivery.objects.create(notice=notice, letter=kind.value, message=message, queued_at=now, next_try_at=due)


def require_letter_sharing(notice: Notice, now: datetime) -> None:
    """Return when the policy lets a letter go to the provider of `notice` today; raise SharingRefused."""
    desk, country = notice.case.organisation_id, notice.provider.country
    require_sharing(organisation=desk, data={Data.ADDRESS}, recipient=Recipient.PROVIDER, country=country, now=now)


def end_if_answered(notice: Notice, by: Actor, now: datetime) -> None:
    """The step is done when all its notices have ended, or when the preservation it asked for was confirmed."""
    step = PlanStep.objects.select_for_update(of=("self",)).select_related("case").get(pk=notice.step_id)
    states = set(Notice.objects.filter(step=step).values_list("state", flat=True))
    enough = rules.ENDED | ({NoticeState.ACKNOWLEDGED} if step.kind == StepKind.PRESERVE else set())
    if step.state in {StepState.APPROVED, StepState.FAILED} and states <= enough and states != {NoticeState.DROPPED}:
        end_step(step, StepState.DONE, "answered", by, now)


def _draft(step: PlanStep, draft: Draft, by: Actor, now: datetime) -> Notice:
    if draft.kind not in _KINDS.get(StepKind(step.kind), frozenset()):
        raise IllegalStep(f"a {step.kind} step sends no {draft.kind} notice")
    if not draft.legality.strip() or not draft.expression_checked:
        raise LegalityMissing
    if not draft.targets or not draft.provider.address_for(draft.kind):
        raise IncompleteAct("name what is to be acted on, and a provider with a notice address")
    earlier = told_before(step.case, draft.provider) if draft.kind in rules.TAKES_DOWN else ""
    document: dict[str, Any] = {
        "targets": [[target.value, address] for target, address in draft.targets],
        "legality": f"{draft.legality} {earlier}".strip(),
        "is_escalated": bool(earlier),
        "preserve": draft.preserve or _KEEP.get(draft.kind, "records of the account, of access and of the content"),
    }
    notice = Notice.objects.create(
        case=step.case,
        step=step,
        provider=draft.provider,
        kind=draft.kind,
        reference=f"n-{secrets.token_hex(8)}",
        finding=draft.finding,
        targets=len(draft.targets),
        document=seal_fields(step.case, document, now),
        earlier=draft.earlier,
        drafted_by=by.pseudonym,
        drafted_at=now,
    )
    record(event=Event.RESPONSE_NOTICE_DRAFTED, subject_kind="case", subject=step.case_id, by=by, now=now, detail={"targets": notice.targets})
    return notice


def _queue(notice: Notice, step: PlanStep, by: Actor, now: datetime, *, before: Mapping[str, Any]) -> Delivery:
    check_gates(step)
    _change(notice, NoticeState.QUEUED, now)
    notice.preservation_id = step.preservation_id
    notice.approved_by, notice.queued_at = by.pseudonym, now
    notice.answer_by = notice.remind_at = now + timedelta(hours=notice.provider.answer_hours)
    notice.save()
    record(event=Event.RESPONSE_NOTICE_QUEUED, subject_kind="case", subject=notice.case_id, by=by, now=now, detail={"targets": notice.targets})
    return enqueue(notice, letter.Kind(notice.kind), now, before=before)


def _change(notice: Notice, to: NoticeState, now: datetime) -> None:
    rules.check_move(rules.NOTICE_MOVES, NoticeState(notice.state), to)
    notice.state = to
    notice.ended_at = now if to in rules.ENDED else None


def _recheck(answer: NoticeState, now: datetime) -> date | None:
    return now.date() + _RECHECK_AFTER if answer is NoticeState.REMOVED else None
