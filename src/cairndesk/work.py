"""The belt of this desk: the only file that lists every room's repeated work."""

import os
import threading
from collections.abc import Sequence
from dataclasses import replace
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from django.db import close_old_connections

from cairndesk.config import Config
from cairndesk.custody import beside
from cairndesk.custody.actions.intake_keys import LOOK_SECONDS
from cairndesk.intake import jobs as intake
from cairndesk.intake.spool import Spool
from cairndesk.lib import belt, logs
from cairndesk.lib.belt import Lane, Turn
from cairndesk.lib.errors import DeskError
from cairndesk.lib.reserve import has_room

# What these write is little, frees room, or rings an alarm; on a full disk it still gets its turn.
_NEED_LITTLE = ("custody.", "intake.")
# Rooms whose jobs name their own lanes, earlier stages first.
ROOMS = ("custody", "cases", "signals", "triage", "review", "response", "retention", "insight")


def lanes(config: Config) -> list[Lane]:
    """Every lane of this desk; the spool is drained in exactly one."""
    spool = Spool(_opened(config.data.absolute() / "spool"))
    first = [
        Lane(name="intake.drain", turn=lambda: intake.drain(spool), every=1.0),
        Lane(name="intake.take_up", turn=lambda: intake.take_up_again(spool), every=300.0),
        Lane(name="intake.keys", turn=intake.make_keys, every=30.0),
        Lane(name="intake.old_keys", turn=lambda: intake.destroy_keys(spool), every=LOOK_SECONDS),
        Lane(name="intake.finish", turn=intake.finish, every=60.0),
        Lane(name="intake.forget", turn=intake.forget, every=3600.0),
        Lane(name="intake.publish", turn=intake.publish_changes, every=2.0),
    ]
    return [_with_room(lane, config) for lane in (*first, *(lane for room in ROOMS for lane in _of(room)))]


def _with_room(lane: Lane, config: Config) -> Lane:
    """`lane`, which has no turn on a full disk unless it needs next to nothing."""
    if lane.name.startswith(_NEED_LITTLE):
        return lane
    return replace(lane, turn=lambda: lane.turn() if has_room(config.data.absolute()) else 0)


def turn(given: Sequence[Lane], stop: threading.Event) -> None:
    """Turn the lanes until `stop` is set."""
    belt.run(given, should_stop=stop.is_set, report=report, rest=stop.wait)


def once(given: Sequence[Lane]) -> dict[str, int]:
    """One turn of every lane; returns what each finished, -1 for a failure that waiting does not cure."""
    done = {}
    for lane in given:
        result = belt.take_turn(lane)
        report(result)
        waits = isinstance(result.failure, DeskError) and result.failure.retryable
        done[lane.name] = -1 if result.failure and not waits else result.done
    # Lists may be hours on their way and go on where they were; originals are carried now.
    beside.wait_for("custody")
    return done


def report(result: Turn) -> None:
    """Say what a turn came to, without a word of what it was about, and give back stale connections."""
    close_old_connections()
    if isinstance(result.failure, DeskError):
        logs.log().warning("work.lane.waits", lane=result.lane, code=result.failure.code)
    elif result.failure:
        logs.log().error("work.lane.failed", lane=result.lane, **logs.place(result.failure))
    elif result.done:
        logs.log().info("work.lane.turned", lane=result.lane, done=result.done)


def _opened(folder: Path) -> int:
    return os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)


def _of(room: str) -> Sequence[Lane]:
    name = f"cairndesk.{room}.jobs"
    if find_spec(name) is None:
        return ()
    found: Sequence[Lane] = import_module(name).LANES
    return found
