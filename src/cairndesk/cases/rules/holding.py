"""Why records are put on hold: codes, so that a list of holds tells nobody what a case is about."""

from collections.abc import Mapping
from enum import StrEnum


class HoldGround(StrEnum):
    """Why nothing of a case, or one of its originals, may be destroyed."""

    AUTHORITY = "authority"
    COURT = "court"
    CLAIM = "claim"
    RESTRICTION = "restriction"
    REVIEW = "review"


WORDS: Mapping[HoldGround, str] = {
    HoldGround.AUTHORITY: "an authority asked that it be preserved",
    HoldGround.COURT: "a court ordered it",
    HoldGround.CLAIM: "it may be needed for a claim or a defence",
    HoldGround.RESTRICTION: "a person asked that it be kept and not used",
    HoldGround.REVIEW: "how the case was handled is being looked into",
}
