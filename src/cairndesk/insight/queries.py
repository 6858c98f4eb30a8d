"""The first tables: reports, and what became of them, counted by codes and clocks; nothing sealed is opened to count."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Min, OuterRef, QuerySet, Subquery

from cairndesk.cases.models import Case, HarmCode, Report, StageChange
from cairndesk.cases.rules import Stage
from cairndesk.insight import rules
from cairndesk.response.models import Notice

NONE_YET = "none_yet"


@dataclass(frozen=True)
class Numbers:
    """All tables of one organisation, and the medians in hours beside them (None: withheld)."""

    tables: tuple[rules.Table, ...]
    medians: Mapping[str, float | None]


def numbers(organisation: UUID, *, threshold: int = rules.THRESHOLD) -> Numbers:
    """The tables of `organisation`, with small cells withheld under `threshold`."""
    cases = Case.objects.filter(organisation=organisation)
    reports = Report.objects.filter(case__in=cases)
    to_action, to_removal = _waits_for_action(cases), _waits_for_removal(cases)
    counted: dict[str, tuple[str, dict[str, int]]] = {
        "reports_by_source": ("reports", _by(reports, "source")),
        "reports_by_channel": ("reports", _by(reports, "channel")),
        "reports_by_state": ("reports", _by(reports, "state")),
        "cases_by_harm": ("cases", _by(cases.annotate(lead=_lead_harm()), "lead")),
        "cases_by_priority": ("cases", _by(cases, "priority")),
        "cases_by_outcome": ("cases", _by(cases, "outcome")),
        "cases_by_time_to_first_action": ("cases", _banded(to_action)),
        "notices_by_outcome": ("notices", _by(Notice.objects.filter(case__in=cases).exclude(state__in=["drafted", "dropped"]), "state")),
        "notices_by_time_to_removal": ("notices", _banded(to_removal)),
    }
    return Numbers(
        tables=tuple(rules.table(name, unit, counts, threshold=threshold) for name, (unit, counts) in counted.items()),
        medians={
            "time_to_first_action": rules.median_hours(to_action, threshold=threshold),
            "time_to_removal": rules.median_hours(to_removal, threshold=threshold),
        },
    )


def _by(rows: QuerySet[Any], field: str) -> dict[str, int]:
    """Rows by the codes of `field`; what has no code yet is a category, so that the table adds up."""
    counted: Counter[str] = Counter()
    for code, count in rows.order_by(field).values_list(field).annotate(count=Count("pk")):
        counted[str(code or NONE_YET)] += count
    return dict(counted)


def _lead_harm() -> Subquery:
    return Subquery(HarmCode.objects.filter(incident__case=OuterRef("pk"), is_lead=True).values("harm")[:1])


def _waits_for_action(cases: QuerySet[Case]) -> list[timedelta]:
    """From opening to the first time that a person took the case."""
    first = StageChange.objects.filter(case__in=cases, after=Stage.REVIEWING).values("case").annotate(at=Min("at"))
    return [row["at"] - row["case__opened_at"] for row in first.values("case", "case__opened_at", "at")]


def _waits_for_removal(cases: QuerySet[Case]) -> list[timedelta]:
    """From the sending of a notice to the removal that it asked for."""
    removed = Notice.objects.filter(case__in=cases, state="removed").values_list("sent_at", "ended_at")
    return [ended - sent for sent, ended in removed if sent is not None and ended is not None]


def _banded(spans: list[timedelta]) -> dict[str, int]:
    counted = Counter(rules.time_band(span) for span in spans)
    return {code: counted[code] for code, _ in rules.BANDS}
