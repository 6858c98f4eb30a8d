"""Why what somebody told may be erased: codes only, because a reason in words could repeat what is to go."""

from collections.abc import Mapping
from enum import StrEnum


class Ground(StrEnum):
    """Why everything that was told in a case is erased."""

    ASKED_IN_WRITING = "asked_in_writing"
    ASKED_WITH_WORDS = "asked_with_words"
    OUT_OF_TIME = "out_of_time"
    ORDERED = "ordered"
    NOT_FOR_US = "not_for_us"


WORDS: Mapping[Ground, str] = {
    Ground.ASKED_IN_WRITING: "at the reporter's request, in the messages",
    Ground.ASKED_WITH_WORDS: "at the reporter's request, with the six words",
    Ground.OUT_OF_TIME: "by decision: there is no reason left to keep it",
    Ground.ORDERED: "by decision: a law or an authority requires it",
    Ground.NOT_FOR_US: "by decision: it was no report, or told by mistake",
}
