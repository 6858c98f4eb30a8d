"""Why a finished case may be opened again."""

from enum import StrEnum


class Again(StrEnum):
    """The reason as a code; it stands in the change of stage and in the log."""

    NEW_FACTS = "new_facts"
    BACK_ONLINE = "back_online"
    ENDED_TOO_EARLY = "ended_too_early"
    OBJECTION = "objection"


WORDS = {
    Again.NEW_FACTS: "Something new became known",
    Again.BACK_ONLINE: "What was removed is back",
    Again.ENDED_TOO_EARLY: "It was ended too early or by mistake",
    Again.OBJECTION: "Somebody objected and was right",
}
