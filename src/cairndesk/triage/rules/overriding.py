"""Why a person sets a priority by hand; the code is counted, the words beside it stay sealed."""

from enum import StrEnum

from cairndesk.triage.errors import NoReason

SHORTEST = 10


class Why(StrEnum):
    """The kinds of reasons."""

    DANGER_SEEN = "danger_seen"
    MORE_KNOWN = "more_known"
    HELP_IS_THERE = "help_is_there"
    SAME_MATTER = "same_matter"
    OTHER = "other"


WORDS = {
    Why.DANGER_SEEN: "There is more danger than the rules can see",
    Why.MORE_KNOWN: "More became known since",
    Why.HELP_IS_THERE: "Help has already reached the child",
    Why.SAME_MATTER: "The same matter is worked on in another case",
    Why.OTHER: "Another reason",
}


def check_reason(words: str) -> str:
    """The words, stripped; raise NoReason when there are too few to follow later."""
    told = words.strip()
    if len(told) < SHORTEST:
        raise NoReason
    return told
