"""What a reader of the public tables can work out, tried as an attacker who knows the algorithm would."""

import itertools
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cairndesk.insight import rules

COUNTS = st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 60), min_size=1)


def published(counts):
    shown = rules.table("t", "reports", counts)
    return shown.total, tuple((cell.code, cell.count) for cell in shown.cells)


@given(COUNTS)
def test_no_count_from_one_to_nine_is_ever_shown(counts):
    total, cells = published(counts)
    assert all(count is None or count == 0 or count >= 10 for _, count in cells)
    assert total is None or total == sum(counts.values())


@given(COUNTS)
def test_the_withheld_cells_together_never_add_up_to_a_small_count(counts):
    total, cells = published(counts)
    hidden = [counts[code] for code, count in cells if count is None]
    if hidden and total is not None:
        assert len(hidden) >= 2
        assert total - sum(count or 0 for _, count in cells) >= 10


@pytest.mark.req("PRI-13")
@pytest.mark.parametrize("first", range(16))
def test_an_attacker_who_knows_the_rule_cannot_single_out_a_withheld_count(first):
    triples = [c for c in itertools.product(range(16), repeat=3) if any(0 < n < 10 for n in c)][::23]
    tried = [counts for counts in triples if counts[0] == first]
    assert tried
    for counts in tried:
        attack(counts)


def attack(counts):
    table = dict(zip("abc", counts, strict=True))
    total, cells = published(table)
    if total is None:
        assert all(count is None for _, count in cells)
        return
    hidden = [code for code, count in cells if count is None]
    feasible = [
        dict(zip("abc", guess, strict=True))
        for guess in itertools.product(range(total + 1), repeat=3)
        if sum(guess) == total and published(dict(zip("abc", guess, strict=True))) == (total, cells)
    ]
    for code in hidden:
        if 0 < table[code] < 10:
            assert len({guess[code] for guess in feasible}) > 1, (table, cells, code)


def test_a_total_under_ten_is_withheld_with_everything_else():
    assert published({"a": 3, "b": 2}) == (None, (("a", None), ("b", None)))


def test_a_median_over_few_children_is_not_given():
    assert rules.median_hours([timedelta(hours=2)] * 9) is None
    assert rules.median_hours([timedelta(hours=2)] * 10) == 2.0


@pytest.mark.parametrize(("hours", "band"), [(1, "within_1_h"), (1.1, "within_24_h"), (24, "within_24_h"), (100, "within_7_days"), (200, "longer")])
def test_a_waiting_time_falls_into_the_band_that_names_it(hours, band):
    assert rules.time_band(timedelta(hours=hours)) == band
