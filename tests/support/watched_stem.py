"""The stem of a decoder, which writes down what each child but perhaps the last took of the machine, as the kernel counted it."""

import contextlib
import os
import sys
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Generic, TypeVar

from cairndesk.signals.engine.children import SOURCE, Program

ROOT = str(Path(__file__).parents[2])
Said = TypeVar("Said")


@dataclass(frozen=True)
class Watched(Program[Said], Generic[Said]):
    """A program whose children are counted in the file `note`."""

    note: str = ""

    def command(self, door: str, *arguments: str) -> list[str]:
        start = f"import sys; sys.path[:0] = sys.argv[1:3]; from {__name__} import {door}; {door}(*sys.argv[3:])"
        return [sys.executable, "-I", "-c", start, str(SOURCE), ROOT, self.note, self.module, *arguments]


def watched(program: Program[Said], note: Path) -> Watched[Said]:
    return Watched(program.module, program.most, program.read, program.failed, note=str(note))


@dataclass(frozen=True)
class Took:
    """Memory at its largest in MiB, processor time in seconds, and blocks that were written to any disk."""

    memory: float
    seconds: float
    written: int


def read(note: Path) -> list[Took]:
    lines = (line.split() for line in note.read_text().splitlines())
    return [Took(float(memory) / 1024, float(seconds), int(written)) for memory, seconds, written in lines]


def stem(note: str, module: str, minimum: str, line: str) -> None:
    """As `stem` of `module`."""
    counts = Path(note).open("ab", buffering=0)  # noqa: SIM115 - held open: nothing can be opened later

    usual = os.fork

    def waitpid(which: int, options: int) -> tuple[int, int]:
        child, status, took = os.wait4(which, options)
        if child:
            counts.write(b"%d %.3f %d\n" % (took.ru_maxrss, took.ru_utime + took.ru_stime, took.ru_oublock))
        return child, status

    def fork() -> int:
        # The child before is done, or its parent will end it.
        with contextlib.suppress(ChildProcessError):
            waitpid(-1, 0)
        return usual()

    os.waitpid, os.fork = waitpid, fork
    import_module(module).stem(minimum, line)
