import asyncio
import threading

import pytest

from cairndesk.intake.lane import LaneBusy, StretchingLane


async def _filled(lane: StretchingLane, many: int, gate: threading.Event) -> list[asyncio.Task[bool]]:
    tasks = [asyncio.create_task(lane.run(gate.wait, 10)) for _ in range(many)]
    await asyncio.sleep(0)
    return tasks


def test_one_runs_sixteen_wait_and_the_next_is_asked_to_come_again() -> None:
    async def story() -> None:
        gate, lane = threading.Event(), StretchingLane("test", waiting=16)
        tasks = await _filled(lane, 17, gate)
        with pytest.raises(LaneBusy):
            await lane.run(gate.is_set)
        gate.set()
        assert all(await asyncio.gather(*tasks))
        assert await lane.run(gate.is_set)

    asyncio.run(story())


def test_filing_does_not_wait_behind_look_ups() -> None:
    async def story() -> None:
        gate, lookups, filing = threading.Event(), StretchingLane("look-up", waiting=16), StretchingLane("filing", waiting=None)
        tasks = await _filled(lookups, 17, gate)
        assert await filing.run(lambda: "filed") == "filed"
        assert not any(task.done() for task in tasks)
        gate.set()
        await asyncio.gather(*tasks)

    asyncio.run(story())


def test_only_one_runs_at_a_time() -> None:
    async def story() -> None:
        inside, most, lane = [0], [0], StretchingLane("test", waiting=None)

        def work() -> None:
            inside[0] += 1
            most[0] = max(most[0], inside[0])
            inside[0] -= 1

        await asyncio.gather(*(lane.run(work) for _ in range(50)))
        assert most == [1]

    asyncio.run(story())


def test_a_failure_leaves_the_lane_free() -> None:
    async def story() -> None:
        lane = StretchingLane("test", waiting=0)
        for _ in range(3):
            with pytest.raises(ZeroDivisionError):
                await lane.run(lambda: 1 // 0)
        assert await lane.run(lambda: 1) == 1

    asyncio.run(story())
