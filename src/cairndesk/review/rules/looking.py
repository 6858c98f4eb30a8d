"""Why somebody looks at what was drawn of an original, as a code, because the log holds no words; and how it is drawn for whom."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

# Over how long looks are counted.
DAY = timedelta(hours=24)
CLEAR_SIDE = 1024
"""Pixels: the longer side of a clear view for somebody who takes the size that the desk offers."""
SIDES = (320, 240, 160, 128, 96, 64)
BLURS = (0, 4, 8, 12, 16, 24)
UNSAID = 24 * 60
"""Minutes, for somebody who leaves these bounds to others."""
LEAST_DAY, LEAST_STRETCH = 1, 5
"""Minutes: nobody bounds them more narrowly."""


class LookReason(StrEnum):
    """Why a look is needed to judge a case."""

    OPEN = "open"
    MATCH = "match"
    DANGER = "danger"
    DIFFER = "differ"


REASONS: Mapping[LookReason, str] = {
    LookReason.OPEN: "What was told and the lists leave open what it shows",
    LookReason.MATCH: "A match with a list may be wrong",
    LookReason.DANGER: "It may tell whether a child is in danger now",
    LookReason.DIFFER: "Two people may see it differently",
}


@dataclass(frozen=True, slots=True)
class Comfort:
    """How somebody is shown anything: the longer side and the blur of a small copy in pixels, and what they want to be spared.

    `day`: minutes of pictures and videos in 24 hours. `stretch`: minutes of heavy things, after which a break is proposed.
    """

    side: int
    blur: int
    is_grey: bool
    asks_twice: bool = False
    no_video: bool = False
    no_clear: bool = False
    day: int = UNSAID
    stretch: int = UNSAID


def strictest(mine: Comfort, desk: Comfort) -> Comfort:
    """Of each the stricter one: what somebody chose counts only as far as the desk does not ask for more."""
    return Comfort(
        side=min(mine.side, desk.side),
        blur=max(mine.blur, desk.blur),
        is_grey=mine.is_grey or desk.is_grey,
        asks_twice=mine.asks_twice or desk.asks_twice,
        no_video=mine.no_video or desk.no_video,
        no_clear=mine.no_clear or desk.no_clear,
        day=min(mine.day, desk.day),
        stretch=min(mine.stretch, desk.stretch),
    )


def is_laxer(mine: Comfort, desk: Comfort) -> bool:
    """Whether `mine` names a number that is laxer. Whoever does not switch on what is on for everybody anyway asks for nothing."""
    minutes = UNSAID > mine.day > desk.day or UNSAID > mine.stretch > desk.stretch
    return mine.side > desk.side or mine.blur < desk.blur or minutes


def compared(house: Comfort, own: Comfort, *, is_viewed: bool) -> list[tuple[str, str, str]]:
    """Line by line what holds for everybody at an organisation and what holds for one of them; of drawings only where anything is viewed."""
    return [(words, said(house), said(own)) for words, said, is_drawing in _LINES if is_viewed or not is_drawing]


_LINES: tuple[tuple[str, Callable[[Comfort], str], bool], ...] = (
    ("Pictures and videos in 24 hours, at most", lambda one: f"{one.day} minutes", False),
    ("A break is proposed after", lambda one: f"{one.stretch} minutes", False),
    ("Size of a small copy, at most", lambda one: f"{one.side} pixels", True),
    ("Blur of a small copy, at least", lambda one: f"{one.blur} pixels", True),
    ("Clear view", lambda one: "none" if one.no_clear else "without colour" if one.is_grey else "in colour", True),
    ("Videos", lambda one: "none" if one.no_video else "as stills", True),
    ("Asked twice each time", lambda one: "yes" if one.asks_twice else "no", True),
)


def in_words(one: Comfort, *, is_viewed: bool) -> list[str]:
    """What somebody said, in a few words each; of drawings only where anything is viewed."""
    words = [
        (f"{one.day} minutes a day" if one.day != UNSAID else "", False),
        (f"a break after {one.stretch} minutes" if one.stretch != UNSAID else "", False),
        (f"{one.side} pixels", True),
        (f"blur of {one.blur} pixels", True),
        ("nothing in colour" if one.is_grey else "", True),
        ("asked twice" if one.asks_twice else "", True),
        ("no videos" if one.no_video else "", True),
        ("no clear view" if one.no_clear else "", True),
    ]
    return [word for word, is_drawing in words if word and (is_viewed or not is_drawing)] or ["as the installation says"]


def is_spared_less(drawn: Comfort, now: Comfort) -> bool:
    """Whether what was drawn for somebody under `drawn` shows more than they are to be shown now."""
    return strictest(drawn, now) != drawn


def clear_side(mine: Comfort, desk: Comfort) -> int:
    """The longer side of a clear view: as much smaller as somebody has small copies smaller."""
    return max(1, CLEAR_SIDE * mine.side // max(1, desk.side))
