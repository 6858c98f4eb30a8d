"""How the answers of a report are shown to staff: each question with its answer, kinds of unknown in words, identifiers defanged."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cairndesk.intake.rules import pictures_in
from cairndesk.lib import text
from cairndesk.lib.unknowns import Unknown

_ASKED = {
    "danger": "In danger now",
    "what": "What is happening",
    "link": "Address",
    "setting": "Where",
    "service": "Service or app",
    "handle": "Account",
    "more": "In their own words",
    "age": "Age",
    "safe_contact": "Safe to write back",
    "tell": "Whom not to tell",
    "wish": "What they want us to do",
    "again": "Tell them if it shows up again",
    "felt": "How they feel since they told",
    "picture": "Pictures to look for",
}
_UNKNOWN = {
    Unknown.NOT_ASKED: "not asked",
    Unknown.DECLINED: "would rather not say",
    Unknown.UNKNOWN: "does not know",
    Unknown.NOT_APPLICABLE: "does not apply",
}
# Shown in a form that nothing turns into a link.
_IDENTIFIERS = frozenset({"link", "handle"})
_WORDS = frozenset({"more", "service", "link", "handle"})


@dataclass(frozen=True)
class Told:
    """One answer; `is_words` for what the reporter wrote."""

    asked: str
    answer: str
    is_words: bool


def told_lines(answers: Mapping[str, Any]) -> list[Told]:
    """The answers in the order of the questions; what is no known question comes last, by its name."""
    order = [*(name for name in _ASKED if name in answers), *(name for name in answers if name not in _ASKED)]
    return [Told(asked_as(name), _shown(name, answers[name]), name in _WORDS) for name in order]


def asked_as(name: str) -> str:
    """What staff call the question `name`."""
    return _ASKED.get(name, name.replace("_", " ").capitalize())


def _shown(name: str, answer: Any) -> str:
    if name == "picture":
        return f"{len(pictures_in({name: answer}))}, by its hashes: they were made on the phone, and no picture was sent"
    if isinstance(answer, dict):
        unknown = answer.get("unknown")
        return _UNKNOWN[Unknown(unknown)] if unknown in set(Unknown) else ", ".join(f"{key}: {value}" for key, value in answer.items())
    if isinstance(answer, list):
        return ", ".join(str(part).replace("_", " ") for part in answer)
    words = str(answer)
    if name in _IDENTIFIERS:
        return "\n".join(text.isolate(text.defang(part)) for part in words.split())
    return words if name in _WORDS else words.replace("_", " ")
