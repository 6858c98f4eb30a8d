"""Records that hold several cases together: what kind they are, how they stand, why a case is in one, and their names.

A name is drawn from neutral words and never typed, so that none can accuse or name anybody.
"""

from collections.abc import Collection, Hashable, Iterable, Mapping
from enum import StrEnum
from typing import TypeVar

Case = TypeVar("Case", bound=Hashable)


class GroupingKind(StrEnum):
    """What several cases seem to be together."""

    GROUP = "group"
    CAMPAIGN = "campaign"
    PATTERN = "pattern"


class GroupingState(StrEnum):
    """How it stands."""

    WATCHED = "watched"
    QUIET = "quiet"
    ENDED = "ended"


class Why(StrEnum):
    """Why a person put a case in."""

    LINK = "link"
    IDENTIFIER = "identifier"
    SCRIPT = "script"
    PAYMENT = "payment"
    METHOD = "method"
    EVENT = "event"


class Gone(StrEnum):
    """Why a case is in it no more."""

    MISTAKE = "mistake"
    OTHER = "other"
    CHILD = "child"


KINDS: Mapping[GroupingKind, tuple[str, str]] = {
    GroupingKind.GROUP: ("Group", "Cases in which the same people seem to act together. Nobody is named, and nothing is proved by it."),
    GroupingKind.CAMPAIGN: ("Campaign", "Cases that seem to belong to one wave: many are approached in the same way at the same time."),
    GroupingKind.PATTERN: ("Pattern", "Cases that are done in the same way, with the same script, whoever does it."),
}
"""Each with its name and what it means."""
STATES: Mapping[GroupingState, str] = {
    GroupingState.WATCHED: "watched: new cases are expected",
    GroupingState.QUIET: "quiet: nothing new for a while",
    GroupingState.ENDED: "ended",
}
WHY: Mapping[Why, str] = {
    Why.LINK: "a person linked it with a case that is in it",
    Why.IDENTIFIER: "the same account, address or number",
    Why.SCRIPT: "the same words or script",
    Why.PAYMENT: "the same way or place of payment",
    Why.METHOD: "done in the same way",
    Why.EVENT: "the same event",
}
GONE: Mapping[Gone, str] = {
    Gone.MISTAKE: "put in by mistake",
    Gone.OTHER: "it turned out to be something else",
    Gone.CHILD: "a person of concern in it is or may be a child",
}
_HARD = (
    "amber alder ash basalt beech birch bracken cedar chalk clover copper coral elm fern flint granite hazel heather ivory jade juniper larch "
    "laurel lichen linden maple marble moss oak olive pebble pine quartz reed rowan slate spruce thistle willow yew"
)
_WET = (
    "bay beacon bend bridge brook cape cliff coast cove creek delta dune estuary falls ferry field ford harbour haven headland hill inlet island "
    "lagoon lake ledge lighthouse marsh meadow mill moor path pond reef ridge river shore spring valley"
)
_FIRST, _SECOND = _HARD.split(), _WET.split()


def name_of(number: int) -> str:
    """The name of the record that is the `number`th (from 0) of its organisation; no two have the same."""
    # Forty and thirty-nine words share no divisor, so every pair comes once before any comes again.
    again, place = divmod(number, len(_FIRST) * len(_SECOND))
    words = f"{_FIRST[place % len(_FIRST)]} {_SECOND[place % len(_SECOND)]}"
    return f"{words} {again + 1}" if again else words


def joined(pairs: Iterable[tuple[Case, Case]]) -> list[set[Case]]:
    """The sets that `pairs` join, the largest first; each member is in exactly one."""
    found: dict[Case, set[Case]] = {}
    for one, other in pairs:
        both = found.get(one, {one}) | found.get(other, {other})
        found |= dict.fromkeys(both, both)
    return sorted({id(some): some for some in found.values()}.values(), key=lambda some: (-len(some), str(min(map(str, some)))))


def is_new(cases: Collection[Case], held: Iterable[Collection[Case]]) -> bool:
    """Whether no record holds, or held, all of `cases`."""
    return not any(set(cases) <= set(some) for some in held)
