"""Disclosure control: what of a count may be shown so that no single child can be found in it.

Cells under the threshold are withheld, and with them as many further cells as are needed so that neither the total nor the
sum of the withheld cells gives one away: the classic primary and complementary cell suppression
(Hundepool et al., Statistical Disclosure Control, 2012, chapter 4), for tables of one dimension with a shown total.
"""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

THRESHOLD = 10
# Printed under every table: the figures are what was reported, and no more.
FLOOR = "floor"
SELF_GENERATED = "self_generated"


@dataclass(frozen=True)
class Cell:
    """One category and its count; `count` None is withheld."""

    code: str
    count: int | None


@dataclass(frozen=True)
class Table:
    """Counts of one unit over the categories of one dimension; `total` None is withheld."""

    id: str
    unit: str
    cells: tuple[Cell, ...]
    total: int | None
    caveats: tuple[str, ...] = (FLOOR,)


def table(id: str, unit: str, counts: Mapping[str, int], *, threshold: int = THRESHOLD, caveats: tuple[str, ...] = (FLOOR,)) -> Table:  # noqa: A002 - a table has an id
    """`counts` as a table that may be shown; `threshold` 1 withholds nothing (for staff of the organisation itself)."""
    total = sum(counts.values())
    hidden = withheld(counts, threshold=threshold)
    cells = tuple(Cell(code, None if code in hidden else count) for code, count in counts.items())
    return Table(id, unit, cells, None if hidden and len(hidden) == len(counts) else total, caveats)


def withheld(counts: Mapping[str, int], *, threshold: int = THRESHOLD) -> frozenset[str]:
    """The categories that must not be shown. A true zero says nothing of anybody and is shown, unless nothing is.

    Afterwards either nothing is withheld, or the sum of the withheld cells leaves every small one more than one possible
    value, or everything is withheld, and then the total as well. Further cells are taken from the end of the list and not by
    size: a choice that depends on the counts would tell about them.
    """
    small = [code for code, count in counts.items() if 0 < count < threshold]
    if not small:
        return frozenset()
    large = [code for code, count in counts.items() if count >= threshold]
    for taken in range(len(large) + 1):
        hidden = [*small, *large[len(large) - taken :]]
        if _leaves_a_choice(len(small), taken, sum(counts[code] for code in hidden), threshold):
            return frozenset(hidden)
    return frozenset(counts)


def _leaves_a_choice(small: int, large: int, together: int, threshold: int) -> bool:
    """Whether the sum of the withheld cells is neither itself a small count nor at an end where only one split is possible."""
    least = small + threshold * large
    most = (threshold - 1) * small
    inside = least + 2 <= together and (large > 0 or together <= most - 2)
    return small + large >= 2 and together >= threshold and inside


def median_hours(spans: Sequence[timedelta], *, threshold: int = THRESHOLD) -> float | None:
    """The median of `spans` in hours, rounded to half hours; None when there are fewer than `threshold`."""
    if len(spans) < max(threshold, 1):
        return None
    return round(statistics.median(span.total_seconds() for span in spans) / 1800) / 2


BANDS: tuple[tuple[str, timedelta | None], ...] = (
    ("within_1_h", timedelta(hours=1)),
    ("within_24_h", timedelta(hours=24)),
    ("within_7_days", timedelta(days=7)),
    ("longer", None),
)


def time_band(span: timedelta) -> str:
    """The band that a waiting time falls into."""
    return next(code for code, limit in BANDS if limit is None or span <= limit)
