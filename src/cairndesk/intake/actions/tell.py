"""Telling back: messages to the reporter, and milestones that the portal puts into plain words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from cairndesk.accounts import undo
from cairndesk.accounts.rules import Actor, Matter, Verb, require
from cairndesk.cases.actions import admit, go_on, move, respect
from cairndesk.cases.models import Case
from cairndesk.cases.rules.choices import Act
from cairndesk.cases.rules.stages import Stage
from cairndesk.custody.actions import discard, record, seal
from cairndesk.custody.queries import unseal_fields
from cairndesk.custody.rules import Event, Purpose, these
from cairndesk.intake import errors
from cairndesk.intake.models import Message, Milestone, Receipt
from cairndesk.intake.queries import wants_to_know_again
from cairndesk.intake.rules import MILESTONES, has_secret_key
from cairndesk.intake.told import Told, told_lines
from cairndesk.lib import text

LOOK_AGAIN = timedelta(days=1)
# What came of a request is taken back where it was told, because the request has to know.
_ANSWER = "answer"


@dataclass(frozen=True)
class Said:
    """A message in clear: its words, and what was answered beside them (a further link, whether writing back is safe).

    `may_take_back`: whether whoever reads it wrote it just now, and it has not left.
    """

    message: Message
    words: str
    lines: tuple[Told, ...]
    may_take_back: bool

    @property
    def has_secret_key(self) -> bool:
        """Whether a private key stands in the words; then they open only where somebody asks for them."""
        return has_secret_key(self.words)


@transaction.atomic
def send_message(*, case: Case, words: str, by: Actor, now: datetime) -> Message:
    """Afterwards the reporter finds `words` behind the receipt, once, also when the form was sent twice. Raises NothingTold, AgainstTheirChoice."""
    require(by, Verb.MESSAGE_SEND, organisation=case.organisation_id, stage=case.stage)
    return _send(case, words, by, now)


@transaction.atomic
def send_answer(*, case: Case, words: str, by: Actor, now: datetime) -> Message:
    """The same for what came of a request or an objection: whoever may write those down may tell it, also once the case is closed."""
    require(by, Verb.SUBJECT_REQUEST_RECORD, organisation=case.organisation_id)
    return _send(case, words, by, now, about=_ANSWER)


def _send(case: Case, words: str, by: Actor, now: datetime, *, about: str = "") -> Message:
    respect(case=case, act=Act.WRITE)
    said = text.clean(words).strip()
    if not said:
        raise errors.NothingTold
    last = case.messages.select_related("text").order_by("at", "pk").last()
    if last is not None and last.author == by.pseudonym and last.about == about and unseal_fields(last.text) == {"text": said}:
        return last
    sealed = seal(organisation=case.organisation_id, purpose=Purpose.MESSAGE, plain={"text": said}, now=now)
    message = Message.objects.create(case=case, from_reporter=False, text=sealed, author=by.pseudonym, at=now, read_at=now, about=about)
    record(event=Event.INTAKE_MESSAGE_SENT, subject_kind="case", subject=case.pk, by=by, now=now)
    go_on(case=case, by=by, now=now)
    # A message of the reporter made the case due at once; with the answer that is done, and somebody looks again tomorrow.
    taken_up = Case.objects.filter(pk=case.pk, next_action_at__lt=now).exclude(stage__in=["received", "queued", "closed"])
    taken_up.update(next_action_at=now + LOOK_AGAIN)
    lay_out_anew(case=case)
    return message


@transaction.atomic
def take_back_message(*, case: Case, message: int, by: Actor, now: datetime) -> None:
    """Afterwards `message` has never been there, and its words are gone; advice that it gave is not given, and the case waits in the queue again.

    Raises MessageStands for anybody but whoever wrote it, once its time is over, once it lies behind the receipt and for advice whose case
    is closed by now; NotPermitted.
    """
    written = _waiting(case, by, now).filter(pk=message).exclude(about=_ANSWER).first()
    if written is None:
        raise errors.MessageStands
    # The right with which it was sent, wherever the case stands by now.
    stood = case.stage_changes.filter(at__lt=written.at).order_by("pk").values_list("after", flat=True).last()
    require(by, Verb.MESSAGE_SEND, organisation=case.organisation_id, stage=stood or Stage.RECEIVED)
    case = Case.objects.select_for_update(of=("self",)).get(pk=case.pk)
    is_advice = case.stage in {Stage.ANSWERED, Stage.CLOSED} and case.stage_changes.filter(reason="advice", at=written.at).exists()
    if is_advice and case.stage == Stage.CLOSED:
        raise errors.MessageStands
    _take_back(case, written, by, now)
    if is_advice:
        move(case=case, to=Stage.QUEUED, by=by, now=now, reason="taken_back", next_action_at=now)


@transaction.atomic
def take_back_answer(*, case: Case, at: datetime, by: Actor, now: datetime) -> None:
    """The same for what `by` told `at` that moment of a request or an objection. Raises MessageStands, NotPermitted."""
    require(by, Verb.SUBJECT_REQUEST_RECORD, organisation=case.organisation_id)
    written = _waiting(case, by, now).filter(at=at, about=_ANSWER).first()
    if written is None:
        raise errors.MessageStands
    _take_back(case, written, by, now)


def _waiting(case: Case, by: Actor, now: datetime) -> QuerySet[Message]:
    """What `by` wrote and can take back still. Who lays a mailbox out holds its row as well: of the two one comes first."""
    list(Receipt.objects.select_for_update().filter(case=case).order_by("pk").values_list("pk"))
    return case.messages.filter(undo.waits("at", now), from_reporter=False, author=by.pseudonym, laid_out_at=None)


def _take_back(case: Case, written: Message, by: Actor, now: datetime) -> None:
    written.delete()
    discard(items=[written.text_id], now=now)
    record(event=Event.INTAKE_MESSAGE_TAKEN_BACK, subject_kind="case", subject=case.pk, by=by, now=now)
    # What the message put off until tomorrow is to be done now.
    Case.objects.filter(pk=case.pk, next_action_at=written.at + LOOK_AGAIN).update(next_action_at=now)


def read_messages(*, case: Case, by: Actor, now: datetime) -> list[Said]:
    """The conversation in clear, oldest first; that it is read is logged, by one entry for all of it, before a key turns."""
    messages = list(case.messages.select_related("text").order_by("at", "pk"))
    opened = [message.text_id for message in messages]
    with transaction.atomic(durable=True):
        admit(case=case, matter=Matter.MESSAGES, event=Event.INTAKE_MESSAGES_READ, by=by, now=now, detail=these(opened))
        if case.messages.filter(text__in=opened, read_at=None).update(read_at=now):
            # The reporter was told a day until which it would be read.
            lay_out_anew(case=case)
    return [_said(message, unseal_fields(message.text), may_take_back=_may_take_back(message, by, now)) for message in messages]


@transaction.atomic
def tell_milestone(*, case: Case, code: str, by: Actor, now: datetime, anew: bool = False, until: date | None = None, holder: str = "") -> None:
    """Afterwards the reporter sees the milestone `code`; told twice it stays the first, or with `anew` the last. Raises KeyError for an unknown code.

    `until` is the day that the reporter is told for what comes of it, `holder` the desk of another installation that has the report now.
    """
    if code not in MILESTONES:
        raise KeyError(code)
    if anew:
        Milestone.objects.filter(case=case, code=code).delete()
    if Milestone.objects.get_or_create(case=case, code=code, defaults={"at": now, "by": until, "holder": holder})[1]:
        record(event=Event.INTAKE_MILESTONE_TOLD, subject_kind="case", subject=case.pk, by=by, now=now, detail={"code": code})
        lay_out_anew(case=case)


@transaction.atomic
def untell_milestone(*, case: Case, code: str) -> None:
    """Afterwards the reporter no longer sees the milestone `code`, because it is so no more."""
    Milestone.objects.filter(case=case, code=code).delete()
    lay_out_anew(case=case)


@transaction.atomic
def tell_seen_again(*, case: Case, by: Actor, now: datetime) -> None:
    """Afterwards who asked to be told reads that it showed up again; said by a person who looked. Raises NotAskedFor, NotPermitted."""
    require(by, Verb.MESSAGE_SEND, organisation=case.organisation_id, stage=case.stage)
    if not wants_to_know_again(case):
        raise errors.NotAskedFor
    tell_milestone(case=case, code="seen_again", by=by, now=now, anew=True)


def _may_take_back(message: Message, by: Actor, now: datetime) -> bool:
    is_theirs = not message.from_reporter and message.author == by.pseudonym and message.about != _ANSWER
    return is_theirs and message.laid_out_at is None and not undo.is_over(message.at, now)


def _said(message: Message, opened: Mapping[str, Any], *, may_take_back: bool) -> Said:
    answers = opened.get("answers", {})
    words = str(opened["text"])
    # Who sent nothing but a link reads as that link, in the form that nothing turns into one.
    return Said(message, "" if words == answers.get("link") else words, tuple(told_lines(answers)), may_take_back)


def lay_out_anew(*, case: Case) -> None:
    """Afterwards every mailbox of `case` is due to be laid out as things stand then."""
    Receipt.objects.filter(case=case).update(published_at=None)


@transaction.atomic
def carry_conversation(*, old: Case, new: Case, by: Actor, now: datetime) -> None:
    """Afterwards the receipts and messages of `old` lead to `new`, sealed to its organisation, who is told."""
    answered = old.milestones.filter(code="looked_again").values_list("at", flat=True).first()
    for message in old.messages.select_related("text").order_by("at", "pk"):
        text = seal(organisation=new.organisation_id, purpose=Purpose.MESSAGE, plain=unseal_fields(message.text), now=now)
        Message.objects.create(
            case=new,
            from_reporter=message.from_reporter,
            text=text,
            author=message.author,
            wrote=None if message.from_reporter else message.wrote or old.organisation,
            at=message.at,
            read_at=message.read_at,
            # What was not answered is heard by the new desk; what was is a message like any other.
            about="" if message.is_objection and answered is not None and answered >= message.at else message.about,
            laid_out_at=message.laid_out_at,
        )
    # What goes on to the new desk waits there, and is laid out: here nobody takes it back any more.
    old.messages.filter(from_reporter=False, laid_out_at=None).update(laid_out_at=now)
    for milestone in old.milestones.all():
        Milestone.objects.get_or_create(case=new, code=milestone.code, defaults={"at": milestone.at, "by": milestone.by})
    Receipt.objects.filter(case=old).update(case=new)
    tell_milestone(case=new, code="handed_over", by=by, now=now, anew=True)
