"""A table as rows of cells: each count, what it is divided into, its share, and how it changed from year to year."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.utils.translation import gettext_noop as _

from cairndesk.cases import taxonomy
from cairndesk.insight import rules, words
from cairndesk.insight.queries import Compared
from cairndesk.insight.rules import Split, Table
from cairndesk.insight.speech import said

Cell = str | int | None
_NO_RATE, _NOT_COUNTED = "–", _("not counted yet")
# A figure and its percentage stay on one line.
_SPACE = "\N{NO-BREAK SPACE}"


def shown(table: Table, *, on: date) -> dict[str, Any]:
    """`table` with words, in the shape that the portal reads; a withheld cell is None."""
    headers, rows = grid(table, on=on)
    head = {"id": table.id, "title": words.title_of(table), "unit": words.unit_of(table)}
    return {**head, "caveats": words.caveats(table, on=on), "headers": headers, "rows": rows}


def grid(table: Table, *, on: date, plain: bool = False) -> tuple[list[str], list[list[Cell]]]:
    """Headers and rows, the sum of all last; percentages stand beside the counts unless `plain`."""
    number = said(_("Number of %(unit)s"), unit=words.unit_of(table))
    headers = [said(_("Category")), number, *(header for split in table.splits for header in _headers(split))]
    lines = [*((words.name_of(table.id, cell.code, table.family), cell.code, cell.count) for cell in table.cells), (said(_("All")), "", table.total)]
    rows: list[list[Cell]] = []
    for name, code, count in lines:
        parts = [part for split in table.splits for part in _parts(table, split, code, count, on=on, plain=plain)]
        rows.append([name, _figure(count, table.total, plain=plain or not code), *parts])
    if table.id.endswith("_by_year"):
        rows = [[*row, change] for row, change in zip(rows, _changes(table, on), strict=True)]
        headers.append(said(_("Change on the year before")))
    return headers, rows


def compared(one: Compared, *, on: date, plain: bool = False) -> tuple[list[str], list[list[Cell]]]:
    """`grid` of a comparison, with the median of each group at the end of its row."""
    headers, rows = grid(one.table, on=on, plain=plain)
    hours = [one.medians[code] for code in (*(cell.code for cell in one.table.cells), "")]
    return [*headers, words.MEDIAN_LOOK], [[*row, None if span is None else f"{span:g}{_SPACE}h"] for row, span in zip(rows, hours, strict=True)]


def _headers(split: Split) -> Iterator[str]:
    names = [words.column_of(split, code) for code in split.columns]
    yield from names[:2]
    if split.id == "years":
        yield said(_("Change from %(before)s to %(after)s"), before=names[1], after=names[0])
    yield from names[2:]


def _parts(table: Table, split: Split, code: str, base: int | None, *, on: date, plain: bool) -> Iterator[Cell]:
    """One row of a split, the bottom one for no code."""
    parts = split.rows[code] if code else split.totals
    if split.id != "years":
        yield from (_figure(part, base, plain=plain) for part in parts)
        return
    begun = _begun(table, code, on)
    for part, year in zip(parts[:2], split.columns, strict=False):
        yield said(_NOT_COUNTED) if part == 0 and begun and begun.year > int(year) else _figure(part, base, plain=plain)
    is_whole = begun is None or begun <= date(int(split.columns[1]), 1, 1)
    yield _rate(rules.change(parts[1], parts[0]) if is_whole else None)
    yield _figure(parts[2], base, plain=plain)


def _changes(table: Table, on: date) -> list[str]:
    """How each row of a table by year differs from the year before it; a year that goes on is compared with none."""
    before = [*(cell.count for cell in table.cells[1:]), None]
    changes = [rules.change(last, cell.count) if int(cell.code) < on.year else None for cell, last in zip(table.cells, before, strict=True)]
    return [_rate(change) for change in (*changes, None)]


def _figure(count: int | None, base: int | None, *, plain: bool) -> Cell:
    part = rules.share(count, base)
    return count if plain or not count or part is None else f"{count}{_SPACE}({part}{_SPACE}%)"


def _rate(change: int | None) -> str:
    return _NO_RATE if change is None else f"{change:+d}{_SPACE}%"


def _begun(table: Table, code: str, on: date) -> date | None:
    """The day from which a category could be counted; None where it always could."""
    found = taxonomy.breaks(table.family, on) if table.family and code else ()
    return next((one.on for one in found if one.new == code and not one.old), None)
