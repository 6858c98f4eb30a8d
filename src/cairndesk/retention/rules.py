"""Whether the time of day may be believed before anything is destroyed by it; and what data subjects may ask for and be answered."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from cairndesk.retention.errors import RequestUnclear

# Reboots are not counted to the second, and clocks drift; a clock that was set is further off than that.
TOLERANCE = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Count:
    """The time by our own counting: somebody else told it at `told`, and `counted` seconds have passed since by a counter that nobody can set.

    `ticks` is where that counter, seconds since the machine was started, stood last.
    """

    told: datetime
    counted: float
    ticks: float

    @property
    def believed(self) -> datetime:
        """The time that we would say it is, without looking at the clock."""
        return self.told + timedelta(seconds=self.counted)


def count_on(count: Count, ticks: float) -> Count:
    """The same, `ticks` later. After a start of the machine at least its ticks have passed; how long it stood still nobody has counted."""
    passed = ticks - count.ticks if ticks >= count.ticks else ticks
    return replace(count, counted=count.counted + passed, ticks=ticks)


def told_anew(count: Count, told: datetime) -> Count:
    """The same after somebody else told the time; what is not later than we believe tells nothing new."""
    return replace(count, told=told, counted=0.0) if told > count.believed else count


def agree(count: Count, clock: datetime) -> bool:
    """Whether the clock of the machine and our own counting say nearly the same. How far they part adds up from one start to the next."""
    return abs(clock - count.believed) <= TOLERANCE


class Asked(StrEnum):
    """What a person asks for who stands in the records."""

    ACCESS = "access"
    CORRECTION = "correction"
    ERASURE = "erasure"
    OBJECTION = "objection"


class Against(StrEnum):
    """Which decision an objection is about. One against a notice is written down at the notice (`response.actions.counter`)."""

    VERDICT = "verdict"
    LISTED = "listed"
    REQUEST = "request"


class ToldBy(StrEnum):
    """How the person was told what came of it."""

    RECEIPT = "receipt"
    IN_PERSON = "in_person"
    PHONE = "phone"
    LETTER = "letter"


class Who(StrEnum):
    """Who asks."""

    THEMSELVES = "themselves"
    PARENT = "parent"
    REPRESENTATIVE = "representative"
    SERVICE = "service"
    REPORTER = "reporter"


class Checked(StrEnum):
    """How the desk knows that they are who they say; what was looked at is not kept."""

    NOT_YET = "not_yet"
    SIX_WORDS = "six_words"
    IN_PERSON = "in_person"
    DOCUMENT = "document"
    MANDATE = "mandate"


class Decision(StrEnum):
    """What a supervisor decided."""

    GRANTED = "granted"
    PARTLY = "partly"
    REFUSED = "refused"


class Refusal(StrEnum):
    """Why something is not given, not corrected or not erased."""

    CHILD_SAFETY = "child_safety"
    INVESTIGATION = "investigation"
    OTHERS = "others"
    HELD = "held"
    LAW = "law"
    NOT_SHOWN = "not_shown"
    NOTHING_FOUND = "nothing_found"
    STANDS = "stands"


ASKED_WORDS: Mapping[Asked, str] = {
    Asked.ACCESS: "to know what is kept about them",
    Asked.CORRECTION: "that something be corrected",
    Asked.ERASURE: "that what they told be erased",
    Asked.OBJECTION: "that a decision be looked at again",
}
AGAINST_WORDS: Mapping[Against, str] = {
    Against.VERDICT: "what we found in a case, or that we closed it without acting",
    Against.LISTED: "something of theirs on our own list, or blocked because of it",
    Against.REQUEST: "how a request of theirs was decided",
}
TOLD_WORDS: Mapping[ToldBy, str] = {
    ToldBy.RECEIPT: "behind the six words",
    ToldBy.IN_PERSON: "in person",
    ToldBy.PHONE: "by phone",
    ToldBy.LETTER: "by letter or mail",
}
WHO_WORDS: Mapping[Who, str] = {
    Who.THEMSELVES: "the person themselves",
    Who.PARENT: "a parent or guardian",
    Who.REPRESENTATIVE: "somebody with a mandate",
    Who.SERVICE: "a service or the owner of a site",
    Who.REPORTER: "whoever told us, behind the six words",
}
CHECKED_WORDS: Mapping[Checked, str] = {
    Checked.NOT_YET: "not yet",
    Checked.SIX_WORDS: "by the six words",
    Checked.IN_PERSON: "in person",
    Checked.DOCUMENT: "by a document that was looked at and not kept",
    Checked.MANDATE: "by a mandate that was looked at and not kept",
}
DECISION_WORDS: Mapping[Decision, str] = {Decision.GRANTED: "granted", Decision.PARTLY: "granted in part", Decision.REFUSED: "refused"}
REFUSAL_WORDS: Mapping[Refusal, str] = {
    Refusal.CHILD_SAFETY: "it could endanger a child",
    Refusal.INVESTIGATION: "it could harm an investigation that is under way",
    Refusal.OTHERS: "it belongs to other people as well",
    Refusal.HELD: "a hold stands on it",
    Refusal.LAW: "it must be kept for longer",
    Refusal.NOT_SHOWN: "who asks has not shown who they are",
    Refusal.NOTHING_FOUND: "nothing of theirs was found",
    Refusal.STANDS: "the decision was looked at again and is right",
}


def check_decision(asked: Asked, decision: Decision, refusals: Collection[Refusal], checked: Checked, *, has_case: bool) -> None:
    """Return when a request may be decided so; else raise RequestUnclear.

    Nobody is given anything before it is known who they are, and nothing is withheld without a reason that they can be told. An objection gives
    nothing away: an error is an error whoever points at it.
    """
    if asked is Asked.OBJECTION:
        checked, has_case = Checked.IN_PERSON, True
    if decision is not Decision.REFUSED and checked is Checked.NOT_YET:
        raise RequestUnclear("First write down how you know who asks.")
    if decision is not Decision.REFUSED and not has_case:
        raise RequestUnclear("First write down which case it is about.")
    if (decision is Decision.GRANTED) == bool(refusals):
        raise RequestUnclear("Choose why for what is withheld, and no reason where nothing is.")
