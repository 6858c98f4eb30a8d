"""Lanes for the costly stretching of receipts: look-ups queue in a short one, filing has its own and never waits behind them."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from cairndesk.intake.errors import IntakeError

Given = ParamSpec("Given")
Result = TypeVar("Result")


class LaneBusy(IntakeError):
    """The lane is full; nothing was done."""

    code = "intake.lane_busy"
    status = 503
    remedy = "Please try again in a minute."
    retryable = True


class StretchingLane:
    """One call runs at a time in a thread of its own, `waiting` more may wait; with None, any number may.

    One at a time bounds the memory; a short queue bounds the wait. Argon2id leaves the interpreter lock alone, so that the
    rest of the process goes on meanwhile.
    """

    def __init__(self, name: str, *, waiting: int | None) -> None:
        self._most = None if waiting is None else waiting + 1
        self._inside = 0
        self._lock = threading.Lock()
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)

    async def run(self, call: Callable[Given, Result], *args: Given.args, **kwargs: Given.kwargs) -> Result:
        """What `call` returns. Raises LaneBusy at once when the lane is full."""
        with self._lock:
            if self._most is not None and self._inside >= self._most:
                raise LaneBusy
            self._inside += 1
        future = self._worker.submit(lambda: self._counted(call, *args, **kwargs))
        return await asyncio.wrap_future(future)

    def _counted(self, call: Callable[Given, Result], *args: Given.args, **kwargs: Given.kwargs) -> Result:
        try:
            return call(*args, **kwargs)
        finally:
            with self._lock:
                self._inside -= 1
