"""A writer that is killed again and again at a random moment, often in the middle of a write, and what it had promised by then.

`python forked.py KILLS SEED`, under the environment of a prepared desk; tells as JSON what was acknowledged, and what one cycle swept.
"""

import gc
import itertools
import json
import os
import random
import signal
import sys
import time
from collections.abc import Callable, Iterator

from django.db import connections
from tests.support.life import Ack, Life

# Seconds until a writer that does nothing counts as one that hangs.
_PATIENCE = 60


def main(kills: int, seed: int) -> dict[str, object]:
    """Afterwards `kills` writers were killed one after the other, and one cycle has put the desk in order."""
    life, drawn = Life.begin(), random.Random(seed)  # noqa: S311 - moments that can be repeated, no secret
    acks = [ack for number in range(3) for ack in _whole(life, f"{seed}-first-{number}")]
    # What is read once has been read by now; the last of them tells how long a life takes on this machine.
    longest = _seconds(lambda: acks.extend(_whole(life, f"{seed}-last")))
    connections.close_all()
    gc.freeze()
    for number in range(kills):
        acks += _killed(life, f"{seed}-{number}", drawn.uniform(0.0, longest))
    life.take_in()
    life.lay_out()
    return {"acks": acks, "swept": life.sweep(), "left": life.sweep()}


def _whole(life: Life, name: str) -> Iterator[Ack]:
    """Everything that a desk writes for two reports and a file, in the order of the desk."""
    yield life.tell(f"{name}-told")
    yield life.hand_over(f"{name}-handed")
    yield life.keep_file()
    life.take_in()
    life.lay_out()


def _seconds(act: Callable[[], object]) -> float:
    begun = time.process_time()
    act()
    return time.process_time() - begun


def _killed(life: Life, name: str, seconds: float) -> list[Ack]:
    """What a writer promised that was killed after so many seconds of work."""
    reading, writing = os.pipe()
    writer = os.fork()
    if not writer:
        os.close(reading)
        _write(life, name, writing)
    os.close(writing)
    with os.fdopen(reading, "rb") as heard:
        heard.readline()
        begun, seen = time.clock_gettime(~writer << 3 | 2), time.monotonic()
        # By the clock of the other process, see clock_getcpuclockid(3): on a busy machine it may not have had its turn yet.
        while time.clock_gettime(~writer << 3 | 2) - begun < seconds:
            assert time.monotonic() - seen < _PATIENCE, "it waits for something that does not come"
            time.sleep(0.0005)
        os.kill(writer, signal.SIGKILL)
        _, status = os.waitpid(writer, 0)
        assert os.WTERMSIG(status) == signal.SIGKILL, "it ended by itself"
        # Half a line is no promise: nobody has heard it to its end.
        return [json.loads(line) for line in heard if line.endswith(b"\n")]


def _write(life: Life, name: str, promises: int) -> None:
    """Write without end, and say each promise once it is kept."""
    os.write(promises, b"begun\n")
    if name.endswith(("1", "4", "7")):
        # Others begin with what the last one has left.
        life.take_in()
        life.lay_out()
    for number in itertools.count():
        for ack in _whole(life, f"{name}-{number}"):
            os.write(promises, json.dumps(ack).encode() + b"\n")


if __name__ == "__main__":
    # Not to the pipe of a writer: what is printed twice would be promised twice.
    told = main(int(sys.argv[1]), int(sys.argv[2]))
    sys.stdout.write(json.dumps(told))
