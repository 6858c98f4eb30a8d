"""What other rules would have made of a case that was judged before, from the signs that were found then."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from cairndesk.triage.rules.priority import priority
from cairndesk.triage.rules.signs import Facts, Sign
from cairndesk.triage.rules.table import Table


@dataclass(frozen=True, slots=True)
class Moved:
    """The level that a case was given and the one it would be given, by when somebody looks in each, and the words of the rule that decides.

    Those are empty where none holds.
    """

    before: int
    after: int
    why: str
    within_before: timedelta
    within_after: timedelta

    @property
    def later(self) -> tuple[int, timedelta]:
        """By how many levels it would come later, and by how much time; less than nothing: sooner."""
        return self.after - self.before, self.within_after - self.within_before

    @property
    def is_later(self) -> bool:
        """Whether somebody would look at it later: it would have a less urgent level, or the same one with more time."""
        return self.later > (0, timedelta())


def moved(reasons: Iterable[str], *, level: int, advice_only: bool, judged_by: Table, table: Table) -> Moved:
    """What `table` makes of a case for which `reasons` were found when it was given `level` by the table `judged_by`."""
    facts = Facts(signs=frozenset(Sign(code) for code in reasons if code in set(Sign)), advice_only=advice_only)
    found = priority(facts, table)
    return Moved(level, found.level, found.reasons[0].words if found.reasons else "", priority(facts, judged_by).due, found.due)
