"""What the portal and the staff form ask: each question with its answers as codes, and which path asks it at which step."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from cairndesk.lib.unknowns import Unknown

Answer = str | list[str] | dict[str, str]
"""A text or one code, several codes, or `{"unknown": <lib.unknowns.Unknown>}`: an unknown never looks like a text."""
Answers = dict[str, Answer]


class Path(StrEnum):
    """Who tells; each has its own words and its own order of questions."""

    CHILD = "child"
    FRIEND = "friend"
    CARER = "carer"
    PROFESSIONAL = "professional"
    SURVIVOR = "survivor"
    ADVICE = "advice"


class Form(StrEnum):
    """How a question is answered."""

    ONE = "one"
    MANY = "many"
    TEXT = "text"


@dataclass(frozen=True)
class Question:
    """One thing that is asked; `choices` are codes, put into words where they are shown."""

    name: str
    form: Form
    choices: tuple[str, ...] = ()


_ALL = (
    Question("danger", Form.MANY, ("happening_now", "self_harm", "meeting_soon", "can_reach", "deadline", "not_now")),
    Question(
        "what",
        Form.MANY,
        (
            "asked_pictures",
            "threatens",
            "shared_pictures",
            "fake_pictures",
            "on_camera",
            "touched",
            "secrets",
            "gifts",
            "sent_pictures",
            "found",
            "no_action",
            "not_sure",
        ),
    ),
    Question("link", Form.TEXT),
    Question("setting", Form.ONE, ("online", "in_person", "both")),
    Question("service", Form.TEXT),
    Question("handle", Form.TEXT),
    Question("more", Form.TEXT),
    Question("age", Form.ONE, ("under_10", "10_12", "13_15", "16_17", "18_over")),
    Question("safe_contact", Form.ONE, ("yes", "sometimes", "no")),
    Question("tell", Form.MANY, ("no_family", "no_school", "no_police")),
    Question("wish", Form.ONE, ("all", "help_only", "removal_only")),
    Question("again", Form.ONE, ("yes", "no")),
)
QUESTIONS: Mapping[str, Question] = {question.name: question for question in _ALL}
BESIDE: Mapping[str, Question] = {
    "about": Question("about", Form.ONE, ("told", "choices", "felt", "objection")),
    "felt": Question("felt", Form.ONE, ("better", "same", "worse")),
    "picture": Question("picture", Form.TEXT),
}
"""What a page says beside the answers: whether a message adds to what was told or puts it right, says what was chosen or how it felt, or objects;
how it felt; and the hashes of pictures, made on the phone of whoever tells (`pictures.py`)."""
NO_WORDS = "-"
"""The text of a message that has none: one that only says what was chosen, or how it felt."""
PICTURES = 9
"""The number of the page that holds the hashes of pictures, behind all pages that ask: they may come from any of those."""
CHOICES = ("safe_contact", "tell", "wish", "again")
"""What the teller may choose about what the desk does, and change at any time."""

# An IPv4 address has four parts of digits as well, and none of them is long.
_NUMBER = re.compile(r"(?!\s*\d{1,3}(?:\.\d{1,3}){3}\s*$)\s*\(?[+\uff0b]?[\d\s().\-/]+")

_STEPS: tuple[tuple[str, ...], ...] = (("danger",), ("what", "link"), ("setting", "service", "handle"), ("more", "age"))
# A grown-up who found something most often has an address in hand; asking for it first loses fewest reports.
_LINK_FIRST: tuple[tuple[str, ...], ...] = (("danger",), ("link", "what"), *_STEPS[2:])
_ADVICE: tuple[tuple[str, ...], ...] = (("danger",), ("more",))


def steps_of(path: Path) -> tuple[tuple[str, ...], ...]:
    """The names of the questions of each page, in order; at most four pages."""
    if path is Path.ADVICE:
        return _ADVICE
    steps = _STEPS if path in {Path.CHILD, Path.FRIEND} else _LINK_FIRST
    return (*steps[:-1], (*steps[-1], "tell", "wish")) if path in {Path.CHILD, Path.SURVIVOR} else steps


def questions_of(path: Path) -> tuple[str, ...]:
    """All questions that `path` asks, in order."""
    return tuple(name for step in steps_of(path) for name in step)


def unknown(why: Unknown) -> Answer:
    """The answer that is not known, and why."""
    return {"unknown": why.value}


def unknown_of(answer: Answer | None) -> Unknown | None:
    """Why `answer` is not known; None when it is an answer. What is missing altogether was never asked."""
    if answer is None:
        return Unknown.NOT_ASKED
    return Unknown(answer["unknown"]) if isinstance(answer, dict) else None


def is_happening_now(answers: Mapping[str, Answer]) -> bool:
    """Whether the teller said that somebody is in danger at this moment."""
    return "happening_now" in ticked(answers, "danger")


def ticked(answers: Mapping[str, Answer], name: str) -> list[str]:
    """The codes that were given to a question that takes several; none where it was left open or declined."""
    answer = answers.get(name)
    return answer if isinstance(answer, list) else []


def asks_to_be_read(answers: Mapping[str, Answer], text: str) -> bool:
    """Whether the message `text` waits for a person: each but a mark of how it felt that says no worse and has no words beside it."""
    return answers.get("about") != "felt" or text != NO_WORDS or answers.get("felt") == "worse"


def is_told(answers: Mapping[str, Answer]) -> bool:
    """Whether there is enough for a report: what is happening, a link, a picture's hashes, own words, or a clear *I'd rather not say*."""
    held = [answers.get(name) for name in ("what", "link", "picture", "more")]
    return any(answer and unknown_of(answer) in {None, Unknown.DECLINED} for answer in held)


def reported_links(answers: Mapping[str, Answer]) -> list[str]:
    """What was given as links, one a line or separated by spaces, in their order, each once. A phone number is one, however spaced."""
    link = answers.get("link")
    lines = link.splitlines() if isinstance(link, str) else []
    return list(dict.fromkeys(part for line in lines for part in ([line.strip()] if is_number(line) else line.split())))


def is_number(text: str) -> bool:
    """Whether `text` is written like a phone number: 7 to 15 digits of any script, as ITU-T E.164 counts them, and what people put between."""
    return _NUMBER.fullmatch(text) is not None and 7 <= sum(letter.isdecimal() for letter in text) <= 15
