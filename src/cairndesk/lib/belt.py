"""The belt: lanes of repeated work that take turns, so that one failing or busy lane never stops the others."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

# A report waits at most this long before its lane looks again, in seconds.
LONGEST_REST = 5.0
FIRST_DELAY = timedelta(seconds=30)
LONGEST_DELAY = timedelta(hours=6)
# With the delays above the last try lies about three days after the first.
DEAD_AFTER = 20


@dataclass(frozen=True, kw_only=True)
class Lane:
    """Work that repeats: `turn` does a bounded piece and returns how many things it finished."""

    name: str
    turn: Callable[[], int]
    every: float = LONGEST_REST


@dataclass(frozen=True)
class Turn:
    """What one turn of a lane came to; `failure` is None where it went well."""

    lane: str
    done: int
    failure: Exception | None = None


def run(
    lanes: Sequence[Lane],
    *,
    should_stop: Callable[[], bool],
    report: Callable[[Turn], None],
    rest: Callable[[float], object] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> None:
    """Turn the lanes until `should_stop`; each due lane gets one turn a round, so a full lane cannot starve another.

    A lane that did something is due again at once, an idle or failed one after `every` seconds. `rest` may return early.
    """
    due = dict.fromkeys((lane.name for lane in lanes), clock())
    while not should_stop():
        for lane in lanes:
            if due[lane.name] <= clock() and not should_stop():
                result = take_turn(lane)
                report(result)
                due[lane.name] = clock() + (0 if result.done and not result.failure else lane.every)
        wait = min(due.values(), default=clock() + LONGEST_REST) - clock()
        if wait > 0 and not should_stop():
            rest(min(wait, LONGEST_REST))


def take_turn(lane: Lane) -> Turn:
    """One turn of `lane`, whatever it raises."""
    try:
        return Turn(lane.name, lane.turn())
    except Exception as failure:  # noqa: BLE001 - the belt outlives every lane; the failure is reported, not hidden
        return Turn(lane.name, 0, failure)


def next_try(attempts: int, now: datetime, *, dead_after: int = DEAD_AFTER) -> datetime | None:
    """When to try again after `attempts` failures (30 s, doubling, at most 6 h); None once it is dead and needs a person."""
    if attempts >= dead_after:
        return None
    doublings = min(max(attempts, 1) - 1, 16)
    return now + min(FIRST_DELAY * (1 << doublings), LONGEST_DELAY)
