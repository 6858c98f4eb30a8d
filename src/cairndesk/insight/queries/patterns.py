"""Which codes were recorded together: each case or item counts once, under the whole set of its codes, under nothing that few share (DET-22)."""

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
TACTIC, TECHNIQUE = "tactic", "ai_technique"


def tactics(cases: QuerySet[Any], on: date) -> list[dict[str, Any]]:
    """For each case what it says (`tactic`, `made_by`, `year`), and that it counts once; no word of anybody is read for it."""
    marks = IncidentMark.objects.filter(incident__case__in=cases.values("pk"), mark__startswith=f"{TACTIC}.")
    coded = _coded(TACTIC, marks.order_by().values_list("incident__case", "mark"), on)
    rows = cases.order_by().values_list("pk", "made_by", "year")
    return [{TACTIC: coded.get(pk, ""), "made_by": made_by, "year": year, "count": 1} for pk, made_by, year in rows]


def techniques(items: QuerySet[Any], on: date) -> dict[str, list[dict[str, Any]]]:
    """By which techniques software made or altered items, by their kind: of each of which any is recorded `ai_technique` and `made_by`, once."""
    held = items.filter(marks__mark__startswith=f"{TECHNIQUE}.").order_by().values_list("pk", "kind", "made_by", "marks__mark")
    rows = list(held)
    coded = _coded(TECHNIQUE, ((pk, mark) for pk, _, _, mark in rows), on)
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for pk, (kind, made_by) in {pk: (kind, made_by) for pk, kind, made_by, _ in rows}.items():
        found[kind].append({TECHNIQUE: coded[pk], "made_by": made_by, "count": 1})
    return found


def with_the_rest(coded: Iterable[dict[str, Any]], everything: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """`coded`, and what is left of `everything`: that of which no technique is recorded, together."""
    held, left = list(coded), Counter[str]()
    for row in everything:
        left[row["made_by"]] += row["count"]
    left.subtract(row["made_by"] for row in held)
    return [*held, *({TECHNIQUE: "", "made_by": made_by, "count": count} for made_by, count in left.items() if count > 0)]


def dimension(rows: Iterable[dict[str, Any]], family: str, *, threshold: int) -> Dimension:
    """Every pattern that at least `threshold` of `rows` share.

    All others are one place: that a rare set of codes was recorded at all could name a case to who knows of it.
    """
    many: Counter[str] = Counter()
    for row in rows:
        many[row[family]] += row["count"]
    shared = sorted(pattern for pattern, count in many.items() if pattern and count >= threshold)
    return Dimension(family, (*shared, OTHER_PATTERNS, NONE_YET), rest=OTHER_PATTERNS)


def _coded(family: str, marks: Iterable[tuple[UUID, str]], on: date) -> dict[UUID, str]:
    held: dict[UUID, set[str]] = defaultdict(set)
    for pk, mark in marks:
        held[pk].add(taxonomy.counted_as(family, mark.partition(".")[2], on))
    return {pk: JOINT.join(_sorted(family, codes)) for pk, codes in held.items()}


def _sorted(family: str, codes: Iterable[str]) -> list[str]:
    """In the order of the taxonomy, so that the same set is the same pattern."""
    order = list(taxonomy.family(family).codes)
    return sorted(codes, key=lambda code: (order.index(code) if code in order else len(order), code))
