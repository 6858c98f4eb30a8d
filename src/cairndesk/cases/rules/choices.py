"""What a person who told may choose about their own matter, which acts a choice bounds, and on which grounds one may be set aside."""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Any


class Limit(StrEnum):
    """What somebody asked the desk not to do."""

    NO_MESSAGES = "no_messages"
    NO_FAMILY = "no_family"
    NO_SCHOOL = "no_school"
    NO_POLICE = "no_police"
    HELP_ONLY = "help_only"
    REMOVAL_ONLY = "removal_only"


class Act(StrEnum):
    """What the desk does that such a choice can bound."""

    WRITE = "write"
    TELL_FAMILY = "tell_family"
    TELL_SCHOOL = "tell_school"
    TELL_POLICE = "tell_police"
    WRITE_TO_SITE = "write_to_site"
    TELL_HELPERS = "tell_helpers"


class Ground(StrEnum):
    """Why a choice is set aside: nothing else is a reason."""

    DANGER = "danger"
    LAW = "law"


class AsideFinding(StrEnum):
    """What another person found of a choice that was set aside."""

    RIGHT = "right"
    WRONG = "wrong"


LOOK_WITHIN = timedelta(days=3)
"""By then another person has looked at what was set aside."""
BOUNDS: Mapping[Act, Limit] = {
    Act.WRITE: Limit.NO_MESSAGES,
    Act.TELL_FAMILY: Limit.NO_FAMILY,
    Act.TELL_SCHOOL: Limit.NO_SCHOOL,
    Act.TELL_POLICE: Limit.NO_POLICE,
    Act.WRITE_TO_SITE: Limit.HELP_ONLY,
    Act.TELL_HELPERS: Limit.REMOVAL_ONLY,
}
ASKED: Mapping[str, Mapping[str, Limit]] = {
    "safe_contact": {"no": Limit.NO_MESSAGES},
    "tell": {limit.value: limit for limit in (Limit.NO_FAMILY, Limit.NO_SCHOOL, Limit.NO_POLICE)},
    "wish": {limit.value: limit for limit in (Limit.HELP_ONLY, Limit.REMOVAL_ONLY)},
    "again": {},
}
"""Question → answer → what it asks the desk not to do. Whether they want to hear of it when it shows up `again` forbids nothing."""
LIMITS: Mapping[Limit, str] = {
    Limit.NO_MESSAGES: "not to be written to",
    Limit.NO_FAMILY: "that their family is not told",
    Limit.NO_SCHOOL: "that their school is not told",
    Limit.NO_POLICE: "that the police are not told",
    Limit.HELP_ONLY: "for help only: that no site is written to",
    Limit.REMOVAL_ONLY: "for removal only: that no helper is told about them",
}
"""Each in words of the desk, to go on after "They asked"."""
GROUNDS: Mapping[Ground, str] = {
    Ground.DANGER: "somebody may come to serious harm now",
    Ground.LAW: "a law obliges the desk, and leaves the child no choice",
}

FINDINGS: Mapping[AsideFinding, str] = {
    AsideFinding.RIGHT: "it could not be otherwise",
    AsideFinding.WRONG: "it was not needed; what they asked stands again",
}


def stated(answers: Mapping[str, Any]) -> dict[str, list[str]]:
    """Question → the codes that were chosen, for the questions of ASKED that `answers` hold; none where it was left open or declined."""
    return {name: _codes(answers[name]) for name in ASKED if name in answers}


def _codes(answer: Any) -> list[str]:
    return [answer] if isinstance(answer, str) else list(answer) if isinstance(answer, list) else []
