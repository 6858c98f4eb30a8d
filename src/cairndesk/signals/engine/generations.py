"""Which generation of an index in a folder counts: the file `current` says it, and is replaced by rename.

The files of generation n are named n.something. Readers in other processes look whether `current` is another file, and switch.
"""

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cairndesk.lib.files import replace_durably
from cairndesk.signals.errors import IndexDamaged

CURRENT = "current"
Stamp = tuple[int, int]


def stamp(folder: Path) -> Stamp | None:
    """Differs whenever another generation counts; None where there is none."""
    try:
        found = (folder / CURRENT).stat()
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_mtime_ns


def said(folder: Path) -> tuple[int, dict[str, Any]]:
    """The number of the generation that counts, and all that stands in `current`; raises IndexDamaged, FileNotFoundError."""
    try:
        found = json.loads((folder / CURRENT).read_bytes())
        return int(found["generation"]), found
    except (ValueError, KeyError, TypeError) as wrong:
        raise unreadable() from wrong


def unreadable() -> IndexDamaged:
    """What is raised where `current` does not say what it should."""
    return IndexDamaged("The file that names the generation cannot be read.")


def let_count(folder: Path, number: int, about: Mapping[str, Any]) -> None:
    """From now on generation `number`, whose files are there, counts; those of others are gone for whoever has not opened them."""
    replace_durably(folder / CURRENT, [json.dumps({"generation": number, **about}).encode()])
    for path in folder.glob("[0-9]*.*"):
        if path.stem != str(number):
            path.unlink(missing_ok=True)


@contextmanager
def held(folder: Path, name: str) -> Iterator[None]:
    """Nobody else holds the lock `name` of the folder meanwhile."""
    handle = os.open(folder / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
