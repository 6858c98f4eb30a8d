from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from cairndesk.lib.belt import DEAD_AFTER, LONGEST_REST, Lane, Turn, next_try, run

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Clock:
    """Time that passes only while the belt rests."""

    def __init__(self) -> None:
        self.time = 0.0
        self.rests: list[float] = []

    def __call__(self) -> float:
        return self.time

    def rest(self, seconds: float) -> None:
        self.rests.append(seconds)
        self.time += seconds


def turn_for(seconds: float, *lanes: Lane) -> tuple[list[Turn], Clock]:
    clock, turns = Clock(), []
    run(lanes, should_stop=lambda: clock.time >= seconds or len(turns) > 1000, report=turns.append, rest=clock.rest, clock=clock)
    return turns, clock


def broken() -> int:
    raise RuntimeError("a lane fails")


def test_every_idle_lane_turns_at_least_every_five_seconds() -> None:
    turns, clock = turn_for(60, Lane(name="a", turn=lambda: 0), Lane(name="b", turn=lambda: 0, every=1))
    assert len([turn for turn in turns if turn.lane == "a"]) == 12
    assert len([turn for turn in turns if turn.lane == "b"]) == 60
    assert max(clock.rests) <= LONGEST_REST


def test_a_failing_lane_never_stops_the_others() -> None:
    turns, _ = turn_for(30, Lane(name="broken", turn=broken), Lane(name="good", turn=lambda: 0))
    assert [turn.lane for turn in turns] == ["broken", "good"] * 6
    assert {type(turn.failure) for turn in turns if turn.lane == "broken"} == {RuntimeError}


def test_a_lane_with_endless_work_leaves_its_neighbour_a_turn_each_round() -> None:
    turns, _ = turn_for(30, Lane(name="flood", turn=lambda: 1), Lane(name="rare", turn=counting(3)))
    first = [turn.lane for turn in turns[:8]]
    assert first == ["flood", "rare"] * 4


def counting(times: int) -> Callable[[], int]:
    left = [times]

    def turn() -> int:
        left[0] -= 1
        return 1 if left[0] >= 0 else 0

    return turn


def test_it_stops_between_two_lanes_when_asked() -> None:
    seen: list[str] = []
    run(
        [Lane(name="a", turn=lambda: 0), Lane(name="b", turn=lambda: 0)],
        should_stop=lambda: bool(seen),
        report=lambda turn: seen.append(turn.lane),
        rest=lambda _: None,
    )
    assert seen == ["a"]


def test_tries_double_their_distance_up_to_six_hours_and_end_after_about_three_days() -> None:
    delays = [next_try(attempts, NOON) - NOON for attempts in range(1, DEAD_AFTER)]
    assert delays[:4] == [timedelta(seconds=30 * 2**n) for n in range(4)]
    assert max(delays) == timedelta(hours=6)
    assert timedelta(days=2, hours=12) < sum(delays, timedelta()) < timedelta(days=3, hours=12)
    assert next_try(DEAD_AFTER, NOON) is None


def test_the_end_can_be_set_by_the_caller() -> None:
    assert next_try(2, NOON, dead_after=3) is not None
    assert next_try(3, NOON, dead_after=3) is None
