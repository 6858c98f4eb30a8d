"""What ought to be done, in which order, with which reasons; and which moves a step, a notice, a package and a referral may make."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import TypeVar

from cairndesk.cases.rules.choices import BOUNDS, Act, Limit
from cairndesk.response.errors import HeldBack, IllegalStep, PreservationFirst, SignOffMissing

# Dated rule sets speak in these codes; others are read as "not decided".
UNLAWFUL, HARMFUL = "unlawful", "lawful_but_harmful"


class StepKind(StrEnum):
    """The steps of a plan, in the order in which they are proposed."""

    SAFEGUARD = "safeguard"
    WELFARE = "welfare"
    PRESERVE = "preserve"
    REMOVE = "remove"
    AUTHORITY = "authority"
    PARTNER = "partner"
    SUPPORT = "support"


class StepState(StrEnum):
    """Where a step stands."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    SKIPPED = "skipped"
    DONE = "done"
    FAILED = "failed"


class Reason(StrEnum):
    """Why a step is proposed; `WORDS` says each in a sentence."""

    IN_DANGER = "in_danger"
    SELF_HARM = "self_harm"
    CONTINUING_ACCESS = "continuing_access"
    NEAR_THE_CHILD = "near_the_child"
    CHILD_ACTOR = "child_actor"
    UNLAWFUL_SOMEWHERE = "unlawful_somewhere"
    HARMFUL_BY_TERMS = "harmful_by_terms"
    NOT_AGREED_TO = "not_agreed_to"
    EVIDENCE_BEFORE_REMOVAL = "evidence_before_removal"
    SHORT_RETENTION = "short_retention"
    OFFENCE_SUSPECTED = "offence_suspected"
    HOSTED_ABROAD = "hosted_abroad"
    SUPPORT_ALWAYS = "support_always"
    ADVICE_WANTED = "advice_wanted"
    COULD_WARN = "could_warn"


WORDS: Mapping[Reason, str] = {
    Reason.IN_DANGER: "A child may be in danger now.",
    Reason.SELF_HARM: "There are signs of self-harm or thoughts of suicide.",
    Reason.CONTINUING_ACCESS: "The person of concern still has access to the child.",
    Reason.NEAR_THE_CHILD: "The person of concern is close to the child: family, household, or known in person.",
    Reason.CHILD_ACTOR: "The person of concern is a child; help comes before punishment.",
    Reason.UNLAWFUL_SOMEWHERE: "The rules of at least one jurisdiction call this unlawful.",
    Reason.HARMFUL_BY_TERMS: "It is harmful, and the terms of most providers forbid it.",
    Reason.NOT_AGREED_TO: "The person shown did not agree; this does not depend on a crime.",
    Reason.EVIDENCE_BEFORE_REMOVAL: "What is removed without being preserved is lost as evidence.",
    Reason.SHORT_RETENTION: "The provider keeps records for a short time only.",
    Reason.OFFENCE_SUSPECTED: "An offence against a child is suspected.",
    Reason.HOSTED_ABROAD: "It is hosted in another country, where a partner can act faster.",
    Reason.SUPPORT_ALWAYS: "Support is offered always; it never depends on a report to the police.",
    Reason.ADVICE_WANTED: "The person asked for advice only.",
    Reason.COULD_WARN: "A routine notice could warn the person of concern.",
}


@dataclass(frozen=True, slots=True)
class Facts:
    """What the plan is made from; `verdicts` is jurisdiction → code, `host_countries` where reported addresses are hosted."""

    in_danger: bool = False
    self_harm: bool = False
    continuing_access: bool = False
    near_by_relation: bool = False
    child_actor: bool = False
    has_addresses: bool = False
    verdicts: Mapping[str, str] = field(default_factory=dict)
    not_agreed_to: bool = False
    offence_suspected: bool = False
    short_retention: bool = False
    host_countries: frozenset[str] = frozenset()
    own_country: str = ""
    advice_only: bool = False

    @property
    def could_warn(self) -> bool:
        """Whether a routine notice could tip off a person who is near the child (TRG-09, TAX-62)."""
        return self.continuing_access or self.near_by_relation


@dataclass(frozen=True, slots=True)
class ProposedStep:
    """One step of a plan. `is_held`: blocked until a supervisor lifts it. `needs_sign_off`: a second person must agree."""

    kind: StepKind
    reasons: Sequence[Reason]
    within: timedelta
    is_held: bool = False
    needs_sign_off: bool = False


def obligations(facts: Facts) -> tuple[ProposedStep, ...]:
    """The plan that the facts call for, in order; a person approves, skips or adds, nothing goes out by itself."""
    if facts.advice_only and not (facts.in_danger or facts.self_harm):
        return (ProposedStep(StepKind.SUPPORT, (Reason.ADVICE_WANTED,), timedelta(days=1)),)
    return tuple(_steps(facts))


def _steps(facts: Facts) -> Iterator[ProposedStep]:
    urgent = facts.in_danger or facts.self_harm
    if near := _nearness(facts):
        yield ProposedStep(StepKind.SAFEGUARD, near, timedelta(hours=1) if urgent else timedelta(hours=24))
    if facts.child_actor:
        yield ProposedStep(StepKind.WELFARE, (Reason.CHILD_ACTOR,), timedelta(hours=24))
    grounds = _grounds(facts)
    if facts.has_addresses and grounds:
        yield from _preserve_then_remove(facts, grounds)
    if offence := _offence(facts):
        yield ProposedStep(StepKind.AUTHORITY, offence, timedelta(hours=4) if urgent else timedelta(hours=24), needs_sign_off=facts.child_actor)
    if facts.host_countries - {facts.own_country} and UNLAWFUL in facts.verdicts.values():
        yield ProposedStep(StepKind.PARTNER, (Reason.HOSTED_ABROAD,), timedelta(hours=48))
    yield ProposedStep(StepKind.SUPPORT, (Reason.SUPPORT_ALWAYS,), timedelta(hours=24))


def _preserve_then_remove(facts: Facts, grounds: Sequence[Reason]) -> Iterator[ProposedStep]:
    short = (Reason.SHORT_RETENTION,) if facts.short_retention else ()
    yield ProposedStep(StepKind.PRESERVE, (Reason.EVIDENCE_BEFORE_REMOVAL, *short), timedelta(hours=4) if short else timedelta(hours=12))
    warn = (Reason.COULD_WARN,) if facts.could_warn else ()
    yield ProposedStep(StepKind.REMOVE, (*grounds, *warn), timedelta(hours=24), is_held=facts.could_warn)


def _nearness(facts: Facts) -> tuple[Reason, ...]:
    found = (
        (facts.in_danger, Reason.IN_DANGER),
        (facts.self_harm, Reason.SELF_HARM),
        (facts.continuing_access, Reason.CONTINUING_ACCESS),
        (facts.near_by_relation, Reason.NEAR_THE_CHILD),
    )
    return tuple(reason for holds, reason in found if holds)


def _grounds(facts: Facts) -> tuple[Reason, ...]:
    said = set(facts.verdicts.values())
    found = (
        (UNLAWFUL in said, Reason.UNLAWFUL_SOMEWHERE),
        (HARMFUL in said, Reason.HARMFUL_BY_TERMS),
        (facts.not_agreed_to, Reason.NOT_AGREED_TO),
    )
    return tuple(reason for holds, reason in found if holds)


def _offence(facts: Facts) -> tuple[Reason, ...]:
    found = (
        (facts.in_danger, Reason.IN_DANGER),
        (facts.offence_suspected, Reason.OFFENCE_SUSPECTED),
        (UNLAWFUL in facts.verdicts.values(), Reason.UNLAWFUL_SOMEWHERE),
    )
    reasons = tuple(reason for holds, reason in found if holds)
    return (*reasons, Reason.CHILD_ACTOR) if reasons and facts.child_actor else reasons


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


TAKES_DOWN = frozenset({NoticeKind.REMOVAL, NoticeKind.DELISTING})


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
    ANSWERED = "answered"


PACKAGE_MOVES: Mapping[PackageState, frozenset[PackageState]] = {
    PackageState.BUILT: frozenset({PackageState.TAKEN}),
    PackageState.TAKEN: frozenset({PackageState.TAKEN, PackageState.HANDED_OVER}),
    PackageState.HANDED_OVER: frozenset({PackageState.ACKNOWLEDGED, PackageState.ANSWERED}),
    PackageState.ACKNOWLEDGED: frozenset({PackageState.ANSWERED}),
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


class CalledBack(StrEnum):
    """What came of calling something back."""

    STOPPED = "stopped"
    ASKED = "asked"
    TOO_LATE = "too_late"


CALLED_BACK: Mapping[CalledBack, str] = {
    CalledBack.STOPPED: "They stopped, or gave it back.",
    CalledBack.ASKED: "They were asked to stop, and have not answered.",
    CalledBack.TOO_LATE: "It cannot be undone any more.",
}

State = TypeVar("State", bound=StrEnum)


def check_move(moves: Mapping[State, frozenset[State]], here: State, there: State) -> None:
    """Raise IllegalStep unless `moves` allows to go from `here` to `there`."""
    if there not in moves[here]:
        raise IllegalStep(f"{here} to {there}")


BOUNDED: Mapping[StepKind, Act] = {
    StepKind.PRESERVE: Act.WRITE_TO_SITE,
    StepKind.REMOVE: Act.WRITE_TO_SITE,
    StepKind.AUTHORITY: Act.TELL_POLICE,
}


class Hindrance(StrEnum):
    """What must come to its end before anything that was told may be erased; `HINDERS` says each in a sentence."""

    SAFEGUARDING = "safeguarding"
    AUTHORITY = "authority"
    OFFERED = "offered"
    ON_ITS_WAY = "on_its_way"
    HELD = "held"
    LAW = "law"


HINDERS: Mapping[Hindrance, str] = {
    Hindrance.SAFEGUARDING: "A child may be in danger now, and safeguarding is not finished. First finish that step, or skip it and say why.",
    Hindrance.AUTHORITY: "An authority is to act or has its package, and has not said what came of it. First record its answer, or skip the step.",
    Hindrance.OFFERED: "The case is offered to another organisation. First let it be taken, or take the offer back.",
    Hindrance.ON_ITS_WAY: "A letter is on its way. First let it arrive, or drop it.",
    Hindrance.HELD: "A hold stands on this case. First two people lift it.",
    Hindrance.LAW: "The retention schedule keeps records of this case for longer; its days stand in the directory, under Retention.",
}


def check_gates(kind: StepKind, *, is_preserved: bool, is_held: bool, needs_sign_off: bool, is_signed_off: bool) -> None:
    """Return when a step may be approved and what it sends may go; raise what stands in the way, the child's safety first."""
    if is_held:
        raise HeldBack
    if kind is StepKind.REMOVE and not is_preserved:
        raise PreservationFirst
    if needs_sign_off and not is_signed_off:
        raise SignOffMissing


def bounding(kind: StepKind) -> Limit | None:
    """The choice that stands against a step of this kind: it writes to a site or to the police. Whoever tells a helper asks at the referral."""
    act = BOUNDED.get(kind)
    return BOUNDS[act] if act else None


def goes_at_once(kind: StepKind, reasons: Sequence[str]) -> bool:
    """Whether the step may be approved before a second look, with a review that another person must close."""
    return kind in {StepKind.SAFEGUARD, StepKind.SUPPORT} and bool({Reason.IN_DANGER, Reason.SELF_HARM} & set(reasons))
