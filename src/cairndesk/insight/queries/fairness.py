"""How triage treats groups: priority, first look and what people set by hand, by language, way, teller, country, gender, relation, realness.

Nothing sealed is opened for it, so what is sealed (disability, origin, faith and their like) is never compared here.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Max, Min, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from cairndesk.cases.models import Case, Incident, Report, StageChange
from cairndesk.cases.rules import Stage
from cairndesk.insight import rules
from cairndesk.insight.queries import dimensions as by
from cairndesk.insight.queries.dimensions import NONE_YET, NOT_KNOWN, SEVERAL, Dimension
from cairndesk.insight.rules import Table
from cairndesk.lib.unknowns import Unknown
from cairndesk.triage.models import Override

OTHERS = "others"
LEVEL = Dimension("level", ("1", "2", "3", "4", "5"))
FIRST_LOOK = Dimension("first_look", ("in_time", "late", "not_yet"))
BY_HAND = Dimension("by_hand", ("lowered", "raised", "not_changed"))
_COLUMNS = (LEVEL, FIRST_LOOK, BY_HAND)
_NOBODY_LOOKED = (Stage.RECEIVED, Stage.QUEUED)
# The family of the taxonomy of each, empty where there is none.
_GROUPS = {
    "language": "",
    "channel": "",
    "source": "report_source",
    "country": "",
    "gender": "gender",
    "relation": "relation",
    "authenticity": "authenticity",
}
_Row = Mapping[str, Any]


@dataclass(frozen=True)
class Compared:
    """One way of forming groups: its table, and for each group the median hours until the first look (None: withheld); `""` is all."""

    table: Table
    medians: Mapping[str, float | None]


def fairness(organisation: UUID, *, now: datetime, threshold: int = rules.THRESHOLD) -> tuple[Compared, ...]:
    """Every comparison over the cases of `organisation`; groups of fewer than `threshold` cases are counted together."""
    cases = list(_seen(Case.objects.filter(organisation=organisation), now))
    return tuple(_compared(name, family, cases, now, threshold) for name, family in _GROUPS.items())


def _seen(cases: QuerySet[Case], now: datetime) -> Iterable[_Row]:
    """What each case says: its groups by the first report, when a person first looked, and the level set by hand beside that of the rules."""
    first = Report.objects.filter(case=OuterRef("pk")).order_by("received_at", "pk")
    looked = StageChange.objects.filter(case=OuterRef("pk")).exclude(after__in=_NOBODY_LOOKED).order_by("at", "pk")
    set_last = Override.objects.filter(case=OuterRef("pk")).order_by("-pk")
    lands = Incident.objects.filter(case=OuterRef("pk")).exclude(country_child__in=list(Unknown)).order_by().values("case")
    found = cases.annotate(
        **{name: Subquery(first.values(name)[:1]) for name in ("language", "channel", "source")},
        gender=by.gender_in("pk"),
        relation=by.relation_in("pk"),
        authenticity=by.authenticity_in("pk"),
        looked=Subquery(looked.values("at")[:1]),
        # What a person set afterwards moves the time, and makes no late look early. Moves from before it was kept say nothing.
        promised=Coalesce(Subquery(looked.values("due_at")[:1]), "due_at"),
        seen=Subquery(set_last.values("seen")[:1]),
        set_to=Subquery(set_last.values("level")[:1]),
        **{name: Subquery(lands.annotate(code=most("country_child")).values("code")) for name, most in (("low", Min), ("high", Max))},
    )
    asked = ("language", "channel", "source", "gender", "relation", "authenticity")
    rows = found.values(*asked, "priority", "opened_at", "promised", "looked", "seen", "set_to", "low", "high")
    return (row | {"country": _country(row), "level": row["priority"], "first_look": _look(row, now), "by_hand": _hand(row)} for row in rows)


def _country(row: _Row) -> str:
    return (row["low"] if row["low"] == row["high"] else SEVERAL) or NOT_KNOWN


def _look(row: _Row, now: datetime) -> str:
    """Against the time that was promised for this case, so that urgent and ordinary ones can be compared."""
    if row["looked"] is None:
        return "late" if row["promised"] < now else "not_yet"
    return "in_time" if row["looked"] <= row["promised"] else "late"


def _hand(row: _Row) -> str:
    if row["seen"] is None or row["set_to"] == row["seen"]:
        return "not_changed"
    # The most urgent level is 1.
    return "lowered" if row["set_to"] > row["seen"] else "raised"


def _compared(name: str, family: str, cases: list[_Row], now: datetime, threshold: int) -> Compared:
    groups = _groups(name, family, cases, threshold)
    on = now.date()
    crossed = [by.crossed(((row[name], row[column.id], 1) for row in cases), groups, column, on) for column in _COLUMNS]
    table = rules.table(f"triage_by_{name}", "cases", crossed[0].base, crossed=crossed, family=family, threshold=threshold)
    shown = {cell.code for cell in table.cells if cell.count is not None} | ({""} if table.total is not None else set())
    waits: dict[str, list[timedelta]] = {code: [] for code in ("", *crossed[0].base)}
    for row in cases:
        if row["looked"] is not None:
            for code in ("", groups.place(row[name], on)):
                waits[code].append(row["looked"] - row["opened_at"])
    return Compared(table, {code: rules.median_hours(spans, threshold=threshold) if code in shown else None for code, spans in waits.items()})


def _groups(name: str, family: str, cases: Iterable[_Row], threshold: int) -> Dimension:
    """Every group of at least `threshold` cases; all others are one: that a rare language was spoken at all could name a child."""
    many = Counter(str(row[name]) for row in cases if row[name])
    last = (NOT_KNOWN, SEVERAL)
    # In the order of their names: what is withheld beside a small group must not depend on sizes.
    shared = sorted(code for code, count in many.items() if count >= threshold and code not in last)
    return Dimension(name, (*shared, *(code for code in last if many[code] >= threshold), OTHERS, NONE_YET), rest=OTHERS, family=family)
