"""How much of what was asked is known: a second score, shown beside the priority and never mixed into it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

# What helps somebody act, whoever asked; the names are those of intake's questions.
WANTED = ("danger", "what", "link", "setting", "service", "handle", "more", "age", "safe_contact")
WORDS = {
    "danger": "whether somebody is in danger",
    "what": "what is happening",
    "link": "an address",
    "setting": "online or in person",
    "service": "the service or app",
    "handle": "the account",
    "more": "own words",
    "age": "the child's age",
    "safe_contact": "whether it is safe to write back",
}


@dataclass(frozen=True, slots=True)
class Completeness:
    """`percent` of the wanted things known or settled, and the names of those that could still be asked."""

    percent: int
    missing: tuple[str, ...]


def completeness(told: Iterable[Mapping[str, Any]]) -> Completeness:
    """The score over all reports of a case. What somebody would rather not say is settled: asking again is no help."""
    every = list(told)
    missing = tuple(name for name in WANTED if not any(_is_settled(answers.get(name)) for answers in every))
    return Completeness(percent=100 * (len(WANTED) - len(missing)) // len(WANTED), missing=missing)


def _is_settled(answer: Any) -> bool:
    if isinstance(answer, dict):
        return answer.get("unknown") in {"declined", "not_applicable"}
    return bool(answer)
