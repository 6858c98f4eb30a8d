"""What other rules would have made of a case that was judged before, from the signs that were found then."""

from collections.abc import Iterable
from dataclasses import dataclass

from cairndesk.triage.rules.priority import priority
from cairndesk.triage.rules.signs import Facts, Sign
from cairndesk.triage.rules.table import Table


@dataclass(frozen=True, slots=True)
class Moved:
    """The level that a case was given and the one it would be given, and the words of the rule that decides; empty where none holds."""

    before: int
    after: int
    why: str


def moved(reasons: Iterable[str], *, level: int, advice_only: bool, table: Table) -> Moved:
    """What `table` makes of a case for which `reasons` were found when it was given `level`."""
    signs = frozenset(Sign(code) for code in reasons if code in set(Sign))
    found = priority(Facts(signs=signs, advice_only=advice_only), table)
    return Moved(level, found.level, found.reasons[0].words if found.reasons else "")
