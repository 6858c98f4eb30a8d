"""How urgent a case is, from 1 (now) to 5, and why, in words; one readable table, most urgent first."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from cairndesk.cases import taxonomy
from cairndesk.triage.rules.signs import Facts, Sign

# Goes into every assessment; raise it when the table changes, so that an old decision can be read with its own table.
VERSION = 2

MINUTES, HOURS = timedelta(minutes=1), timedelta(hours=1)
EMERGENCY = 1
# Without any sign: somebody found something, or wants advice.
ORDINARY, ORDINARY_WITHIN = 4, 48 * HOURS
ADVICE, ADVICE_WITHIN = 5, 72 * HOURS


@dataclass(frozen=True, slots=True)
class Rule:
    """While `sign` holds, the case is at least this urgent and somebody looks at it within this time."""

    sign: Sign
    level: int
    within: timedelta
    words: str


TABLE = (
    Rule(Sign.DANGER_NOW, 1, 15 * MINUTES, "A child is in danger now"),
    Rule(Sign.MEETING, 1, 30 * MINUTES, "A meeting in person is planned"),
    Rule(Sign.SELF_HARM, 1, 30 * MINUTES, "There are signs of self-harm or thoughts of suicide"),
    Rule(Sign.DEADLINE, 2, 1 * HOURS, "A threat has a deadline"),
    Rule(Sign.ACTIVE_CONTACT, 2, 45 * MINUTES, "The person of concern is in contact with the child"),
    Rule(Sign.CONTINUING_ACCESS, 2, 4 * HOURS, "The person of concern can reach the child"),
    Rule(Sign.LIVE, 2, 2 * HOURS, "Abuse may be shown live"),
    Rule(Sign.CONTACT_ABUSE, 2, 4 * HOURS, "Abuse in person was told or recorded"),
    Rule(Sign.THREAT, 2, 4 * HOURS, "Somebody threatens the child; boys are often the ones extorted and seldom ask for help"),
    Rule(Sign.LOCATION_KNOWN, 2, 8 * HOURS, "The person of concern knows where the child is"),
    Rule(Sign.YOUNGEST, 2, 8 * HOURS, "A child under 10 is concerned"),
    Rule(Sign.RAISING_CODE, 2, 8 * HOURS, "A recorded code makes it more urgent"),
    Rule(Sign.ORGANISED, 2, 8 * HOURS, "It looks organised"),
    Rule(Sign.NEW_MATERIAL, 3, 12 * HOURS, "The material was not seen before: the child may be unknown to everybody who could help"),
    Rule(Sign.LISTED, 3, 12 * HOURS, "It meets a known list"),
    Rule(Sign.IMAGES_SHARED, 3, 24 * HOURS, "Images of a child are being shared or were asked for"),
    Rule(Sign.CHILD_TELLS, 3, 24 * HOURS, "A child asks for help"),
    # It makes no case more urgent than an ordinary one: it says where else to look.
    Rule(Sign.ALIKE, ORDINARY, ORDINARY_WITHIN, "A picture looks like one in another case"),
)
_BY_SIGN = {rule.sign: rule for rule in TABLE}

# How soon somebody looks at a case of each level when a person sets it.
WITHIN = {1: 15 * MINUTES, 2: 4 * HOURS, 3: 24 * HOURS, 4: ORDINARY_WITHIN, 5: ADVICE_WITHIN}
LEVELS = {1: "Now", 2: "Within hours", 3: "Within a day", 4: "Within two days", 5: "When there is time"}


@dataclass(frozen=True, slots=True)
class Reason:
    """Why: a code for the record and words for people."""

    code: str
    words: str


@dataclass(frozen=True, slots=True)
class Priority:
    """Level 1 (most urgent) to 5, the reasons in the order of their weight, and by when somebody should look."""

    level: int
    is_emergency: bool
    reasons: tuple[Reason, ...]
    due: timedelta


def priority(facts: Facts) -> Priority:
    """The priority that the facts call for; it suggests and explains, and a person may decide otherwise."""
    held = [rule for rule in TABLE if rule.sign in facts.signs]
    rest = (ADVICE, ADVICE_WITHIN) if facts.advice_only else (ORDINARY, ORDINARY_WITHIN)
    level = min((rule.level for rule in held), default=rest[0])
    within = min((rule.within for rule in held), default=rest[1])
    if facts.time_left is not None:
        # Half of what is left, so that there is time to act after the first look.
        within = min(within, facts.time_left / 2)
    reasons = tuple(reason for rule in held for reason in _reasons(rule, facts))
    return Priority(level=level, is_emergency=level == EMERGENCY, reasons=reasons, due=within)


def _reasons(rule: Rule, facts: Facts) -> Iterable[Reason]:
    yield Reason(rule.sign.value, rule.words)
    if rule.sign is Sign.RAISING_CODE:
        yield from (Reason(key, words_for(key)) for key in sorted(facts.raising))


def words_for(code: str) -> str:
    """The words of a reason code, kept readable when it comes from the taxonomy or from an older table."""
    if code in set(Sign):
        return _BY_SIGN[Sign(code)].words
    family, _, value = code.partition(".")
    if not value:
        return code.replace("_", " ")
    said = taxonomy.label(family, value)
    return f"Recorded: {said[:1].lower()}{said[1:]}"


def effective(*, assessed: int, seen: int | None, set_to: int | None) -> int:
    """The level in force: a person's, unless the case has become more urgent than what that person saw (`seen`)."""
    if set_to is None or seen is None:
        return assessed
    return set_to if assessed >= seen else min(set_to, assessed)
