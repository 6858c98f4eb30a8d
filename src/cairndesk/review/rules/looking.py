"""Why somebody looks at a small copy of an original: a code, because the log holds no words."""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum

# Over how long looks are counted.
DAY = timedelta(hours=24)


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
