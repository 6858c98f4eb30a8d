"""What is kept for a moment: one read for many, nothing older than allowed, and a failure that is nobody's answer."""

import asyncio
from collections.abc import Awaitable, Callable
from types import SimpleNamespace

import pytest

from cairndesk.lib import kept
from cairndesk.lib.kept import Kept


class Source:
    """Gives 1, 2, 3 … and counts; raises while `broken`."""

    def __init__(self) -> None:
        self.reads, self.broken = 0, False

    async def read(self) -> int:
        await asyncio.sleep(0)
        if self.broken:
            raise KeyError
        self.reads += 1
        return self.reads


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    at = [100.0]
    # Not the module's own, by which the loop tells the time.
    monkeypatch.setattr(kept, "time", SimpleNamespace(monotonic=lambda: at[0]))
    return at


def run(talk: Callable[[Kept[int], Source], Awaitable[None]]) -> None:
    asyncio.run(talk(Kept(2), Source()))  # type: ignore[arg-type]


def test_many_who_want_the_same_cost_one_read(clock: list[float]) -> None:
    async def talk(held: Kept[int], source: Source) -> None:
        assert await asyncio.gather(*(held.get("a", 1, source.read) for _ in range(30))) == [1] * 30
        assert await held.get("b", 1, source.read) == 2

    run(talk)


def test_it_is_renewed_in_the_background_and_never_older_than_allowed(clock: list[float]) -> None:
    async def talk(held: Kept[int], source: Source) -> None:
        await held.get("a", 1, source.read)
        clock[0] += 0.4
        assert (held.at_hand("a", 1, source.read), source.reads) == (1, 1)
        clock[0] += 0.2
        assert held.at_hand("a", 1, source.read) == 1
        await asyncio.sleep(0.01)
        assert held.at_hand("a", 1, source.read) == 2
        clock[0] += 1
        assert held.at_hand("a", 1, source.read) is None
        assert await held.get("a", 1, source.read) == 3

    run(talk)


def test_what_can_be_read_no_more_is_forgotten(clock: list[float]) -> None:
    async def talk(held: Kept[int], source: Source) -> None:
        await held.get("a", 1, source.read)
        source.broken = True
        clock[0] += 0.6
        held.at_hand("a", 1, source.read)
        await asyncio.sleep(0.01)
        assert held.at_hand("a", 1, source.read) is None
        with pytest.raises(KeyError):
            await held.get("a", 1, source.read)

    run(talk)


def test_one_who_goes_away_takes_nothing_from_the_others(clock: list[float]) -> None:
    async def talk(held: Kept[int], source: Source) -> None:
        first = asyncio.create_task(held.get("a", 1, source.read))
        second = asyncio.create_task(held.get("a", 1, source.read))
        await asyncio.sleep(0)
        first.cancel()
        assert await second == 1

    run(talk)


def test_it_holds_no_more_than_it_may(clock: list[float]) -> None:
    async def talk(held: Kept[int], source: Source) -> None:
        for name in range(5):
            await held.get(name, 1, source.read)
        assert len(held._held) <= 2

    run(talk)
