"""The program of a decoder that somebody has taken over: behind the walls it tries the attack that its file names. Nothing of it is ever served."""

import contextlib
import json
import os
import sys
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from tests.signals.attacks import ATTACKS, Place

from cairndesk.lib import landlock
from cairndesk.signals.engine import bubblewrap, walls
from cairndesk.signals.engine import stem as engine_stem
from cairndesk.signals.engine.children import SOURCE, Program

ROOT = str(Path(__file__).parents[2])


class Behind(StrEnum):
    """Which walls are put up: the best, without bubblewrap, as on a machine that lets nobody make namespaces, as on the oldest kernel, none."""

    BUBBLEWRAP = "bubblewrap"
    NAMESPACES = "namespaces"
    CONTAINER = "container"
    MINIMAL = "minimal"
    NOTHING = "nothing"


LEVELS = {Behind.BUBBLEWRAP: "FULL", Behind.NAMESPACES: "FULL", Behind.CONTAINER: "CONTAINER", Behind.MINIMAL: "MINIMAL"}


@dataclass(frozen=True)
class TakenOver(Program[str]):
    """The same start as that of a decoder, with the tests within reach."""

    behind: Behind = Behind.NOTHING

    def command(self, door: str, *arguments: str) -> list[str]:
        around = bubblewrap.around(str(SOURCE), ROOT) if self.behind is Behind.BUBBLEWRAP else ()
        start = f"import sys; sys.path[:0] = sys.argv[1:3]; from {self.module} import {door}; {door}(*sys.argv[3:])"
        return [*around, sys.executable, "-I", "-c", start, str(SOURCE), ROOT, self.behind, *arguments]


def made(behind: Behind) -> TakenOver:
    """A program that says `through`, or `held` with the level of its walls; `child_died` where it said nothing."""
    return TakenOver("tests.signals.taken_over", 20, lambda raw: raw.decode() or None, lambda why: why.value, behind=behind)


def stem(behind: str, _: str, line: str) -> None:
    """For each file that comes by the socket `line`, a copy of this process that walls itself in and tries what the file says."""
    _weaken(Behind(behind))
    engine_stem.copy_for_each(int(line), _try)


def _weaken(behind: Behind) -> None:
    """What the machine can put up is made as poor as `behind` says."""
    if behind in {Behind.CONTAINER, Behind.MINIMAL}:
        walls._own_namespaces = lambda _: False
    if behind is Behind.MINIMAL:
        landlock.abi = lambda: 1
    if behind is Behind.NOTHING:
        walls.set_apart = lambda: False
        walls.put_up = lambda *_, **__: (walls.Level.NONE, 0)
        engine_stem.become = _become_carelessly


def _become_carelessly(file: int, mouth: int) -> None:
    os.dup2(file, 0)
    os.dup2(mouth, 1)


def _try(is_apart: bool, _: bytes) -> None:  # noqa: FBT001 - as copy_for_each calls it
    level, _abi = walls.put_up(is_apart=is_apart)
    told = json.loads(os.read(0, 1 << 16))
    through = False
    # Each is how Python tells a refusal.
    with contextlib.suppress(OSError, MemoryError, RuntimeError):
        through = bool(ATTACKS[told["attack"]](Place(**told["place"])))
    os.write(1, b"through" if through else f"held {level.name}".encode())
    os._exit(0)
