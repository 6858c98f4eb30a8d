"""Whether what a case is about was met before: a third score, shown beside urgency and completeness and never mixed into them.

The urgency has a rule of its own for material that somebody recorded as new; this one says where to begin looking, and what needs no look.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum

from cairndesk.cases.rules.facts import CaseFacts


class Novelty(StrEnum):
    """From what nobody saw before to what is known; `OPEN` where there was nothing to compare."""

    NEW = "new"
    VARIANT = "variant"
    KNOWN = "known"
    OPEN = "open"


WORDS: Mapping[Novelty, str] = {
    Novelty.NEW: "not met before",
    Novelty.VARIANT: "like something known",
    Novelty.KNOWN: "all of it is known",
    Novelty.OPEN: "nothing to compare yet",
}
# What an analyst recorded, by the codes of the taxonomy.
_RECORDED = {"new": Novelty.NEW, "known_variant": Novelty.VARIANT, "known": Novelty.KNOWN}


def novelty(known: CaseFacts, *, things: int, exact: int, near: int) -> Novelty:
    """The score of a case that is about `things` comparable things, of which `exact` met a list as they are and `near` only alike.

    What a person recorded stands before what a list says, and the newest thing decides: a case with one new picture is new.
    """
    recorded = [_RECORDED[code] for code in known.novelty if code in _RECORDED]
    if recorded:
        return _newest(recorded)
    if not things:
        return Novelty.OPEN
    if exact >= things:
        return Novelty.KNOWN
    return Novelty.VARIANT if exact + near >= things else Novelty.NEW


def _newest(found: Iterable[Novelty]) -> Novelty:
    return min(found, key=list(Novelty).index)
