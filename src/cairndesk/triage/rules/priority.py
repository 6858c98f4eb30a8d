"""How urgent a case is, from 1 (now) to 5, and why, in words; `priority.toml` is the readable table behind it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from cairndesk.cases import taxonomy
from cairndesk.triage.rules.signs import Facts, Sign
from cairndesk.triage.rules.table import EMERGENCY, Rule, Table


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


def priority(facts: Facts, table: Table) -> Priority:
    """The priority that the facts call for by `table`; it suggests and explains, and a person may decide otherwise."""
    held = [rule for rule in table.rules if rule.sign in facts.signs]
    rest = table.advice if facts.advice_only else table.ordinary
    level = min((rule.level for rule in held), default=rest[0])
    within = min((rule.within for rule in held), default=rest[1])
    if facts.time_left is not None:
        # Half of what is left, so that there is time to act after the first look.
        within = min(within, facts.time_left / 2)
    reasons = tuple(reason for rule in held for reason in _reasons(rule, facts, table))
    return Priority(level=level, is_emergency=level == EMERGENCY, reasons=reasons, due=within)


def _reasons(rule: Rule, facts: Facts, table: Table) -> Iterable[Reason]:
    yield Reason(rule.sign.value, rule.words)
    if rule.sign is Sign.RAISING_CODE:
        yield from (Reason(key, words_for(key, table)) for key in sorted(facts.raising))


def words_for(code: str, table: Table) -> str:
    """The words of a reason code, kept readable when it comes from the taxonomy or from an older table."""
    if code in set(Sign):
        return table.rule(Sign(code)).words
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
