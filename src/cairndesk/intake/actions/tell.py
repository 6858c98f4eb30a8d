"""Telling back: messages to the reporter, and milestones that the portal puts into plain words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from cairndesk.accounts.rules import Actor, Matter, Verb, require
from cairndesk.cases.actions import admit, respect
from cairndesk.cases.models import Case
from cairndesk.cases.rules.choices import Act
from cairndesk.custody.actions import record, seal
from cairndesk.custody.queries import unseal_fields
from cairndesk.custody.rules import Event, Purpose, these
from cairndesk.intake import errors
from cairndesk.intake.models import Message, Milestone, Receipt
from cairndesk.intake.rules import MILESTONES
from cairndesk.intake.told import Told, told_lines
from cairndesk.lib import text

LOOK_AGAIN = timedelta(days=1)


@dataclass(frozen=True)
class Said:
    """A message in clear: its words, and what was answered beside them (a further link, whether writing back is safe)."""

    message: Message
    words: str
    lines: tuple[Told, ...]


@transaction.atomic
def send_message(*, case: Case, words: str, by: Actor, now: datetime) -> Message:
    """Afterwards the reporter finds `words` behind the receipt, once, also when the form was sent twice. Raises NothingTold, AgainstTheirChoice."""
    require(by, Verb.MESSAGE_SEND, organisation=case.organisation_id, stage=case.stage)
    return _send(case, words, by, now)


@transaction.atomic
def send_answer(*, case: Case, words: str, by: Actor, now: datetime) -> Message:
    """The same for what came of a request or an objection: whoever may write those down may tell it, also once the case is closed."""
    require(by, Verb.SUBJECT_REQUEST_RECORD, organisation=case.organisation_id)
    return _send(case, words, by, now)


def _send(case: Case, words: str, by: Actor, now: datetime) -> Message:
    respect(case=case, act=Act.WRITE)
    said = text.clean(words).strip()
    if not said:
        raise errors.NothingTold
    last = case.messages.select_related("text").order_by("at", "pk").last()
    if last is not None and last.author == by.pseudonym and unseal_fields(last.text) == {"text": said}:
        return last
    sealed = seal(organisation=case.organisation_id, purpose=Purpose.MESSAGE, plain={"text": said}, now=now)
    message = Message.objects.create(case=case, from_reporter=False, text=sealed, author=by.pseudonym, at=now, read_at=now)
    record(event=Event.INTAKE_MESSAGE_SENT, subject_kind="case", subject=case.pk, by=by, now=now)
    # A message of the reporter made the case due at once; with the answer that is done, and somebody looks again tomorrow.
    taken_up = Case.objects.filter(pk=case.pk, next_action_at__lt=now).exclude(stage__in=["received", "queued", "closed"])
    taken_up.update(next_action_at=now + LOOK_AGAIN)
    lay_out_anew(case=case)
    return message


def read_messages(*, case: Case, by: Actor, now: datetime) -> list[Said]:
    """The conversation in clear, oldest first; that it is read is logged, by one entry for all of it, before a key turns."""
    messages = list(case.messages.select_related("text").order_by("at", "pk"))
    opened = [message.text_id for message in messages]
    with transaction.atomic(durable=True):
        require(by, Verb.CASE_READ, organisation=case.organisation_id, stage=case.stage)
        admit(case=case, matter=Matter.MESSAGES, event=Event.INTAKE_MESSAGES_READ, by=by, now=now, detail=these(opened))
        case.messages.filter(text__in=opened, read_at=None).update(read_at=now)
    return [_said(message, unseal_fields(message.text)) for message in messages]


@transaction.atomic
def tell_milestone(*, case: Case, code: str, by: Actor, now: datetime) -> None:
    """Afterwards the reporter sees the milestone `code`; told twice it stays the first. Raises KeyError for an unknown code."""
    if code not in MILESTONES:
        raise KeyError(code)
    if Milestone.objects.get_or_create(case=case, code=code, defaults={"at": now})[1]:
        record(event=Event.INTAKE_MILESTONE_TOLD, subject_kind="case", subject=case.pk, by=by, now=now, detail={"code": code})
        lay_out_anew(case=case)


def _said(message: Message, opened: Mapping[str, Any]) -> Said:
    answers = opened.get("answers", {})
    words = str(opened["text"])
    # Who sent nothing but a link reads as that link, in the form that nothing turns into one.
    return Said(message, "" if words == answers.get("link") else words, tuple(told_lines(answers)))


def lay_out_anew(*, case: Case) -> None:
    """Afterwards every mailbox of `case` is due to be laid out as things stand then."""
    Receipt.objects.filter(case=case).update(published_at=None)


@transaction.atomic
def carry_conversation(*, old: Case, new: Case, by: Actor, now: datetime) -> None:
    """Afterwards the receipts and messages of `old` lead to `new`, sealed to its organisation: nobody has to tell twice."""
    for message in old.messages.select_related("text").order_by("at", "pk"):
        text = seal(organisation=new.organisation_id, purpose=Purpose.MESSAGE, plain=unseal_fields(message.text), now=now)
        Message.objects.create(
            case=new,
            from_reporter=message.from_reporter,
            text=text,
            author=message.author,
            at=message.at,
            read_at=message.read_at,
            corrects=message.corrects,
        )
    for milestone in old.milestones.all():
        Milestone.objects.get_or_create(case=new, code=milestone.code, defaults={"at": milestone.at})
    Receipt.objects.filter(case=old).update(case=new, published_at=None)
