"""Which moves a step, a notice, a package and a referral may make, and what can be called back."""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import TypeVar

from cairndesk.response.errors import IllegalStep
from cairndesk.response.rules.plan import StepState


class Choice(StrEnum):
    """How evidence is preserved before anything is taken down."""

    PROVIDER = "provider"
    AUTHORITY = "authority"
    OWN_RECORD = "own_record"
    NOT_POSSIBLE = "not_possible"


class NoticeKind(StrEnum):
    """What a notice asks a provider for."""

    REMOVAL = "removal"
    DELISTING = "delisting"
    PRESERVATION = "preservation"
    BOOKING = "booking"


TAKES_DOWN = frozenset({NoticeKind.REMOVAL, NoticeKind.DELISTING})
KEEPS = frozenset({NoticeKind.PRESERVATION, NoticeKind.BOOKING})


class NoticeState(StrEnum):
    """Where a notice stands. `queued`: a person sent it and the mail server has not taken it yet."""

    DRAFTED = "drafted"
    QUEUED = "queued"
    SENT = "sent"
    ACKNOWLEDGED = "acknowledged"
    REMOVED = "removed"
    REFUSED = "refused"
    REAPPEARED = "reappeared"
    ESCALATED = "escalated"
    COUNTERED = "countered"
    WITHDRAWN = "withdrawn"
    DROPPED = "dropped"
    UNDELIVERED = "undelivered"


_N = NoticeState
NOTICE_MOVES: Mapping[NoticeState, frozenset[NoticeState]] = {
    _N.DRAFTED: frozenset({_N.QUEUED, _N.DROPPED}),
    _N.QUEUED: frozenset({_N.SENT, _N.UNDELIVERED}),
    _N.UNDELIVERED: frozenset({_N.QUEUED, _N.DROPPED}),
    _N.SENT: frozenset({_N.ACKNOWLEDGED, _N.REMOVED, _N.REFUSED, _N.ESCALATED, _N.COUNTERED}),
    _N.ACKNOWLEDGED: frozenset({_N.REMOVED, _N.REFUSED, _N.ESCALATED, _N.COUNTERED}),
    _N.ESCALATED: frozenset({_N.ACKNOWLEDGED, _N.REMOVED, _N.REFUSED, _N.COUNTERED}),
    _N.REFUSED: frozenset({_N.ESCALATED, _N.COUNTERED, _N.REMOVED}),
    _N.REMOVED: frozenset({_N.REAPPEARED, _N.COUNTERED}),
    _N.REAPPEARED: frozenset({_N.ESCALATED, _N.REMOVED, _N.COUNTERED}),
    # After a review the notice goes on from where it stood, or is withdrawn.
    _N.COUNTERED: frozenset({_N.SENT, _N.ACKNOWLEDGED, _N.REMOVED, _N.REFUSED, _N.ESCALATED, _N.REAPPEARED, _N.WITHDRAWN}),
    _N.WITHDRAWN: frozenset(),
    _N.DROPPED: frozenset(),
}
# Notices that are out: to these alone somebody can object.
COUNTERABLE = tuple(state for state, after in NOTICE_MOVES.items() if NoticeState.COUNTERED in after)
AWAITS_ANSWER = frozenset({_N.SENT, _N.ACKNOWLEDGED, _N.ESCALATED, _N.REAPPEARED})
ANSWERS = frozenset({_N.ACKNOWLEDGED, _N.REMOVED, _N.REFUSED, _N.REAPPEARED})
NOT_YET_OUT = frozenset({_N.DRAFTED, _N.DROPPED})
ENDED = frozenset({_N.REMOVED, _N.REFUSED, _N.WITHDRAWN, _N.DROPPED})

# A provider has it and may still act on it: that can be called back. What was removed or refused has ended.
STILL_ASKS = AWAITS_ANSWER | {_N.COUNTERED}

STEP_MOVES: Mapping[StepState, frozenset[StepState]] = {
    StepState.PROPOSED: frozenset({StepState.APPROVED, StepState.SKIPPED}),
    StepState.APPROVED: frozenset({StepState.DONE, StepState.FAILED, StepState.SKIPPED}),
    StepState.FAILED: frozenset({StepState.APPROVED, StepState.SKIPPED, StepState.DONE}),
    StepState.SKIPPED: frozenset({StepState.PROPOSED}),
    StepState.DONE: frozenset(),
}
OPEN_STEPS = frozenset({StepState.PROPOSED, StepState.APPROVED, StepState.FAILED})


class PackageState(StrEnum):
    """Where an authority package stands."""

    BUILT = "built"
    TAKEN = "taken"
    HANDED_OVER = "handed_over"
    ACKNOWLEDGED = "acknowledged"
    ACCEPTED = "accepted"
    ANSWERED = "answered"


PACKAGE_MOVES: Mapping[PackageState, frozenset[PackageState]] = {
    PackageState.BUILT: frozenset({PackageState.TAKEN}),
    PackageState.TAKEN: frozenset({PackageState.TAKEN, PackageState.HANDED_OVER}),
    PackageState.HANDED_OVER: frozenset({PackageState.ACKNOWLEDGED, PackageState.ACCEPTED, PackageState.ANSWERED}),
    PackageState.ACKNOWLEDGED: frozenset({PackageState.ACCEPTED, PackageState.ANSWERED}),
    PackageState.ACCEPTED: frozenset({PackageState.ANSWERED}),
    PackageState.ANSWERED: frozenset({PackageState.ANSWERED}),
}


class AuthorityOutcome(StrEnum):
    """What an authority says became of it (INV-15)."""

    CHILD_SAFEGUARDED = "child_safeguarded"
    ARREST = "arrest"
    INVESTIGATING = "investigating"
    NO_FURTHER_ACTION = "no_further_action"
    NOT_COMPETENT = "not_competent"


class Consent(StrEnum):
    """What the person chose about a referral, or that the choice was overridden for danger."""

    NOT_ASKED = "not_asked"
    GIVEN = "given"
    REFUSED = "refused"
    OVERRIDDEN = "overridden"


class Told(StrEnum):
    """Whether the child was told of an override."""

    TOLD = "told"
    LATER = "later"
    NOT_SAFE = "not_safe"


class ReferralState(StrEnum):
    """Where a referral stands."""

    DRAFTED = "drafted"
    DECIDED = "decided"
    MADE = "made"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    CLOSED = "closed"


_R = ReferralState
REFERRAL_MOVES: Mapping[ReferralState, frozenset[ReferralState]] = {
    _R.DRAFTED: frozenset({_R.DECIDED}),
    _R.DECIDED: frozenset({_R.DECIDED, _R.MADE, _R.CLOSED}),
    _R.MADE: frozenset({_R.ACCEPTED, _R.DECLINED, _R.CLOSED}),
    _R.ACCEPTED: frozenset({_R.CLOSED}),
    _R.DECLINED: frozenset({_R.CLOSED}),
    _R.CLOSED: frozenset(),
}
# A service has it and may act on it.
STILL_HELPS = frozenset({_R.MADE, _R.ACCEPTED})
MAY_BE_MADE = frozenset({Consent.GIVEN, Consent.OVERRIDDEN})
# Sources tell of waits of half a year; at a quarter of that somebody should offer something in between.
LONG_WAIT = timedelta(weeks=6)


class Sent(StrEnum):
    """What can be called back."""

    NOTICE = "notice"
    PACKAGE = "package"
    REFERRAL = "referral"
    DESK = "desk"


class CalledBack(StrEnum):
    """What came of calling something back."""

    STOPPED = "stopped"
    ASKED = "asked"
    TOO_LATE = "too_late"
    TOLD = "told"


CALLED_BACK: Mapping[CalledBack, str] = {
    CalledBack.STOPPED: "They stopped, or gave it back.",
    CalledBack.ASKED: "They were asked to stop, and have not answered.",
    CalledBack.TOO_LATE: "It cannot be undone any more.",
    CalledBack.TOLD: "They know, and go by it.",
}

State = TypeVar("State", bound=StrEnum)


def check_move(moves: Mapping[State, frozenset[State]], here: State, there: State) -> None:
    """Raise IllegalStep unless `moves` allows to go from `here` to `there`."""
    if there not in moves[here]:
        raise IllegalStep(f"{here} to {there}")
