"""Our own counting of the time against a clock that somebody can set."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cairndesk.retention.rules import TOLERANCE, Count, agree, count_on, told_anew

T0 = datetime(2026, 3, 4, 12, tzinfo=UTC)
HOUR = 3600.0


def counted(*ticks: float) -> Count:
    count = Count(T0, 0.0, ticks[0])
    for at in ticks[1:]:
        count = count_on(count, at)
    return count


@pytest.mark.parametrize("years", [-10, -5, -1, 1, 5, 10])
@pytest.mark.parametrize("restarts", [False, True])
def test_a_clock_that_was_set_by_years_is_not_believed_also_after_a_start(years: int, restarts: bool) -> None:  # noqa: FBT001 - a column of the table
    count = counted(100, 100 + HOUR, 30 if restarts else 100 + 2 * HOUR)
    assert not agree(count, T0 + timedelta(days=365 * years))
    assert agree(count, T0 + timedelta(hours=2))


def test_a_day_of_drift_is_borne_and_no_more() -> None:
    count = counted(0, HOUR)
    at = T0 + timedelta(hours=1)
    assert agree(count, at + TOLERANCE)
    assert agree(count, at - TOLERANCE)
    assert not agree(count, at + TOLERANCE + timedelta(seconds=1))


def test_a_clock_that_creeps_a_little_at_each_start_is_found_out_as_well() -> None:
    """An attacker who moves the clock by less than a day, again and again, gets no more than a day in all."""
    count, clock = counted(0), T0
    for _ in range(5):
        count, clock = count_on(count, 60), clock + timedelta(hours=20)
    assert not agree(count, clock)


def test_days_that_the_machine_stood_still_are_not_counted_until_somebody_tells_the_time() -> None:
    later = T0 + timedelta(days=3)
    count = counted(500, 20)
    assert not agree(count, later)
    assert agree(told_anew(count, later), later)


@given(st.lists(st.floats(0, 1e7), min_size=1, max_size=20))
def test_counting_never_goes_back_and_never_faster_than_the_ticks(ticks: list[float]) -> None:
    count, before = Count(T0, 0.0, ticks[0]), T0
    for at in ticks[1:]:
        count = count_on(count, at)
        assert count.believed >= before
        before = count.believed
    assert count.counted <= sum(ticks) + 1


def test_what_is_not_later_than_we_believe_tells_nothing_new() -> None:
    count = counted(0, 10 * HOUR)
    assert told_anew(count, T0 + timedelta(hours=9)) == count
