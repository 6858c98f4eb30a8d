"""Tables that are divided once more: nothing small is shown, and nobody can reckon a small count, whatever they know of the rule."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cairndesk.insight import rules

Rows = tuple[tuple[int, ...], ...]
TABLES = st.integers(1, 4).flatmap(lambda width: st.lists(st.tuples(*[st.integers(0, 40)] * width), min_size=1, max_size=6).map(tuple))


def published(rows: Rows, threshold: int = rules.THRESHOLD) -> rules.Table:
    """The table of these rows, as anybody may read it."""
    columns = tuple("abcdefgh"[: len(rows[0])])
    crossed = rules.Crossed("second", columns, {f"row {number}": row for number, row in enumerate(rows)})
    return rules.table("t", "cases", crossed.base, crossed=[crossed], threshold=threshold)


def known(table: rules.Table) -> tuple[int | None, ...]:
    """Every figure that a reader sees, None where it is withheld."""
    (split,) = table.splits
    return (table.total, *(cell.count for cell in table.cells), *split.totals, *(part for row in split.rows.values() for part in row))


@settings(max_examples=40)
@given(TABLES)
def test_no_count_from_one_to_nine_is_ever_shown_and_what_is_shown_is_true(rows: Rows) -> None:
    table = published(rows)
    (split,) = table.splits
    assert all(count is None or count == 0 or count >= 10 for count in known(table))
    for shown, true in zip(split.rows.values(), rows, strict=True):
        assert all(part is None or part == count for part, count in zip(shown, true, strict=True))
    assert all(part is None or part == sum(column) for part, column in zip(split.totals, zip(*rows, strict=True), strict=True))


@settings(max_examples=40)
@given(TABLES)
def test_what_is_withheld_of_a_column_never_adds_up_to_a_small_count(rows: Rows) -> None:
    (split,) = published(rows).splits
    for place, total in enumerate(split.totals):
        if total is not None:
            rest = total - sum(row[place] or 0 for row in split.rows.values())
            assert rest == 0 or rest >= 10


def sums(total: int, parts: int) -> Iterator[tuple[int, ...]]:
    """Every way to write `total` as that many numbers."""
    if parts == 1:
        yield (total,)
        return
    for first in range(total + 1):
        yield from ((first, *rest) for rest in sums(total - first, parts - 1))


def every_table(height: int, width: int, total: int) -> Iterator[Rows]:
    for cells in sums(total, height * width):
        yield tuple(cells[start : start + width] for start in range(0, height * width, width))


def single_out(tables: Sequence[Rows], seen: tuple[int | None, ...], threshold: int) -> Iterator[tuple[Rows, int, int]]:
    """The small counts that are the same in all of `tables`, which are those that look like `seen`."""
    height, width = len(tables[0]), len(tables[0][0])
    for row in range(height):
        if seen[1 + row] is None and len(sizes := {sum(table[row]) for table in tables}) == 1 and 0 < min(sizes) < threshold:
            yield tables[0], row, -1
        for column in range(width):
            if len(counts := {table[row][column] for table in tables}) == 1 and 0 < min(counts) < threshold:
                yield tables[0], row, column


# Height, width, and the largest sum: every table of that size, with the threshold at three.
SIZES = [(2, 2, 24), (3, 2, 12), (2, 3, 11), (3, 3, 8), (4, 2, 9), (5, 2, 7)]


@pytest.mark.slow
@pytest.mark.parametrize(("height", "width", "most"), SIZES)
def test_a_reader_who_knows_the_rule_and_every_margin_cannot_single_out_a_count(height: int, width: int, most: int) -> None:
    shown = 0
    for total in range(3, most + 1):
        alike: dict[tuple[int | None, ...], list[Rows]] = defaultdict(list)
        for table in every_table(height, width, total):
            alike[known(published(table, threshold=3))].append(table)
        found = [one for seen, tables in alike.items() if seen[0] is not None for one in single_out(tables, seen, 3)]
        assert found == []
        shown += sum(any(seen[1 + height + width :]) for seen in alike)
    assert shown


def test_the_largest_rows_are_shown_and_the_others_only_together() -> None:
    table = published(((100, 200, 0), (40, 60, 50), (30, 20, 3), (10, 12, 11), (0, 0, 0)))
    (split,) = table.splits
    assert [cell.count for cell in table.cells] == [300, 150, 53, 33, 0]
    assert list(split.rows.values()) == [(100, 200, 0), (40, 60, 50), (None,) * 3, (None,) * 3, (0, 0, 0)]
    assert split.totals == (180, 292, 64)


def test_a_small_column_is_withheld_with_another_one_and_nothing_of_it_is_left() -> None:
    (split,) = published(((100, 3, 0, 40), (60, 1, 20, 50))).splits
    assert (split.totals, list(split.rows.values())) == ((160, None, 20, None), [(100, None, 0, None), (60, None, 20, None)])


def test_a_table_without_protection_closes_every_table_of_its_unit() -> None:
    open_one, closed = published(((9, 9), (9, 9))), rules.table("u", "cases", {"a": 9, "b": 9})
    other = rules.table("v", "notices", {"a": 20})
    assert closed.total is None
    assert known(rules.together([open_one])[0])[0] == 36
    first, second, third = rules.together([open_one, closed, other])
    assert set(known(first)) == {None}
    assert [cell.count for cell in second.cells] == [None, None]
    assert third == other


def test_a_percentage_needs_fifty_and_never_stands_for_what_is_withheld() -> None:
    assert [rules.share(12, 49), rules.share(None, 80), rules.share(12, None), rules.share(12, 50), rules.share(0, 50)] == [None, None, None, 24, 0]
    assert [rules.change(49, 98), rules.change(None, 98), rules.change(50, None), rules.change(50, 98), rules.change(80, 60)] == [
        None,
        None,
        None,
        96,
        -25,
    ]
