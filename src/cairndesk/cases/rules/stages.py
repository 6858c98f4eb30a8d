"""The stages of a case and the moves between them."""

from collections.abc import Mapping
from enum import StrEnum


class Stage(StrEnum):
    """Where a case stands; the next room claims what stands at its stage."""

    RECEIVED = "received"
    QUEUED = "queued"
    REVIEWING = "reviewing"
    SECOND_LOOK = "second_look"
    CLASSIFIED = "classified"
    ACTING = "acting"
    ANSWERED = "answered"
    CLOSED = "closed"


# Forward along the path, back where a person sends it back, and open again when something new came in.
MOVES: Mapping[Stage, frozenset[Stage]] = {
    Stage.RECEIVED: frozenset({Stage.QUEUED}),
    Stage.QUEUED: frozenset({Stage.REVIEWING, Stage.ANSWERED}),
    Stage.REVIEWING: frozenset({Stage.QUEUED, Stage.SECOND_LOOK, Stage.CLASSIFIED}),
    Stage.SECOND_LOOK: frozenset({Stage.CLASSIFIED, Stage.REVIEWING}),
    Stage.CLASSIFIED: frozenset({Stage.ACTING, Stage.REVIEWING}),
    Stage.ACTING: frozenset({Stage.ANSWERED, Stage.REVIEWING}),
    Stage.ANSWERED: frozenset({Stage.CLOSED, Stage.QUEUED, Stage.ACTING}),
    Stage.CLOSED: frozenset({Stage.QUEUED}),
}


def may_move(here: Stage, there: Stage) -> bool:
    """Whether a case at `here` may go to `there`."""
    return there in MOVES[here]
