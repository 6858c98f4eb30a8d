"""Malformed media in numbers: whatever is in a file, this process lives, the child stays small and quick, and nothing is written.

`SOAK_SIZE` is how many, `SOAK_ROUND` which of them.
"""

import os
import time
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from tests.support.watched_stem import Took, read, watched
from tests.synthetic.malformed import malformed

from cairndesk.signals.engine.answer import AS_USUAL, Why
from cairndesk.signals.engine.decoders import Decoders
from cairndesk.signals.engine.derivative import Manner
from cairndesk.signals.engine.sandbox import PICTURE, SECONDS, drawing
from cairndesk.signals.engine.video.answer import Container, Mode, order
from cairndesk.signals.engine.video.kinds import LOOKED_AT, kind_of
from cairndesk.signals.engine.video.walled import VIDEO
from cairndesk.signals.engine.walls import Level

SIZE = int(os.environ.get("SOAK_SIZE", "1000"))
SEED = 20261126 + int(os.environ.get("SOAK_ROUND", "0"))
MOST_MEMORY = 512
DERIVATIVE, SHEET = drawing(Manner()), drawing(Manner(), is_video=True)
ORDERS = {DERIVATIVE: Manner().order(), PICTURE: AS_USUAL, VIDEO: order(Mode.EACH_SECOND, SECONDS - 1), SHEET: Manner().order(SECONDS - 1)}

pytestmark = pytest.mark.slow


def test_malformed_media_reach_nothing_and_take_little(tmp_path: Path) -> None:
    notes = {program: tmp_path / str(place) for place, program in enumerate(ORDERS)}
    decoders: dict[Any, Decoders[Any]] = {program: Decoders(watched(program, note)) for program, note in notes.items()}
    said, slowest = set(), 0.0
    try:
        for place, data in enumerate(islice(malformed(SEED), SIZE)):
            program = program_for(data, place)
            begun = time.monotonic()
            seen = looked_at(data, decoders[program], ORDERS[program])
            slowest = max(slowest, time.monotonic() - begun)
            assert seen.level >= Level.MINIMAL or seen.why is not Why.NOTHING
            said.add((type(seen).__name__, seen.why is Why.NOTHING))
    finally:
        for stem in decoders.values():
            stem.close()
    took: list[Took] = [one for note in notes.values() for one in read(note)]
    # Each stem's last child may be counted by nobody.
    assert SIZE - len(notes) <= len(took) <= SIZE
    assert max(one.memory for one in took) < MOST_MEMORY
    assert slowest < SECONDS + 5
    assert max(one.seconds for one in took) < SECONDS
    assert sum(one.written for one in took) == 0
    assert {path.name for path in tmp_path.iterdir()} == {note.name for note in notes.values()}
    assert said == {(name, is_well) for name in ("Answer", "Derivative", "Seen") for is_well in (True, False)}


def program_for(data: bytes, place: int) -> Any:
    if kind_of(data[:LOOKED_AT]) is not Container.NONE:
        return SHEET if place % 5 == 0 else VIDEO
    return DERIVATIVE if place % 5 == 0 else PICTURE


def looked_at(data: bytes, decoders: "Decoders[Any]", told: bytes) -> Any:
    """What is said of a file that lies in memory alone: reading one on a disk has the kernel write down when."""
    with os.fdopen(os.memfd_create("file"), "wb") as file:
        file.write(data)
        file.flush()
        with Path(f"/proc/self/fd/{file.fileno()}").open("rb") as held:
            return decoders.look(held.fileno(), told, seconds=SECONDS)
