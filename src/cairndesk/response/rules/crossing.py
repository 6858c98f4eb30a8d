"""A case on its way to a desk of another installation: where it stands, which letter may follow, and until when an offer waits."""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum


class Side(StrEnum):
    """Whether this desk gave the offer or was given it."""

    OUT = "out"
    IN = "in"


class CrossingState(StrEnum):
    """Where an offer stands, as this desk knows it."""

    OFFERED = "offered"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    RETURNING = "returning"
    RETURNED = "returned"


class Paper(StrEnum):
    """What a letter between two desks says; the codes stand in the format."""

    OFFER = "offer"
    WITHDRAWAL = "withdrawal"
    ACCEPTANCE = "acceptance"
    REFUSAL = "refusal"
    RETURN = "return"
    RECEIPT = "receipt"
    FEEDBACK = "feedback"


_S = CrossingState
# Which letters the desk that gave the offer takes, and in which states. What the other desk did is so, whatever we did meanwhile: an
# acceptance that crossed our withdrawal is taken, and a return says that there was an acceptance, though that letter may be lost.
_GAVE: Mapping[Paper, frozenset[CrossingState]] = {
    Paper.ACCEPTANCE: frozenset({_S.OFFERED, _S.WITHDRAWN}),
    Paper.REFUSAL: frozenset({_S.OFFERED, _S.WITHDRAWN}),
    Paper.RETURN: frozenset({_S.OFFERED, _S.WITHDRAWN, _S.ACCEPTED}),
    Paper.FEEDBACK: frozenset({_S.ACCEPTED}),
}
_GOT: Mapping[Paper, frozenset[CrossingState]] = {
    Paper.WITHDRAWAL: frozenset({_S.OFFERED}),
    Paper.RECEIPT: frozenset({_S.RETURNING}),
}
TAKES: Mapping[Side, Mapping[Paper, frozenset[CrossingState]]] = {Side.OUT: _GAVE, Side.IN: _GOT}

CROSSING_WORDS: Mapping[Side, Mapping[CrossingState, str]] = {
    Side.OUT: {
        _S.OFFERED: "offered; they have not answered",
        _S.ACCEPTED: "they have it",
        _S.REFUSED: "they did not take it",
        _S.WITHDRAWN: "we took the offer back",
        _S.RETURNED: "they handed it back",
    },
    Side.IN: {
        _S.OFFERED: "offered to us",
        _S.ACCEPTED: "we have it",
        _S.REFUSED: "we did not take it",
        _S.WITHDRAWN: "they took the offer back",
        _S.RETURNING: "we hand it back; until they say that they have it, it stays with us",
        _S.RETURNED: "we handed it back, and they have it",
    },
}
_SAID: Mapping[str, str] = {
    "told_by_reporter": "they had told it themselves",
    "authority_package": "a package for an authority",
    "offered_to_desk": "offered to another desk",
    "preserved_by_provider": "a provider preserves its records",
    "legal_hold": "a legal hold stands on it",
    "kept_by_law": "a law has it kept there",
    "abuse_now": "the abuse happens now",
    "meeting_planned": "a meeting is planned",
    "location_known": "the other person knows where the child is",
    "self_harm": "there is a risk of self-harm",
    "continuing_access": "the other person goes on having access to the child",
    "active_contact": "they are in contact now",
    "removed": "it was removed",
    "partly_removed": "some of it was removed",
    "passed_on": "it was passed on to somebody who may act",
    "help_arranged": "help was arranged",
    "advice_given": "advice was given",
    "nothing_found": "nothing was found",
    "could_not": "they could do nothing",
}


def said(code: str) -> str:
    """What a code of the format says, for a reader; one that is not known here stays readable."""
    return _SAID.get(code, code.replace("_", " "))


FORGOTTEN_AFTER = timedelta(days=7)
"""So long after the day by which it should have been answered, what was offered to us is erased: nobody here took it on."""
_ANSWER_WITHIN = {True: timedelta(hours=1), False: timedelta(days=3)}


def answer_within(*, is_emergency: bool) -> timedelta:
    """For how long an offer may wait for its answer."""
    return _ANSWER_WITHIN[is_emergency]
