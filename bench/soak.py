"""The benchmarks at full size, the matching engine under sanitizers, by another compiler and for Arm, another S3 server, every page, and attacks.

Attacks are kills, power cuts and failing writes too. soak/results.json says which goals were met.

Names of steps may follow; without any, all are run. What a step gave is kept in soak/done.json until all of them are through: a soak
that was ended goes on with the next step.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
RESULTS, DONE = ROOT / "soak" / "results.json", ROOT / "soak" / "done.json"
# Scripts that pass or fail as a whole: the engine touches no memory but its own, and says the same built by clang and on Arm; an S3 server
# that is not the one of the tests keeps originals as they are to be kept; no page of the portal has a fault, whatever voice it speaks and
# however it is looked at.
_SCRIPTS = {"address-sanitizer": ".ci/sanitize", "other-processors": ".ci/elsewhere", "another-store": ".ci/store", "every-page": ".ci/axe"}


@dataclass(frozen=True)
class Attack:
    """A test that takes a size from `SOAK_SIZE`, in rounds of which each passes whole or not at all.

    `SOAK_ATTACK` tells it its name and `SOAK_ROUND` which round it is; `options` are pytest's, `under` is what runs it.
    """

    test: str
    size: int
    rounds: int = 1
    options: tuple[str, ...] = ()
    under: tuple[str, ...] = ()

    @property
    def goal(self) -> int:
        return self.size * self.rounds


# Seconds that one round may take at most.
_LONGEST = 9_000
_KILLS, _JOURNEY = "tests/journeys/test_kills.py", ("-s", "-m", "journey")
_POSTGRES, _WITH = ("-s", "-m", "postgres", "-k", "workers"), (".ci/with-postgres",)
_ATTACKS = {
    "media": Attack("tests/signals/test_malformed.py", 5_000, 20),
    # The size is how many escapes that test asks for at least.
    "sandbox": Attack("tests/signals/test_escapes.py", 60),
    "shredding": Attack("tests/custody/test_shredding.py", 2_000),
    "tamper": Attack("tests/custody/test_tampers.py", 10_000, 10),
    "package-mutated": Attack("tests/exchange/test_stranger.py::test_no_changed_package_gets_through", 1_000, 10),
    "takeover": Attack("tests/serve/test_takeover.py", 1_000),
    # 10,000 workers and 500 trees on each database.
    "kill-worker": Attack(_KILLS, 200, 50, _JOURNEY),
    "kill-tree": Attack(_KILLS, 25, 20, _JOURNEY),
    "kill-worker-postgresql": Attack(_KILLS, 200, 50, _POSTGRES, _WITH),
    "kill-tree-postgresql": Attack(_KILLS, 25, 20, _POSTGRES, _WITH),
    "power-loss": Attack("tests/disk/test_power_loss.py", 200, 10),
    # Whatever its size, every write of a report's life fails, and not only the first from each place in the code.
    "write-faults": Attack("tests/disk/test_write_faults.py", 1),
    "anonymity": Attack("tests/journeys/test_anonymity.py", 1_000, 10, _JOURNEY),
    "same-case": Attack("tests/review/test_two_at_once.py", 1_000),
    "same-case-postgresql": Attack("tests/review/test_two_at_once.py", 1_000, under=_WITH),
    "stalled-uploads": Attack("tests/serve/test_stalled.py", 200, options=("-s",)),
}


@dataclass(frozen=True)
class Goal:
    """What a figure has to reach: at most `value`, or at least; `figure` is the column of the benchmark's table."""

    value: float
    at_least: bool = False
    figure: str = "ours"

    def is_met(self, figure: float) -> bool:
        return figure >= self.value if self.at_least else figure <= self.value


@dataclass(frozen=True)
class Line:
    """One line of the results."""

    id: str
    value: float
    goal: float
    ok: bool


def _times(value: float) -> Goal:
    """At least that many times better than the peer."""
    return Goal(value, at_least=True, figure="ratio")


# Milliseconds, seconds, |t|, KiB or reports a second, as the benchmark of that name says.
GOALS: Mapping[str, Mapping[str, Goal]] = {
    "custody_log": {"log-append-p99": Goal(20), "log-proof": Goal(50), "log-million": Goal(300)},
    "intake_throughput": {"intake-throughput": Goal(100, at_least=True)},
    "first_page": {"first-page": Goal(60)},
    "portal_weight": {"step-weight": Goal(14), "page-weight": Goal(30)},
    "slow_link": {"paint-landing": Goal(8), "paint-step": Goal(8)},
    "signals_hash": {
        "hash-stage-12mp": _times(60),
        "hash-stage-12mp-numpy": _times(30),
        "hash-12mp-jpeg": _times(11),
        "hash-12mp-jpeg-exact": _times(6),
        "hash-throughput-2core": _times(20),
    },
    "signals_near": {
        "match-1m": _times(25),
        "match-10m": _times(60),
        "match-10m-flat": _times(150),
        "match-10m-p99": _times(1),
        "match-10m-forms": _times(1),
        "batch-10m": _times(130),
        "build-10m": Goal(3),
        "match-10m-bytes": Goal(100),
        "open-10m": Goal(10),
        "add-live": Goal(1),
        "match-50m": Goal(0.25),
        "match-50m-bytes": Goal(100),
    },
    "signals_exact": {"exact-10m": _times(1.3), "exact-10m-bytes": Goal(25)},
    "signals_http": {"http-lookup": _times(35), "http-lookup-p99": Goal(5), "http-bulk": _times(100)},
    "signals_video": {"video-long-gop": _times(1.2), "video-short-gop": _times(2.5), "video-every-frame": _times(0.91)},
    "signals_lookback": {"look-back-1m": Goal(10), "look-back-1m-one": Goal(10), "confirmed-to-http": Goal(1)},
    "receipt_answers": {"receipt-timing": Goal(4.5)},
    "scale": {
        "scale-first": Goal(300),
        "scale-queue": Goal(300),
        "scale-case": Goal(300),
        "scale-search": Goal(300),
        "scale-next": Goal(150),
    },
    "shift": {"reveals-per-closed": Goal(0.35), "closed-per-decision": Goal(1.5, at_least=True), "emergency-first": Goal(10)},
    "emergency": {"emergency-seen": Goal(10)},
}


def main() -> None:
    """Exits with 1 if a goal was missed."""
    attacks = [f"{name}/{number}" for name, attack in _ATTACKS.items() for number in range(attack.rounds)]
    steps = [step for step in (*GOALS, *_SCRIPTS, *attacks) if not sys.argv[1:] or step.split("/")[0] in sys.argv[1:]]
    done: dict[str, dict[str, float]] = json.loads(DONE.read_text("utf-8")) if DONE.exists() else {}
    RESULTS.parent.mkdir(exist_ok=True)
    for step in steps:
        if step not in done:
            print(f"== {step}", flush=True)
            done[step] = _outcome(step)
            DONE.write_text(json.dumps(done), "utf-8")
        RESULTS.write_text(json.dumps({"rows": [asdict(line) for line in _lines(done)]}, indent=2) + "\n", "utf-8")
    DONE.unlink(missing_ok=True)
    print(RESULTS.read_text("utf-8"))
    sys.exit(not all(line.ok for line in _lines(done)))


def _outcome(step: str) -> dict[str, float]:
    """What came of one step, by the names of its figures."""
    if step in GOALS:
        return _figures(step)
    return _passed(step) if step in _SCRIPTS else _attacked(step)


def _figures(name: str) -> dict[str, float]:
    """The figures of one benchmark; none where it failed."""
    if subprocess.run([sys.executable, "-m", "bench", "--soak", name], cwd=ROOT, check=False).returncode:  # noqa: S603 - our own
        return {}
    held: dict[str, Any] = json.loads((ROOT / "bench" / "results.json").read_text("utf-8"))
    return {row["id"]: row[GOALS[name][row["id"]].figure] for row in held["rows"] if row["id"] in GOALS[name]}


def _passed(step: str) -> dict[str, float]:
    """1 where the script of that step passed."""
    return {step: int(not subprocess.run([_SCRIPTS[step]], cwd=ROOT, check=False).returncode)}  # noqa: S603 - our own


def _attacked(step: str) -> dict[str, float]:
    """How many attacks of one round were held off: all, or none."""
    name, number = step.split("/")
    attack = _ATTACKS[name]
    environment = os.environ | {"SOAK_ATTACK": name, "SOAK_SIZE": str(attack.size), "SOAK_ROUND": number}
    # What the tests take for a hang is, at these sizes, an hour's work.
    command = [*attack.under, "pytest", "-q", "-o", f"faulthandler_timeout={_LONGEST}", *attack.options, attack.test]
    done = subprocess.run(command, cwd=ROOT, env=environment, check=False)  # noqa: S603 - our own
    return {name: 0 if done.returncode else attack.size}


def _lines(done: Mapping[str, Mapping[str, float]]) -> list[Line]:
    """One line for every goal that was tried; a benchmark that failed has met none of its own, and stands at 0."""
    lines = []
    for step, goals in GOALS.items():
        for name, goal in goals.items() if step in done else ():
            lines.append(Line(name, done[step].get(name, 0), goal.value, name in done[step] and goal.is_met(done[step][name])))
    lines += [Line(name, done[name][name], 1, done[name][name] == 1) for name in _SCRIPTS if name in done]
    for name, attack in _ATTACKS.items():
        survived = [figures[name] for figures in done.values() if name in figures]
        if survived:
            lines.append(Line(name, sum(survived), attack.goal, sum(survived) == attack.goal))
    return lines


if __name__ == "__main__":
    main()
