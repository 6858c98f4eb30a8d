"""The watched disk from the side of a test: `watched.c` built, its switches, and what it has written down."""

import json
import mmap
import os
import struct
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any, Self

_SOURCE = Path(__file__).with_name("watched.c")
_PAGE = 4096
_HEAD = struct.Struct("<IIIIQQQ")


class Op(IntEnum):
    """What a record is about, as in `watched.c`; NOTE is written by the test itself."""

    CREATE = 1
    WRITE = 2
    TRUNCATE = 3
    SYNC = 4
    RENAME = 5
    LINK = 6
    UNLINK = 7
    MKDIR = 8
    NOTE = 100


@dataclass(frozen=True)
class Record:
    """One change that took effect: paths below the root, the number of the file, where in it, and which bytes; `stack` tells call sites apart."""

    op: Op
    path: str
    other: str
    inode: int
    offset: int
    data: bytes
    stack: int


class Watched:
    """A folder `root` whose changes are seen by every process that runs under `environment`; what is seen lies in `place`."""

    # Numbers of the switches in `struct control`, after the lock and the mark that it is ready.
    _SITES, _FAIL_AT, _ERROR, _ROOM = range(72, 104, 8)

    def __init__(self, trace: Path, control: Path, environment: Mapping[str, str]) -> None:
        self.trace, self.environment = trace, dict(environment)
        with control.open("r+b") as file:
            self._page = mmap.mmap(file.fileno(), _PAGE)

    @classmethod
    def begin(cls, root: Path, place: Path, *, stacks: bool = False) -> Self:
        """With a trace in which nothing stands; `stacks` tells call sites apart."""
        trace, control = place / "trace", place / "control"
        trace.touch()
        control.write_bytes(bytes(_PAGE))
        for path in (trace, control):
            path.chmod(0o666)
        shown = {"LD_PRELOAD": str(library(place)), "DISK_ROOT": str(root), "DISK_CONTROL": str(control), "DISK_TRACE": str(trace)}
        made = cls(trace, control, shown | ({"DISK_STACKS": "1"} if stacks else {}))
        made.room = -1
        return made

    @classmethod
    def of_this_process(cls) -> Self:
        """The one under which this process runs."""
        return cls(Path(os.environ["DISK_TRACE"]), Path(os.environ["DISK_CONTROL"]), {})

    @property
    def sites(self) -> int:
        """How many changes were tried since it was set to nought."""
        return self._get(self._SITES)

    @property
    def room(self) -> int:
        """Bytes that are left; -1 where the real disk counts."""
        return self._get(self._ROOM)

    @room.setter
    def room(self, left: int) -> None:
        self._set(self._ROOM, left)

    def fail(self, at: int, error: int = 0) -> None:
        """From now on sites are counted from one, and the one with the number `at` fails with `error`; none, where it is 0."""
        self._set(self._SITES, 0)
        self._set(self._ERROR, error)
        self._set(self._FAIL_AT, at)

    def note(self, said: Mapping[str, Any]) -> None:
        """Write `said` between the changes, at this moment."""
        data = json.dumps(said).encode()
        with self.trace.open("ab", buffering=0) as file:
            file.write(_HEAD.pack(Op.NOTE, 0, 0, len(data), 0, 0, 0) + data)

    def _get(self, at: int) -> int:
        return int.from_bytes(self._page[at : at + 8], "little", signed=True)

    def _set(self, at: int, value: int) -> None:
        self._page[at : at + 8] = value.to_bytes(8, "little", signed=True)


def read(trace: Path) -> Iterator[Record]:
    """Everything in `trace`, in the order in which it took effect."""
    with trace.open("rb") as file:
        while head := file.read(_HEAD.size):
            op, first, second, length, inode, offset, stack = _HEAD.unpack(head)
            yield Record(Op(op), file.read(first).decode(), file.read(second).decode(), inode, offset, file.read(length), stack)


def library(place: Path) -> Path:
    """`watched.c`, built in `place`."""
    built = place / "watched.so"
    subprocess.run(["cc", "-std=gnu11", "-Wall", "-Wextra", "-O1", "-shared", "-fPIC", "-o", built, _SOURCE, "-ldl", "-lpthread"], check=True)
    return built
