"""The process in which one file is asked what it says of itself (`provenance.py`): walls first, then one answer. No decoder is in it."""

import os
from dataclasses import replace

from cairndesk.signals.engine import provenance, walls
from cairndesk.signals.engine.answer import Why
from cairndesk.signals.engine.provenance import Provenance


def main(minimum: str, order: str) -> None:
    """Answer for one file and end. Below level `minimum` the file is not even read."""
    level, abi = walls.put_up()
    told = Provenance(Why.WEAK_WALLS) if level < max(int(minimum), walls.Level.MINIMAL) else look()
    os.write(1, provenance.encode(replace(told, level=level, abi=abi)))
    # The usual end runs destructors over a memory that a hostile file may have shaped.
    os._exit(0)


def look() -> Provenance:
    """What the file on the standard input says of itself."""
    chunks = []
    try:
        while chunk := os.read(0, 1 << 20):
            chunks.append(chunk)
        return provenance.read(b"".join(chunks))
    except MemoryError:
        return Provenance(Why.TOO_MUCH_MEMORY)
