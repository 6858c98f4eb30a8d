"""Kills the processes of a desk at random moments, and reads in the desk's own log how each came back."""

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.support.served import ROLES, Served

_WEIGHTS = {"portal": 8, "work": 8, "desk": 7}
# Who was hit this often without having been ready in between is left alone until it is. A start takes a second, on a busy machine
# several; without this a desk that is killed every three seconds would be away for minutes, and nobody could see whether it ever stalls.
_IN_A_ROW = 3
# Seconds until a process that is left alone has to be ready; who is not has stalled.
_PATIENCE = 60.0


@dataclass
class Killer:
    """One who ends processes of `desk` with SIGKILL; `killed` counts them by role.

    `tree` is all four at the same moment, as when a machine runs out of memory or a container is thrown away. Every third time that
    a whole tree is due its supervisor is killed alone before: the other three are to end with it.
    """

    desk: Served
    drawn: random.Random
    killed: Counter[str] = field(default_factory=Counter)
    _hits: list[tuple[float, str]] = field(default_factory=list)

    def all(self, workers: int, trees: int) -> None:
        """Kill so many workers one by one, and so many trees in between. Raises TimeoutError for a process that stalled."""
        due = ["worker"] * workers + ["tree"] * trees + ["supervisor"] * (trees // 3)
        self.drawn.shuffle(due)
        for target in due:
            self._strike(target)
        self.wait_until_ready(*ROLES)

    def _strike(self, target: str) -> None:
        time.sleep(self.drawn.uniform(0.05, 0.7))
        target = self.drawn.choices(list(_WEIGHTS), list(_WEIGHTS.values()))[0] if target == "worker" else target
        self.wait_until_ready(*(role for role in _under(target) if self._in_a_row(role) >= _IN_A_ROW))
        self.killed[self._end(target)] += 1

    def wait_until_ready(self, *roles: str) -> None:
        """Return when each of `roles` told that it is ready since it was hit last; raises TimeoutError."""
        deadline = time.monotonic() + _PATIENCE
        while any(self._in_a_row(role) for role in roles):
            if time.monotonic() > deadline:
                raise TimeoutError(f"left alone, not ready: {[role for role in roles if self._in_a_row(role)]}")
            time.sleep(0.05)

    def _in_a_row(self, role: str) -> int:
        """How often `role` was hit since it was ready last."""
        ready = [line["timestamp"] for line in self.desk.told("serve.process.ready") if line["process"] == role]
        last = datetime.fromisoformat(ready[-1]).timestamp() if ready else 0.0
        return sum(1 for at, hit in self._hits if hit == role and at > last)

    def _end(self, target: str) -> str:
        while True:
            living = self.desk.children()
            # One that was killed just before waits for its next start; then it is another one's turn.
            target = target if target in {*living, "supervisor", "tree"} else self.drawn.choice(sorted(living) or [target])
            try:
                self._kill(target, living)
            except ProcessLookupError:
                time.sleep(0.02)
            else:
                return target

    def _kill(self, target: str, living: Mapping[str, int]) -> None:
        if target in ROLES and target not in living:
            raise ProcessLookupError
        self._hits += [(time.time(), role) for role in _under(target)]
        if target in ROLES:
            os.kill(living[target], signal.SIGKILL)
            return
        assert self.desk.process is not None
        self.desk.process.kill()
        for number in living.values() if target == "tree" else ():
            os.kill(number, signal.SIGKILL)
        self.desk.process.wait()
        self.desk.revive()


def _under(target: str) -> Sequence[str]:
    return ROLES if target in {"supervisor", "tree"} else (target,)


@dataclass
class Lives:
    """What the supervisors of one desk told: how each death ended, and how many seconds each role was away."""

    exits: Counter[int] = field(default_factory=Counter)
    # After one kill of a process that was ready; after several in a row; after the supervisor itself was started.
    after_one: dict[str, list[float]] = field(default_factory=lambda: {role: [] for role in ROLES})
    after_more: dict[str, list[float]] = field(default_factory=lambda: {role: [] for role in ROLES})
    from_nothing: dict[str, list[float]] = field(default_factory=lambda: {role: [] for role in ROLES})

    def __str__(self) -> str:
        shown = {"after one kill": self.after_one, "after several": self.after_more, "with the supervisor": self.from_nothing}
        return "\n".join(f"  ready again {name}: {spread(times)}" for name, times in shown.items())


def lives(told: Sequence[Mapping[str, Any]]) -> Lives:
    """The history in the lines of `Served.told`."""
    found, deaths = Lives(), Counter[str]()
    for line in told:
        match line["event"]:
            case "serve.started":
                deaths.clear()
            case "serve.process.died":
                found.exits[line["exit"]] += 1
                deaths[line["process"]] += 1
            case "serve.process.ready":
                role = line["process"]
                times = (found.from_nothing, found.after_one)[deaths[role]] if deaths[role] < 2 else found.after_more
                times[role].append(line["seconds"])
                deaths[role] = 0
    return found


def spread(times: Mapping[str, Sequence[float]]) -> str:
    """The middle and the longest of each, in seconds, for a reader."""
    shown = {name: sorted(values) for name, values in times.items() if values}
    return ", ".join(f"{name} {values[len(values) // 2]:.1f} s, at most {values[-1]:.1f} s ({len(values)})" for name, values in shown.items())
