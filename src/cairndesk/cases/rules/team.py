"""The team of a case: which function sees which part of it, and nothing else of it."""

from collections.abc import Mapping
from enum import StrEnum

from cairndesk.accounts.rules.grants import Matter
from cairndesk.accounts.rules.sharing import Data


class Part(StrEnum):
    """A part of a case, as somebody of its team sees it."""

    TOLD = "told"
    WELFARE = "welfare"
    WISHES = "wishes"
    CONTACT = "contact"
    EVIDENCE = "evidence"
    CUSTODY = "custody"
    CLUES = "clues"


PART_WORDS: Mapping[Part, str] = {
    Part.TOLD: "What was told",
    Part.WELFARE: "How they are",
    Part.WISHES: "What they chose",
    Part.CONTACT: "The talk with them",
    Part.EVIDENCE: "Evidence",
    Part.CUSTODY: "Custody",
    Part.CLUES: "Clues for identification",
}
# What a part opens of what is sealed. Who somebody is and originals are in no part: no function of a team looks at material.
OPENS: Mapping[Part, frozenset[Matter]] = {
    Part.TOLD: frozenset({Matter.ACCOUNT}),
    Part.CONTACT: frozenset({Matter.MESSAGES}),
    Part.EVIDENCE: frozenset({Matter.IDENTIFIER, Matter.FACT}),
    Part.CLUES: frozenset({Matter.FACT}),
}
_CARE = frozenset({Part.TOLD, Part.WELFARE, Part.WISHES, Part.CONTACT})
_CHARGE = frozenset({Part.TOLD, Part.EVIDENCE, Part.CUSTODY})
# The others, who lead or judge, see of the case what their role allows.
SCOPES: Mapping[str, frozenset[Part]] = {
    "forensic": frozenset({Part.EVIDENCE, Part.CUSTODY}),
    "victim_identification": frozenset({Part.CLUES, Part.EVIDENCE}),
    "psychologist": _CARE,
    "child_protection": _CARE,
    "prosecutor_liaison": _CHARGE,
    "police_liaison": _CHARGE,
}
# What goes to another organisation when one of its people gets a part; the rules of sharing are asked for each.
SHARES: Mapping[Part, frozenset[Data]] = {
    Part.TOLD: frozenset({Data.ACCOUNT}),
    Part.WELFARE: frozenset({Data.ACCOUNT}),
    Part.CONTACT: frozenset({Data.ACCOUNT}),
    Part.EVIDENCE: frozenset({Data.ADDRESS, Data.EVIDENCE}),
    Part.CUSTODY: frozenset({Data.EVIDENCE}),
    Part.CLUES: frozenset({Data.EVIDENCE}),
}
# What the log says of a case that belongs to the custody of its evidence; all else, such as care and talk, stays out of that part.
CUSTODY_EVENTS = (
    "cases.case.opened", "cases.stage.", "cases.item.", "cases.evidence.", "cases.sighting.", "cases.hold.", "custody.", "signals.media.",
    "signals.item.", "review.media.", "response.package.", "response.preservation.",
)  # fmt: skip


def is_narrow(function: str) -> bool:
    """Whether it sees a part of the case only."""
    return function in SCOPES


def opened_by(function: str) -> frozenset[Matter]:
    """What of the sealed a narrow function opens."""
    return frozenset().union(*(OPENS.get(part, frozenset()) for part in SCOPES[function]))


def shared_with(function: str) -> frozenset[Data]:
    """What leaves the organisation with a narrow function."""
    return frozenset().union(*(SHARES.get(part, frozenset()) for part in SCOPES[function]))
