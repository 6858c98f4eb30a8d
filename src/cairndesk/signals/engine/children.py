"""A program for one hostile file, locked in and thrown away. This process feeds it and hears it, and never parses media.

The child is a new program, not a copy of this one: it inherits no memory, so that no key can be in it. It gets one
file by a pipe, and may say only what its `Program` allows.
"""

import os
import selectors
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from cairndesk.signals.engine import bubblewrap, walls
from cairndesk.signals.engine.answer import Why

SOURCE = Path(__file__).resolve().parents[3]
# Large pieces of memory in few large pages, and kept rather than given back: a process for one file would be asking for pages most of
# its time. The names are those of the GNU C library's manual; other libraries do without.
_MEMORY = "glibc.malloc.hugetlb=1:glibc.malloc.top_pad=33554432:glibc.malloc.mmap_threshold=67108864:glibc.malloc.trim_threshold=268435456"
# One thread: the walls bind only one.
ENVIRONMENT = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1") | {
    "PATH": "",
    "LC_ALL": "C.UTF-8",
    "GLIBC_TUNABLES": _MEMORY,
}
_PIECE = 1 << 20

Said = TypeVar("Said")


@dataclass(frozen=True, slots=True)
class Program(Generic[Said]):
    """What runs in a child, and what it may say: at most `most` bytes, of which `read` makes sense or None.

    `failed` is what counts instead where it died, lingered or said anything else. The module has `main` (see `child.py`)
    and `stem` (see `decoders.py`); `readable` are folders beside our own that it reads before its walls stand.
    """

    module: str
    most: int
    read: Callable[[bytes], Said | None]
    failed: Callable[[Why], Said]
    readable: tuple[str, ...] = ()

    def command(self, door: str, *arguments: str) -> list[str]:
        """How `door`, a function of the module, is started with `arguments`."""
        start = f"import sys; sys.path.insert(0, sys.argv[1]); from {self.module} import {door}; {door}(*sys.argv[2:])"
        # -I: no environment, no folder of the user's, no current folder on the path.
        return [*bubblewrap.around(str(SOURCE), *self.readable), sys.executable, "-I", "-c", start, str(SOURCE), *arguments]


def ask(program: Program[Said], data: bytes, *, minimum: walls.Level, order: bytes, seconds: float) -> Said:
    """What a new `program` says of `data` when it is told `order`, in at most about `seconds`."""
    return hear(program, program.command("main", str(int(minimum)), order.hex()), data, seconds=seconds)


def hear(program: Program[Said], command: list[str], data: bytes, *, seconds: float) -> Said:
    """What the child `command` says of `data`; one that dies, lingers or says anything else has failed."""
    child = subprocess.Popen(  # noqa: S603 - our own interpreter and our own text; the file goes in by the pipe
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=ENVIRONMENT, cwd="/", bufsize=0
    )
    try:
        raw, in_time = _talk(child, memoryview(data), program.most, time.monotonic() + seconds)
    finally:
        child.kill()
        child.wait()
        for pipe in (child.stdin, child.stdout):
            if pipe:
                pipe.close()
    said = program.read(raw)
    return program.failed(Why.CHILD_DIED if in_time else Why.TOO_SLOW) if said is None else said


def _talk(child: "subprocess.Popen[bytes]", data: memoryview, most: int, deadline: float) -> tuple[bytes, bool]:
    """What the child said, at most one byte more than it may, and whether it was done in time."""
    heard = bytearray()
    if child.stdin is None or child.stdout is None:
        return b"", True
    inbound, outbound = child.stdin.fileno(), child.stdout.fileno()
    os.set_blocking(inbound, False)
    with selectors.DefaultSelector() as selector:
        selector.register(inbound, selectors.EVENT_WRITE)
        selector.register(outbound, selectors.EVENT_READ)
        while (left := deadline - time.monotonic()) > 0:
            for key, _ in selector.select(left):
                if key.fd == outbound:
                    if not listen(outbound, heard, most):
                        return bytes(heard), True
                else:
                    data = _feed(child, data, selector)
    return bytes(heard), False


def listen(ear: int, heard: bytearray, most: int) -> bool:
    """Take in what is to be heard now; returns whether more may come, of at most `most` bytes and one that is too many."""
    piece = os.read(ear, min(_PIECE, most + 1 - len(heard)))
    heard += piece
    return bool(piece) and len(heard) <= most


def _feed(child: "subprocess.Popen[bytes]", data: memoryview, selector: selectors.BaseSelector) -> memoryview:
    """Write what the pipe takes; close it at the end of the file, or when the child no longer listens."""
    if child.stdin is None:
        return data[:0]
    try:
        data = data[os.write(child.stdin.fileno(), data[: 1 << 16]) :] if data else data
    except BlockingIOError:
        return data
    except OSError:
        data = data[:0]
    if not data:
        selector.unregister(child.stdin.fileno())
        child.stdin.close()
    return data
