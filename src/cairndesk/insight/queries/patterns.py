"""Which tactics were recorded together: each case counts once, under the whole set of its codes, and under nothing that few cases share (DET-22)."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from cairndesk.cases import taxonomy
from cairndesk.cases.models import IncidentMark
from cairndesk.insight.queries.dimensions import NONE_YET, OTHER_PATTERNS, Dimension

JOINT = "+"
_FAMILY = "tactic"


def patterns(cases: QuerySet[Any], on: date) -> list[dict[str, Any]]:
    """For each case what it says (`tactics`, `made_by`, `year`), and that it counts once; no word of anybody is read for it."""
    coded: dict[UUID, set[str]] = defaultdict(set)
    marks = IncidentMark.objects.filter(incident__case__in=cases.values("pk"), mark__startswith=f"{_FAMILY}.")
    for case, mark in marks.order_by().values_list("incident__case", "mark"):
        coded[case].add(taxonomy.counted_as(_FAMILY, mark.partition(".")[2], on))
    rows = cases.order_by().values_list("pk", "made_by", "year")
    return [{"tactics": JOINT.join(_sorted(coded.get(pk, ()))), "made_by": made_by, "year": year, "count": 1} for pk, made_by, year in rows]


def dimension(rows: Iterable[dict[str, Any]], *, threshold: int) -> Dimension:
    """Every pattern that at least `threshold` cases share.

    All others are one place: that a rare set of tactics was recorded at all could name a case to who knows of it.
    """
    many = Counter(row["tactics"] for row in rows if row["tactics"])
    shared = sorted(pattern for pattern, count in many.items() if count >= threshold)
    return Dimension("tactics", (*shared, OTHER_PATTERNS, NONE_YET), rest=OTHER_PATTERNS)


def _sorted(codes: Iterable[str]) -> list[str]:
    """In the order of the taxonomy, so that the same set is the same pattern."""
    order = list(taxonomy.family(_FAMILY).codes)
    return sorted(codes, key=lambda code: (order.index(code) if code in order else len(order), code))
