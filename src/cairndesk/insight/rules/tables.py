"""A table as it may be shown: counts of one unit over the categories of one dimension, divided by others."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from cairndesk.insight.rules.crossing import Crossed, Split, nothing_of, split
from cairndesk.insight.rules.withholding import THRESHOLD, is_protectable, withheld

# Printed with every figure: it is what was reported, and no more.
FLOOR = "floor"


@dataclass(frozen=True)
class Cell:
    """One category and its count; `count` None is withheld."""

    code: str
    count: int | None


@dataclass(frozen=True)
class Table:
    """`total` None is withheld. `family` is where the categories are defined, empty for those of the desk itself."""

    id: str
    unit: str
    cells: tuple[Cell, ...]
    total: int | None
    splits: tuple[Split, ...] = ()
    family: str = ""

    @property
    def caveats(self) -> tuple[str, ...]:
        """What must be printed with the table, wherever it goes: no caller can leave it out."""
        return (FLOOR, *(one.id for one in self.splits))


def table(
    id: str,  # noqa: A002 - a table has an id
    unit: str,
    counts: Mapping[str, int],
    *,
    crossed: Sequence[Crossed] = (),
    family: str = "",
    threshold: int = THRESHOLD,
) -> Table:
    """`counts`, and the same counts `crossed` with further dimensions, as a table that may be shown; `threshold` 1 withholds nothing."""
    hidden = withheld(counts, threshold=threshold)
    cells = tuple(Cell(code, None if code in hidden else count) for code, count in counts.items())
    total = sum(counts.values()) if is_protectable(counts, threshold=threshold) else None
    return Table(id, unit, cells, total, tuple(split(one, threshold=threshold) for one in crossed), family)


def together(tables: Sequence[Table]) -> tuple[Table, ...]:
    """`tables` as they may stand side by side: where one must not show its total, none that counts the same unit shows anything."""
    closed = {one.unit for one in tables if one.total is None}
    return tuple(_closed(one) if one.unit in closed else one for one in tables)


def by_share(one: Table, split: str, column: str) -> Table:
    """`one` with the category first that has the largest share in `column` of `split`. It goes by what is shown: an order by more would tell it."""
    (held,) = [part for part in one.splits if part.id == split]
    place = held.columns.index(column)

    def share(cell: Cell) -> float:
        part = held.rows[cell.code][place]
        return part / cell.count if part is not None and cell.count else -1.0

    return replace(one, cells=tuple(sorted(one.cells, key=share, reverse=True)))


def _closed(one: Table) -> Table:
    cells = tuple(Cell(cell.code, None) for cell in one.cells)
    splits = tuple(nothing_of(part.id, part.columns, part.rows) for part in one.splits)
    return replace(one, cells=cells, total=None, splits=splits)
