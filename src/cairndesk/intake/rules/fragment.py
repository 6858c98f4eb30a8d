"""One page of a draft, one receipt, one message or one press under a page, as the portal seals it and `work` opens it."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Self
from uuid import UUID

from cairndesk.intake.errors import IntakeError
from cairndesk.intake.rules.helped import is_press
from cairndesk.intake.rules.questions import BESIDE, QUESTIONS, Answer, Answers, Form, Path
from cairndesk.lib.clock import to_hour
from cairndesk.lib.ids import new_id
from cairndesk.lib.unknowns import Unknown

_STEPS, _COUNTS = 9, 2**31 - 1
_PADDING = 1024
_ID_LENGTH = 64
_SIXTEEN, _THIRTY_TWO = re.compile(r"[0-9a-f]{32}"), re.compile(r"[0-9a-f]{64}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_HOUR = re.compile(r"\d{4}-\d\d-\d\dT\d\d:00Z")


class MalformedFragment(IntakeError):
    """The opened bytes are not a fragment."""

    code = "intake.malformed_fragment"
    status = 500
    remedy = "Set the file aside; it was not written by this portal."


class Kind(StrEnum):
    """What a fragment carries."""

    ANSWERS = "answers"
    RECEIPT = "receipt"
    MESSAGE = "message"
    HELPED = "helped"


_OF_A_DRAFT, _OF_A_RECEIPT = (Kind.ANSWERS, Kind.RECEIPT), (Kind.RECEIPT, Kind.MESSAGE)


def new_draft() -> str:
    """A fresh draft id: 16 random bytes, hex."""
    return new_id().hex


def draft_key(draft: str, organisation: UUID) -> str:
    """Under which the desk keeps a draft: 32 hexadecimal digits from which nobody comes back to `draft`.

    With its own id it goes on at the portal, so no copy of the database may hold that. An id that turns up under another organisation
    is somebody's mistake or malice, and a draft of its own there.
    """
    return digest_key(f"{draft}|{organisation}")


def digest_key(seed: str) -> str:
    """A key of 32 hexadecimal digits that is always the same for `seed` and does not tell it."""
    return hashlib.sha256(seed.encode()).hexdigest()[:32]


def hour_of(now: datetime) -> str:
    """The time that a fragment tells, cut to the hour."""
    return to_hour(now).strftime("%Y-%m-%dT%H:%MZ")


def fragment_context(organisation: UUID) -> bytes:
    """What a sealed fragment is bound to: it opens nowhere but at its organisation."""
    return b"cairndesk/fragment/v1|" + str(organisation).encode()


@dataclass(frozen=True)
class Fragment:
    """`answers` of one step (kind answers), `receipt_index` and `mailbox_public` (receipt), or `receipt_index` and `text` (message).

    `counter` orders the fragments of a step; `hour` is the portal's time cut to the hour, as 2026-01-31T14:00Z. Of a press (kind helped) there is
    neither draft nor receipt, its `answers` are those of `rules.HELPED`, and its time is cut to the month.
    """

    kind: Kind
    organisation: str
    hour: str
    draft: str = ""
    step: int = 0
    counter: int = 0
    path: str = ""
    language: str = "en"
    answers: Answers = field(default_factory=dict)
    done: bool = False
    receipt_index: str = ""
    mailbox_public: str = ""
    text: str = ""

    def to_json(self) -> bytes:
        """The fragment as UTF-8 JSON, padded with blanks to 1 KiB steps so that a file's size does not tell what was said."""
        raw = json.dumps(self.__dict__, ensure_ascii=False, separators=(",", ":")).encode()
        return raw + b" " * (-len(raw) % _PADDING)

    @classmethod
    def from_json(cls, raw: bytes) -> Self:
        """The fragment in `raw`. Raises MalformedFragment for anything that `to_json` would not have written."""
        try:
            values = json.loads(raw)
        except (ValueError, RecursionError) as error:
            raise MalformedFragment("not JSON") from error
        if not isinstance(values, dict) or set(values) != set(cls.__dataclass_fields__):
            raise MalformedFragment("not the fields of a fragment")
        _refuse_odd(values)
        return cls(**values | {"kind": Kind(values["kind"])})


def _refuse_odd(values: Mapping[str, Any]) -> None:
    """Raise MalformedFragment unless every value has its shape and the fields fit the kind."""
    kind = values["kind"]
    checks = {
        "kind": kind in list(Kind),
        "organisation": isinstance(values["organisation"], str) and 0 < len(values["organisation"]) <= _ID_LENGTH,
        "hour": _fits(_HOUR, values["hour"]),
        "language": _fits(_LANGUAGE, values["language"]),
        "step": _is_count(values["step"], _STEPS),
        "counter": _is_count(values["counter"], _COUNTS),
        "done": isinstance(values["done"], bool),
        "answers": is_press(values["answers"]) if kind == Kind.HELPED else _are_answers(values["answers"]),
        "text": isinstance(values["text"], str) and bool(values["text"]) == (kind == Kind.MESSAGE),
        "draft": _fits(_SIXTEEN, values["draft"]) if kind in _OF_A_DRAFT else values["draft"] == "",
        "path": values["path"] in list(Path) if kind in _OF_A_DRAFT else values["path"] == "",
        "receipt_index": _fits(_SIXTEEN, values["receipt_index"]) if kind in _OF_A_RECEIPT else values["receipt_index"] == "",
        "mailbox_public": _fits(_THIRTY_TWO, values["mailbox_public"]) if kind == Kind.RECEIPT else values["mailbox_public"] == "",
    }
    odd = [name for name, fits in checks.items() if not fits]
    if odd:
        raise MalformedFragment(f"odd: {', '.join(odd)}")


def _fits(pattern: re.Pattern[str], value: object) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None


def _is_count(value: object, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= most


def _are_answers(value: object) -> bool:
    return isinstance(value, dict) and all(is_answer(name, answer) for name, answer in value.items())


def is_answer(name: str, answer: Answer) -> bool:
    """Whether `name` is asked, and `answer` fits the form of the question or is one of the four unknowns."""
    question = QUESTIONS.get(name) or BESIDE.get(name)
    if question is None:
        return False
    if isinstance(answer, dict):
        return set(answer) == {"unknown"} and answer["unknown"] in list(Unknown)
    if question.form is Form.MANY:
        return isinstance(answer, list) and bool(answer) and all(choice in question.choices for choice in answer)
    if question.form is Form.ONE:
        return answer in question.choices
    return isinstance(answer, str) and bool(answer)
