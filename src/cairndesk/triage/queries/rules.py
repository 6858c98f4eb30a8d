"""Which priority rules an organisation goes by, which it wrote, and what others would have made of its last month."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from uuid import UUID

from django.db.models import OuterRef, Subquery

from cairndesk.cases.models import Case
from cairndesk.directory.models import FIRST_OWN
from cairndesk.triage import errors
from cairndesk.triage.models import Assessment, RuleSet, RuleSwitch
from cairndesk.triage.rules.table import Table, read_kept, shipped, shipped_text
from cairndesk.triage.rules.trial import Moved, moved

MONTH = timedelta(days=30)
"""How far back rules are tried."""
_MOST_SHOWN = 100
_NOT_MOVED = (0, timedelta())


@dataclass(frozen=True)
class Trial:
    """What rules would have made of the cases that came since `since`; `shown` are the cases that moved furthest, with why."""

    since: datetime
    cases: int
    up: int
    down: int
    levels: Mapping[int, tuple[int, int]]
    shown: tuple[tuple[Case, Moved], ...]


def rules_in_force(organisation: UUID) -> Table:
    """The table by which the cases of `organisation` are judged now; one query."""
    last = RuleSwitch.objects.filter(organisation=organisation).order_by("-pk").values_list("rules__number", flat=True).first()
    return rules_of(organisation, last) if last is not None else shipped()


def rules_of(organisation: UUID, version: int) -> Table:
    """The table behind an assessment of `version`; the one that comes with the desk where an older desk judged by its own."""
    return _own(organisation, version) if version >= FIRST_OWN else shipped()


def text_of(organisation: UUID, version: int | None) -> str:
    """The file of that version of `organisation`, or the one that comes with the desk. Raises NoSuchRules."""
    if version is None or version < FIRST_OWN:
        return shipped_text()
    kept = RuleSet.objects.filter(organisation=organisation, number=version).first()
    if kept is None:
        raise errors.NoSuchRules
    return kept.text


def versions_of(organisation: UUID) -> list[RuleSet]:
    """What the organisation wrote, the newest first."""
    return list(RuleSet.objects.filter(organisation=organisation).order_by("-number"))


def switches_of(organisation: UUID) -> list[RuleSwitch]:
    """When it went over to which rules, the newest first."""
    return list(RuleSwitch.objects.filter(organisation=organisation).select_related("rules").order_by("-pk"))


def try_rules(organisation: UUID, table: Table, *, now: datetime) -> Trial:
    """What `table` would have made of the cases of the last month; nothing is opened and nothing changes.

    It reads the signs that the last assessment of each case found. What a person set by hand, and the time that a deadline leaves, stay
    out of it.
    """
    last = Assessment.objects.filter(case=OuterRef("pk")).order_by("-pk")
    cases = Case.objects.filter(organisation=organisation, opened_at__gte=now - MONTH)
    judged = cases.annotate(
        said=Subquery(last.values("reasons")[:1]), level_said=Subquery(last.values("level")[:1]), version_said=Subquery(last.values("version")[:1])
    )
    found = list(judged.exclude(level_said=None))
    before, after, shifts = Counter[int](), Counter[int](), list[tuple[Case, Moved]]()
    for case in found:
        judged_by = rules_of(organisation, case.version_said)
        shift = moved(case.said, level=case.level_said, advice_only=case.advice_only, judged_by=judged_by, table=table)
        before[shift.before] += 1
        after[shift.after] += 1
        if shift.later != _NOT_MOVED:
            shifts.append((case, shift))
    # Down first: a child who would wait longer is what a supervisor must see.
    shifts.sort(key=lambda pair: (*(-by for by in pair[1].later), pair[0].opened_at, pair[0].pk))
    return Trial(
        since=now - MONTH,
        cases=len(found),
        up=sum(not shift.is_later for _, shift in shifts),
        down=sum(shift.is_later for _, shift in shifts),
        levels={level: (before[level], after[level]) for level in range(1, 6)},
        shown=tuple(shifts[:_MOST_SHOWN]),
    )


@lru_cache(maxsize=64)
def _own(organisation: UUID, version: int) -> Table:
    # What an organisation once wrote never changes.
    return read_kept(text_of(organisation, version), version=version)
