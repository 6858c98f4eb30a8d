"""Values that are read aside and kept for a moment, so that many questions a second cost one read."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

V = TypeVar("V")
Read = Callable[[], Awaitable[V]]


@dataclass(frozen=True, slots=True)
class _One(Generic[V]):
    value: V
    renewed_from: float
    until: float


class Kept(Generic[V]):
    """At most `most` values by name. None is older than the seconds it may be kept; from half of them on it is read anew in the background.

    For one loop: of several who want the same value at once one reads it, and the others wait.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._held: dict[Hashable, _One[V]] = {}
        self._reading: dict[Hashable, asyncio.Task[V]] = {}

    def at_hand(self, name: Hashable, seconds: float, read: Read[V]) -> V | None:
        """The value, if it is there and still good."""
        held, now = self._held.get(name), time.monotonic()
        if held is None or held.until <= now:
            return None
        if held.renewed_from <= now:
            self._begin(name, seconds, read)
        return held.value

    async def get(self, name: Hashable, seconds: float, read: Read[V]) -> V:
        """The value, read if it has to be; raises what `read` raises."""
        found = self.at_hand(name, seconds, read)
        # Whoever goes away must not take the value from the others who wait for it.
        return await asyncio.shield(self._begin(name, seconds, read)) if found is None else found

    def _begin(self, name: Hashable, seconds: float, read: Read[V]) -> asyncio.Task[V]:
        if name not in self._reading:
            task = self._reading[name] = asyncio.get_running_loop().create_task(self._read(name, seconds, read))
            # One that fails in the background fails again for whoever asks next.
            task.add_done_callback(lambda done: done.cancelled() or done.exception())
        return self._reading[name]

    async def _read(self, name: Hashable, seconds: float, read: Read[V]) -> V:
        begun = time.monotonic()
        try:
            value = await read()
        except BaseException:
            self._held.pop(name, None)
            raise
        finally:
            self._reading.pop(name, None)
        if len(self._held) >= self._most:
            self._held.clear()
        self._held[name] = _One(value, begun + seconds / 2, begun + seconds)
        return value
