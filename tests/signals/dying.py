"""A writer of a base that is killed, each time one step further on, until it gets through: python -m tests.signals.dying FOLDER."""

import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import wraps
from itertools import count
from pathlib import Path
from typing import Any

from cairndesk.lib import files
from cairndesk.signals.engine import base
from cairndesk.signals.engine.base import Row
from cairndesk.signals.engine.kinds import Kind

_PARTS = 40


def rows(version: int) -> list[Row]:
    """What version 1 to 9 has, which no other version has."""
    return [Row(version, Kind.PDQ, f"{version}" * 64, "one"), Row(version, Kind.MD5, f"{version}" * 32, "one")]


def put(folder: Path, version: int) -> None:
    """Make `version` count."""
    base.put(folder, rows(version), {"one": version})


def _die_at(last: int) -> None:
    """From now on this process is killed before it opens, writes, syncs, renames or removes a file for the `last` time."""
    taken = count(1)

    def step() -> None:
        if next(taken) == last:
            os.kill(os.getpid(), signal.SIGKILL)

    def stepping(call: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(call)
        def stepped(*args: Any, **options: Any) -> Any:
            step()
            return call(*args, **options)

        return stepped

    def some(parts: Iterable[bytes | memoryview]) -> Iterator[bytes | memoryview]:
        for number, part in enumerate(parts):
            if number % _PARTS == 1:
                step()
            yield part

    write = files.write_parts_durably
    files.write_parts_durably = lambda directory, name, parts, **options: write(directory, name, some(parts), **options)
    for name in ("open", "fsync", "rename", "unlink"):
        setattr(os, name, stepping(getattr(os, name)))


def _in_child(work: Callable[[], None]) -> int:
    """How a child of this process ended that did `work`, as `os.waitpid` says it."""
    if not (child := os.fork()):
        work()
        os._exit(0)
    return os.waitpid(child, 0)[1]


def main(folder: Path) -> None:
    """In FOLDER a base for each step at which its writer was killed, while version 1 counted and 2 was being made."""
    for last in count(1):
        own = folder / f"{last:03}"
        put(own, 1)

        def die(own: Path = own, last: int = last) -> None:
            _die_at(last)
            put(own, 2)

        if not (status := _in_child(die)):
            shutil.rmtree(own)
            return
        if os.waitstatus_to_exitcode(status) != -signal.SIGKILL:
            raise SystemExit(f"step {last} ended with {status}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
