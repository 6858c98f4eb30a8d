"""How far a long piece of work has come: told by whoever does it, drawn on a terminal by whoever asked for it."""

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import BinaryIO, TypeVar

One = TypeVar("One")
# What is being done, and how much of how much of it is; zero of zero where nobody can say.
Progress = Callable[[str, int, int], None]
_SECONDS_BETWEEN = 0.1


def unwatched(_step: str, _done: int, _of: int) -> None:
    """Nobody is watching."""


def counted(step: str, ones: Iterable[One], of: int, progress: Progress) -> Iterator[One]:
    """`ones`, and after each a word on how many of them are done."""
    progress(step, 0, of)
    for done, one in enumerate(ones, 1):
        yield one
        progress(step, done, of)


class Watched:
    """A file of `of` bytes that tells how much of it was read."""

    def __init__(self, stream: BinaryIO, step: str, of: int, progress: Progress) -> None:
        self._stream, self._step, self._of, self._tell, self._done = stream, step, of, progress, 0

    def read(self, size: int = -1) -> bytes:
        """The next `size` bytes, or all that is left."""
        piece = self._stream.read(size)
        self._done += len(piece)
        self._tell(self._step, self._done, self._of)
        return piece


@contextmanager
def bar(step: str, *, hidden: bool = False) -> Iterator[Progress]:
    """A bar on standard error that moves as it is told and is gone at the end; none where that is no terminal, or where it is `hidden`."""
    # The stream itself is asked: an environment that merely wants colours would have bars written into its log.
    if hidden or not sys.stderr.isatty():
        yield unwatched
        return
    from rich.console import Console  # noqa: PLC0415 - only a command draws, and none of the three processes needs to know how
    from rich.progress import Progress  # noqa: PLC0415 - the same

    with Progress(console=Console(stderr=True), transient=True) as drawn:
        yield _drawing(drawn.add_task(step, total=None), drawn.update)


def _drawing(task: int, update: Callable[..., None]) -> Progress:
    """May be told of every single thing: it draws a few times a second, and begin and end of each step."""
    due, last = 0.0, ""

    def progress(step: str, done: int, of: int) -> None:
        nonlocal due, last
        if (now := time.monotonic()) >= due or step != last or done == of:
            due, last = now + _SECONDS_BETWEEN, step
            update(task, description=step, completed=done, total=of or None)

    return progress
