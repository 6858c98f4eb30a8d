"""What ought to be done, in which order, with which reasons, and what may stand in the way of a step."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from cairndesk.cases.rules.choices import BOUNDS, Act, Limit
from cairndesk.response.errors import HeldBack, PreservationFirst, SignOffMissing

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
    BOOKED_PLACE = "booked_place"
    COULD_WARN = "could_warn"
    TOLD_IN_VAIN = "told_in_vain"


WORDS: Mapping[Reason, str] = {
    Reason.IN_DANGER: "A child may be in danger now.",
    Reason.SELF_HARM: "There are signs of self-harm or thoughts of suicide.",
    Reason.CONTINUING_ACCESS: "The person of concern still has access to the child.",
    Reason.NEAR_THE_CHILD: "The person of concern is close to the child: family, household, or known in person.",
    Reason.CHILD_ACTOR: "The person of concern may be a child; help comes before punishment.",
    Reason.UNLAWFUL_SOMEWHERE: "The rules of at least one jurisdiction call this unlawful.",
    Reason.HARMFUL_BY_TERMS: "It is harmful, and the terms of most providers forbid it.",
    Reason.NOT_AGREED_TO: "The person shown did not agree; this does not depend on a crime.",
    Reason.EVIDENCE_BEFORE_REMOVAL: "What is removed without being preserved is lost as evidence.",
    Reason.SHORT_RETENTION: "The provider keeps records for a short time only.",
    Reason.OFFENCE_SUSPECTED: "An offence against a child is suspected.",
    Reason.HOSTED_ABROAD: "It is hosted in another country, where a partner can act faster.",
    Reason.SUPPORT_ALWAYS: "Support is offered always; it never depends on a report to the police.",
    Reason.ADVICE_WANTED: "The person asked for advice only.",
    Reason.TOLD_IN_VAIN: "The provider was told before and did not act, so the notice goes to where it takes escalations.",
    Reason.BOOKED_PLACE: "It happened, or is planned, at a place let through a platform, which knows the booking. Record the listing, and ask.",
    Reason.COULD_WARN: "A routine notice could warn the person of concern.",
}


@dataclass(frozen=True, slots=True)
class Facts:
    """What the plan is made from; `verdicts` is jurisdiction → code, `host_countries` where reported addresses are hosted.

    `as_of` is the index of the last entry of the log about the case that they take into account; -1 for none.
    `warns` names one by one the facts by which a notice could tip somebody off, as long as they stand.
    """

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
    told_in_vain: bool = False
    held_elsewhere: bool = False
    booked_place: bool = False
    as_of: int = -1
    warns: frozenset[str] = frozenset()

    @property
    def could_warn(self) -> bool:
        """Whether a routine notice could tip off a person who is near the child (TRG-09, TAX-62).

        `held_elsewhere`: the desk that gave us the case held every notice back, for reasons that it knew.
        """
        return self.continuing_access or self.near_by_relation or self.held_elsewhere


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
    elif facts.booked_place and _offence(facts):
        yield ProposedStep(StepKind.PRESERVE, (Reason.BOOKED_PLACE,), timedelta(hours=4) if urgent else timedelta(hours=12))
    if offence := _offence(facts):
        yield ProposedStep(StepKind.AUTHORITY, offence, timedelta(hours=4) if urgent else timedelta(hours=24), needs_sign_off=facts.child_actor)
    if facts.host_countries - {facts.own_country} and UNLAWFUL in facts.verdicts.values():
        yield ProposedStep(StepKind.PARTNER, (Reason.HOSTED_ABROAD,), timedelta(hours=48))
    yield ProposedStep(StepKind.SUPPORT, (Reason.SUPPORT_ALWAYS,), timedelta(hours=24))


def _preserve_then_remove(facts: Facts, grounds: Sequence[Reason]) -> Iterator[ProposedStep]:
    short = (Reason.SHORT_RETENTION,) if facts.short_retention else ()
    booked = (Reason.BOOKED_PLACE,) if facts.booked_place else ()
    yield ProposedStep(StepKind.PRESERVE, (Reason.EVIDENCE_BEFORE_REMOVAL, *short, *booked), timedelta(hours=4) if short else timedelta(hours=12))
    warn = (Reason.COULD_WARN,) if facts.could_warn else ()
    vain = (Reason.TOLD_IN_VAIN,) if facts.told_in_vain else ()
    yield ProposedStep(StepKind.REMOVE, (*grounds, *vain, *warn), AFTER_VAIN if vain else timedelta(hours=24), is_held=facts.could_warn)


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


class ComplaintAnswer(StrEnum):
    """What a provider answered to whoever told it, before the desk did."""

    NONE = "no_answer"
    REFUSED = "refused"
    PARTLY = "partly"


AFTER_VAIN = timedelta(hours=12)
"""Until when a notice goes out where the provider was told before."""


BOUNDED: Mapping[StepKind, Act] = {
    StepKind.PRESERVE: Act.WRITE_TO_SITE,
    StepKind.REMOVE: Act.WRITE_TO_SITE,
    StepKind.AUTHORITY: Act.TELL_POLICE,
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
