"""The token bucket, on its own."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, strategies

from cairndesk.accounts.rules.throttle import Bucket, Rate, take

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
RATE = Rate(burst=5, every=timedelta(seconds=60))


@given(strategies.lists(strategies.integers(min_value=-300, max_value=300), max_size=60))
def test_never_more_than_the_burst_and_the_rate_whatever_the_clock_does(steps: list[int]) -> None:
    now, latest, bucket, taken = NOON, NOON, None, 0
    for step in steps:
        now += timedelta(seconds=step)
        latest = max(latest, now)
        bucket, wait = take(bucket, RATE, now)
        taken += not wait
    assert taken <= RATE.burst + sum(max(0, step) for step in steps) / 60 + 1e-6


def test_the_wait_is_just_long_enough() -> None:
    empty = Bucket(0.25, NOON)
    _, wait = take(empty, RATE, NOON)
    assert wait == timedelta(seconds=45)
    assert take(empty, RATE, NOON + wait)[1] == timedelta(0)
