"""What other rules would have made of a case that was judged before, from the signs that were found then."""

from collections.abc import Iterable
from dataclasses import dataclass

from cairndesk.triage.rules.signs import Sign
from cairndesk.triage.rules.table import Table


@dataclass(frozen=True, slots=True)
class Moved:
    """The level that a case was given and the one it would be given, and the words of the rule that decides; empty where none holds."""

    before: int
    after: int
    why: str


def moved(reasons: Iterable[str], *, level: int, advice_only: bool, table: Table) -> Moved:
    """What `table` makes of a case for which `reasons` were found when it was given `level`."""
    found = {Sign(code) for code in reasons if code in set(Sign)}
    held = [rule for rule in table.rules if rule.sign in found]
    if not held:
        return Moved(level, (table.advice if advice_only else table.ordinary)[0], "")
    first = min(held, key=lambda rule: rule.level)
    return Moved(level, first.level, first.words)
