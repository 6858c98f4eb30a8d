"""Whether what a case is about was met before: a third score, shown beside urgency and completeness and never mixed into them.

The urgency has a rule of its own for material that somebody recorded as new; this one says where to begin looking, and what needs no look.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
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


class Why(StrEnum):
    """What speaks for a score."""

    RECORDED_NEW = "recorded_new"
    RECORDED_VARIANT = "recorded_variant"
    RECORDED_KNOWN = "recorded_known"
    EXACT = "exact"
    NEAR = "near"
    UNMET = "unmet"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Score:
    """A score with why: each reason with how many of how many things it is about (0 of 0 where it is about none)."""

    novelty: Novelty
    why: tuple[tuple[Why, int, int], ...]

    @property
    def kept(self) -> list[list[str | int]]:
        """The reasons as an assessment keeps them."""
        return [[why.value, many, of] for why, many, of in self.why]


_WHY: Mapping[Why, str] = {
    Why.RECORDED_NEW: "a person recorded material as new",
    Why.RECORDED_VARIANT: "a person recorded material as a variant of something known",
    Why.RECORDED_KNOWN: "a person recorded material as known",
    Why.EXACT: "{many} of {of} things met a list as they are",
    Why.NEAR: "{many} of {of} things are like something on a list",
    Why.UNMET: "{many} of {of} things met no list",
    Why.NOTHING: "no address, account, hash or number was told or found",
}
_OF_RECORDED = {Novelty.NEW: Why.RECORDED_NEW, Novelty.VARIANT: Why.RECORDED_VARIANT, Novelty.KNOWN: Why.RECORDED_KNOWN}


def reasons_in_words(kept: Iterable[Sequence[str | int]]) -> tuple[str, ...]:
    """The reasons of an assessment for a reader; an old one, from before they were kept, has none."""
    return tuple(_WHY[Why(str(why))].format(many=many, of=of) for why, many, of in kept)


def novelty(known: CaseFacts, *, things: int, exact: int, near: int) -> Score:
    """The score of a case that is about `things` comparable things, of which `exact` met a list as they are and `near` only alike.

    What a person recorded stands before what a list says, and the newest thing decides: a case with one new picture is new.
    """
    recorded = [_RECORDED[code] for code in known.novelty if code in _RECORDED]
    met = ((Why.EXACT, exact), (Why.NEAR, near), (Why.UNMET, max(things - exact - near, 0)))
    counted = tuple((why, many, things) for why, many in met if many) if things else ((Why.NOTHING, 0, 0),)
    if recorded:
        newest = _newest(recorded)
        return Score(newest, ((_OF_RECORDED[newest], 0, 0), *(counted if things else ())))
    if not things:
        return Score(Novelty.OPEN, counted)
    if exact >= things:
        return Score(Novelty.KNOWN, counted)
    return Score(Novelty.VARIANT if exact + near >= things else Novelty.NEW, counted)


def _newest(found: Iterable[Novelty]) -> Novelty:
    return min(found, key=list(Novelty).index)
