"""The process in which one analyser looks at one file: it loads the analyser, walls itself in, reads the file, and says one number."""

import importlib
import os
import sys

from cairndesk.signals.engine import walls
from cairndesk.signals.engine.analysers import LIMITS, Opinion, encode
from cairndesk.signals.engine.answer import Why
from cairndesk.signals.engine.child import _all_of_standard_input


def main(minimum: str, order: str) -> None:
    """Answer for one file and end. Below level `minimum` the file is not even read."""
    mouth = os.dup(1)
    # What an analyser prints is no answer: it goes where its complaints go, to nobody.
    os.dup2(2, 1)
    module, _, folder = bytes.fromhex(order).decode().partition("\0")
    os.write(mouth, encode(_opinion(int(minimum), module, folder)))
    # The usual end runs destructors over a memory that a hostile file may have shaped.
    os._exit(0)


def _opinion(minimum: int, module: str, folder: str) -> Opinion:
    sys.path.append(folder)
    try:
        analyser = importlib.import_module(module)
        analyser.load()
    except Exception:  # noqa: BLE001 - somebody else's code may raise anything at all
        return Opinion(None, Why.NO_DECODER)
    level, _ = walls.put_up(LIMITS)
    if level < max(minimum, walls.Level.MINIMAL):
        return Opinion(None, Why.WEAK_WALLS)
    try:
        share = float(analyser.look(_all_of_standard_input()))
    except MemoryError:
        return Opinion(None, Why.TOO_MUCH_MEMORY)
    except Exception:  # noqa: BLE001 - the same
        return Opinion(None, Why.BROKEN)
    return Opinion(round(share * 100)) if 0 <= share <= 1 else Opinion(None, Why.BROKEN)
