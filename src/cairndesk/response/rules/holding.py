"""Holds on notices that an authority asked for: how long one may last, and how it ends."""

from datetime import timedelta
from enum import StrEnum

USUAL_DAYS, LONGEST_DAYS = 7, 30
"""How long a hold lasts unless somebody says otherwise, and at most; a renewal begins anew and is bound alike."""
PAGE_AGAIN = timedelta(days=1)
"""A hold that ran out pages somebody at once, and then once a day until it is renewed or lifted."""


class HoldEnd(StrEnum):
    """How a hold came to its end: never by itself."""

    RENEWED = "renewed"
    LIFTED = "lifted"


def may_last(days: int) -> bool:
    """Whether a hold may be set for so many days."""
    return 1 <= days <= LONGEST_DAYS
