"""Disclosure control for a table that is divided once more: by whether material is self-generated, by gender, by year.

Whoever reads it knows both margins: the count of each category, and how the whole divides. The rows are therefore shown from
the largest category down, as long as no cell in them and no cell of the rest together is small; all others are withheld. Every
margin that stays known is then zero or at least the threshold, so that a withheld cell could have many values. How many rows
are shown depends on all cells of the rest at once, so that no single row is known to hold a small one. A test plays the reader
who knows all of this, over every table of some sizes.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from cairndesk.insight.rules.withholding import THRESHOLD, is_protectable, withheld


@dataclass(frozen=True)
class Crossed:
    """Counts by category, divided by a second dimension `id`: for each category one count for each of `columns`."""

    id: str
    columns: tuple[str, ...]
    counts: Mapping[str, Sequence[int]]

    @property
    def base(self) -> dict[str, int]:
        """The count of each category."""
        return {code: sum(row) for code, row in self.counts.items()}

    @property
    def totals(self) -> dict[str, int]:
        """The count of each column."""
        return {column: sum(row[place] for row in self.counts.values()) for place, column in enumerate(self.columns)}


@dataclass(frozen=True)
class Split:
    """What may be shown of a Crossed; None is withheld."""

    id: str
    columns: tuple[str, ...]
    rows: Mapping[str, tuple[int | None, ...]]
    totals: tuple[int | None, ...]


def split(crossed: Crossed, *, threshold: int = THRESHOLD) -> Split:
    """`crossed` as it may be shown; its base is shown as `withheld` says, and small columns are withheld like small categories."""
    base, totals = crossed.base, crossed.totals
    if not (is_protectable(base, threshold=threshold) and is_protectable(totals, threshold=threshold)):
        return nothing_of(crossed.id, crossed.columns, base)
    hidden, closed = withheld(base, threshold=threshold), withheld(totals, threshold=threshold)
    shown = _largest({code: _merged(row, crossed.columns, closed) for code, row in crossed.counts.items()}, hidden, threshold)
    rows = {code: row if code in shown or not base[code] else (None,) * len(row) for code, row in crossed.counts.items()}
    return Split(
        crossed.id,
        crossed.columns,
        {code: _open(row, crossed.columns, closed) for code, row in rows.items()},
        _open(tuple(totals.values()), crossed.columns, closed),
    )


def nothing_of(id: str, columns: tuple[str, ...], categories: Iterable[str]) -> Split:  # noqa: A002 - a split has an id
    """A split in which everything is withheld."""
    none = (None,) * len(columns)
    return Split(id, columns, dict.fromkeys(categories, none), none)


def _merged(row: Sequence[int], columns: Sequence[str], closed: frozenset[str]) -> tuple[int, ...]:
    """What a reader can reckon of a row that is shown: its open columns, and the sum of the closed ones."""
    open_ones = [count for count, column in zip(row, columns, strict=True) if column not in closed]
    return (*open_ones, sum(row) - sum(open_ones))


def _open(row: Sequence[int | None], columns: Sequence[str], closed: frozenset[str]) -> tuple[int | None, ...]:
    return tuple(None if column in closed else count for count, column in zip(row, columns, strict=True))


def _largest(rows: Mapping[str, tuple[int, ...]], hidden: frozenset[str], threshold: int) -> frozenset[str]:
    """The most categories, from the largest down, that can be shown so that neither they nor the rest together hold a small cell."""
    sizes = {code: sum(row) for code, row in rows.items()}
    known = sorted((code for code, size in sizes.items() if size and code not in hidden), key=lambda code: -sizes[code])
    for taken in range(len(known), 0, -1):
        top = known[:taken]
        rest = [sum(cells) for cells in zip(*(row for code, row in rows.items() if code not in top), strict=True)]
        if not any(0 < count < threshold for cells in (rest, *(rows[code] for code in top)) for count in cells):
            return frozenset(top)
    return frozenset()
