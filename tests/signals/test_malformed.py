"""Malformed media in numbers: whatever is in a file, this process lives, the child stays small and quick, and nothing is written.

`SOAK_SIZE` is how many, `SOAK_ROUND` which of them.
"""

import os
import time
from itertools import islice
from pathlib import Path

import pytest
from tests.support.watched_stem import Took, read, watched
from tests.synthetic.malformed import malformed

from cairndesk.signals.engine.answer import AS_USUAL, Answer, State
from cairndesk.signals.engine.decoders import Decoders
from cairndesk.signals.engine.sandbox import PICTURE, SECONDS
from cairndesk.signals.engine.video.answer import Container, Mode, Seen, order
from cairndesk.signals.engine.video.kinds import LOOKED_AT, kind_of
from cairndesk.signals.engine.video.walled import VIDEO
from cairndesk.signals.engine.walls import Level

SIZE = int(os.environ.get("SOAK_SIZE", "1000"))
SEED = 20261126 + int(os.environ.get("SOAK_ROUND", "0"))
MOST_MEMORY = 512

pytestmark = pytest.mark.slow


def test_malformed_media_reach_nothing_and_take_little(tmp_path: Path) -> None:
    notes = [tmp_path / "pictures", tmp_path / "videos"]
    states, slowest = set(), 0.0
    with Decoders(watched(PICTURE, notes[0])) as pictures, Decoders(watched(VIDEO, notes[1])) as videos:
        for data in islice(malformed(SEED), SIZE):
            begun = time.monotonic()
            seen = looked_at(data, pictures, videos)
            slowest = max(slowest, time.monotonic() - begun)
            assert seen.level >= Level.MINIMAL or seen.state is State.UNRENDERABLE
            states.add(seen.state)
    took: list[Took] = [one for note in notes for one in read(note)]
    # Each stem's last child may be counted by nobody.
    assert SIZE - len(notes) <= len(took) <= SIZE
    assert max(one.memory for one in took) < MOST_MEMORY
    assert slowest < SECONDS + 5
    assert max(one.seconds for one in took) < SECONDS
    assert sum(one.written for one in took) == 0
    assert sorted(tmp_path.iterdir()) == notes
    assert states == set(State)


def looked_at(data: bytes, pictures: "Decoders[Answer]", videos: "Decoders[Seen]") -> Answer | Seen:
    """What is said of a file that lies in memory alone: reading one on a disk has the kernel write down when."""
    with os.fdopen(os.memfd_create("file"), "wb") as file:
        file.write(data)
        file.flush()
        with Path(f"/proc/self/fd/{file.fileno()}").open("rb") as held:
            if kind_of(data[:LOOKED_AT]) is Container.NONE:
                return pictures.look(held.fileno(), AS_USUAL, seconds=SECONDS)
            return videos.look(held.fileno(), order(Mode.EACH_SECOND, SECONDS - 1), seconds=SECONDS)
