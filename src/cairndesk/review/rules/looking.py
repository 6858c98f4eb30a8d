"""Why somebody looks at what was drawn of an original, as a code, because the log holds no words; and how it is drawn for whom."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

# Over how long looks are counted.
DAY = timedelta(hours=24)
CLEAR_SIDE = 1024
"""Pixels: the longer side of a clear view for somebody who takes the size that the desk offers."""
SIDES = (320, 240, 160, 128, 96, 64)
BLURS = (0, 4, 8, 12, 16, 24)


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
    """How somebody is shown anything: the longer side and the blur of a small copy in pixels, and what they want to be spared."""

    side: int
    blur: int
    is_grey: bool
    asks_twice: bool = False
    no_video: bool = False
    no_clear: bool = False


def strictest(mine: Comfort, desk: Comfort) -> Comfort:
    """Of each the stricter one: what somebody chose counts only as far as the desk does not ask for more."""
    return Comfort(
        side=min(mine.side, desk.side),
        blur=max(mine.blur, desk.blur),
        is_grey=mine.is_grey or desk.is_grey,
        asks_twice=mine.asks_twice or desk.asks_twice,
        no_video=mine.no_video or desk.no_video,
        no_clear=mine.no_clear or desk.no_clear,
    )


def is_laxer(mine: Comfort, desk: Comfort) -> bool:
    """Whether `mine` is laxer than the desk in anything."""
    return strictest(mine, desk) != mine


def clear_side(mine: Comfort, desk: Comfort) -> int:
    """The longer side of a clear view: as much smaller as somebody has small copies smaller."""
    return max(1, CLEAR_SIDE * mine.side // max(1, desk.side))
