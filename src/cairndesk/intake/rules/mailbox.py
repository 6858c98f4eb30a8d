"""What `work` seals for one receipt and the portal opens while the six words are present."""

import json
from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Self

from cairndesk.intake.errors import IntakeError
from cairndesk.intake.rules.fragment import is_answer
from cairndesk.intake.rules.questions import BESIDE, CHOICES, QUESTIONS, Answers, Path

STONES = ("received", "seen", "acting", "answered", "closed")
"""The stones of the path, in order."""
MILESTONES = (*STONES, "removal_asked", "removed", "passed_on", "help_offered", "looking_again", "looked_again", "seen_again", "handed_over")
"""Everything that a reporter can be told has happened; the portal puts each into plain words."""
STAGE_MILESTONES: Mapping[str, str] = {
    "received": "received",
    "reviewing": "seen",
    "acting": "acting",
    "answered": "answered",
    "closed": "closed",
}
"""Which stage of a case reaches which stone."""
AHEAD: Mapping[str, tuple[str, ...]] = {"answered": ("closed",), "closed": ()}
"""Stones that a case has still ahead of it, by stage; everywhere else both, also where it had been there before and was opened again."""
OUTCOMES = ("removed", "partly_removed", "passed_on", "help_arranged", "advice_given", "nothing_found", "could_not")
"""What came of a report; the portal puts each into plain words and says nothing for a code that is not here."""
PROMISES = ("seen", "read", "looked_again")
"""What a reporter is told a day for: that somebody reads the report, reads a message, and looks at something again."""
_STEP = 4096
_SENDERS = {"you", "desk"}


class MalformedMailbox(IntakeError):
    """The opened bytes are not a mailbox."""

    code = "intake.malformed_mailbox"
    status = 500
    remedy = "Publish the mailbox again: `cairndesk work` does so when its receipt is marked unpublished."


def mailbox_context(index: str) -> bytes:
    """What a sealed mailbox is bound to: the index it is published under, 32 hex digits."""
    return b"cairndesk/mailbox/v1|" + index.encode()


@dataclass(frozen=True)
class Milestone:
    """One of MILESTONES and the full hour in which it was reached."""

    code: str
    hour: datetime


@dataclass(frozen=True)
class Message:
    """What was written, by `you` (the reporter) or the `desk`, in which hour; `about` is a code of `BESIDE`, or nothing.

    `name` is that of the organisation whose desk it was, or nothing: then it is that of the portal.
    """

    sender: str
    text: str
    hour: datetime
    about: str = ""
    name: str = ""

    @property
    def corrects(self) -> bool:
        """Whether it adds to what was told, or puts it right."""
        return self.about == "told"


@dataclass(frozen=True)
class Account:
    """What the reporter told, word for word: the answers as they were given on `path`, and the full hour in which they were complete."""

    path: str
    answers: Answers
    hour: datetime


@dataclass(frozen=True)
class SetAside:
    """A choice that the desk acts against: what was asked, on which ground it is set aside (codes), and since which hour."""

    limit: str
    ground: str
    hour: datetime


@dataclass(frozen=True)
class Promise:
    """Something of PROMISES that has not happened yet, and the day until which it was to."""

    code: str
    by: date


@dataclass(frozen=True)
class Mailbox:
    """Everything that a reporter sees behind the receipt, oldest first; `holder`: the organisation or desk that took the report over, if one did."""

    milestones: tuple[Milestone, ...] = ()
    outcome: str = ""
    messages: tuple[Message, ...] = ()
    told: Account | None = None
    chosen: Answers = field(default_factory=dict)
    set_aside: tuple[SetAside, ...] = ()
    promises: tuple[Promise, ...] = ()
    holder: str = ""

    def to_json(self) -> bytes:
        """UTF-8 JSON, padded with blanks to 4 KiB steps so that the size of the published file tells little."""
        values = {
            "milestones": [{"code": stone.code, "hour": stone.hour.isoformat()} for stone in self.milestones],
            "outcome": self.outcome,
            "messages": [
                {"from": one.sender, "text": one.text, "hour": one.hour.isoformat(), "about": one.about, "name": one.name} for one in self.messages
            ],
            "told": self.told and {"path": self.told.path, "answers": self.told.answers, "hour": self.told.hour.isoformat()},
            "chosen": self.chosen,
            "set_aside": [{"limit": one.limit, "ground": one.ground, "hour": one.hour.isoformat()} for one in self.set_aside],
            "promises": [{"code": one.code, "by": one.by.isoformat()} for one in self.promises],
            "holder": self.holder,
        }
        raw = json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode()
        return raw + b" " * (-len(raw) % _STEP)

    @classmethod
    def from_json(cls, raw: bytes) -> Self:
        """The mailbox in `raw`; fields that the portal does not show are passed over. Raises MalformedMailbox."""
        try:
            values = json.loads(raw)
            return cls(
                milestones=tuple(_milestone(row) for row in values["milestones"]),
                outcome=_text(values["outcome"]),
                messages=tuple(_message(row) for row in values["messages"]),
                told=_account(values.get("told")),
                chosen={name: answer for name, answer in values.get("chosen", {}).items() if name in CHOICES and is_answer(name, answer)},
                set_aside=tuple(_set_aside(row) for row in values.get("set_aside", ())),
                promises=tuple(Promise(_one_of(row["code"], PROMISES), date.fromisoformat(row["by"])) for row in values.get("promises", ())),
                holder=_text(values.get("holder", "")),
            )
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise MalformedMailbox(type(error).__name__) from error


def _milestone(row: Mapping[str, Any]) -> Milestone:
    return Milestone(code=_one_of(row["code"], MILESTONES), hour=datetime.fromisoformat(row["hour"]))


def _message(row: Mapping[str, Any]) -> Message:
    return Message(
        sender=_one_of(row["from"], _SENDERS),
        text=_text(row["text"]),
        hour=datetime.fromisoformat(row["hour"]),
        about=_about(row.get("about", "")),
        name=_text(row.get("name", "")),
    )


def _about(value: Any) -> str:
    return _one_of(value, ("", *BESIDE["about"].choices))


def _account(row: Mapping[str, Any] | None) -> Account | None:
    """None where nothing was laid out; an answer that is none of today's is passed over, so that the others are still read."""
    if row is None:
        return None
    answers = {name: answer for name, answer in row["answers"].items() if name in QUESTIONS and is_answer(name, answer)}
    return Account(path=_one_of(row["path"], list(Path)), answers=answers, hour=datetime.fromisoformat(row["hour"]))


def _set_aside(row: Mapping[str, Any]) -> SetAside:
    return SetAside(limit=_text(row["limit"]), ground=_text(row["ground"]), hour=datetime.fromisoformat(row["hour"]))


def _one_of(value: Any, known: Container[str]) -> str:
    if value not in known:
        raise ValueError("a code that is not ours")
    return _text(value)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("a mailbox holds texts only")
    return value
