"""What `work` seals for one receipt and the portal opens while the six words are present."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from cairndesk.intake.errors import IntakeError

MILESTONES = ("received", "seen", "acting", "answered", "closed")
"""The stones of the path, in order; the portal puts each into plain words."""
OUTCOMES = ("removed", "partly_removed", "passed_on", "help_arranged", "advice_given", "nothing_found", "could_not")
"""What came of it; several may be true."""
_PADDING = 4096
_REPORTER, _DESK = "reporter", "desk"


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
    """One of MILESTONES, and the hour it was reached, as 2026-01-31T14:00Z."""

    code: str
    at_hour: str


@dataclass(frozen=True)
class Message:
    """What was written, by `reporter` or `desk`, and in which hour."""

    sender: str
    text: str
    hour: str


@dataclass(frozen=True)
class Mailbox:
    """Everything that a reporter sees behind the receipt; messages oldest first."""

    milestones: tuple[Milestone, ...] = ()
    outcomes: tuple[str, ...] = ()
    messages: tuple[Message, ...] = ()

    def to_json(self) -> bytes:
        """UTF-8 JSON, padded with blanks to 4 KiB steps so that the size of the published file tells little."""
        raw = json.dumps(asdict(self), ensure_ascii=False, separators=(",", ":")).encode()
        return raw + b" " * (-len(raw) % _PADDING)

    @classmethod
    def from_json(cls, raw: bytes) -> Self:
        """The mailbox in `raw`. Raises MalformedMailbox for anything that `to_json` would not have written."""
        try:
            values = json.loads(raw)
            box = cls(
                milestones=tuple(Milestone(**_texts(row)) for row in values["milestones"]),
                outcomes=tuple(values["outcomes"]),
                messages=tuple(Message(**_texts(row)) for row in values["messages"]),
            )
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise MalformedMailbox(type(error).__name__) from error
        _refuse_unknown_codes(box)
        return box


def _texts(row: Mapping[str, Any]) -> dict[str, str]:
    if not all(isinstance(value, str) for value in row.values()):
        raise TypeError("a mailbox holds texts only")
    return dict(row)


def _refuse_unknown_codes(box: Mailbox) -> None:
    known = all(stone.code in MILESTONES for stone in box.milestones) and all(code in OUTCOMES for code in box.outcomes)
    if not known or any(message.sender not in {_REPORTER, _DESK} for message in box.messages):
        raise MalformedMailbox("a code that is not ours")
