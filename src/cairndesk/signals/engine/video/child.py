"""The program for one video: it walls itself in, reads the file from its standard input, and answers once."""

import io
import os
from dataclasses import replace

from cairndesk.signals.engine import compiled, derivative, walls
from cairndesk.signals.engine.answer import State, Why
from cairndesk.signals.engine.derivative import Derivative, Manner
from cairndesk.signals.engine.stem import copy_for_each
from cairndesk.signals.engine.video import answer, reading, sheet
from cairndesk.signals.engine.video.answer import Seen

# Decoding one large frame takes the memory of dozens.
LIMITS = walls.Limits(3 << 30, 900)


def main(minimum: str, order: str) -> None:
    """Answer for one file and end. Below level `minimum` the file is not even read."""
    _answer(int(minimum), bytes.fromhex(order), is_apart=False, is_loaded=_load())


def stem(minimum: str, line: str) -> None:
    """The same for each file that comes by the socket `line`, in a copy of this process."""
    is_loaded = _load()
    copy_for_each(int(line), lambda is_apart, order: _answer(int(minimum), order, is_apart=is_apart, is_loaded=is_loaded))


def _load() -> bool:
    """Everything that has to be read from the disk is read; returns whether the extra `video` is here."""
    compiled.library()
    try:
        reading.load()
    except ImportError:
        return False
    return True


def _answer(minimum: int, order: bytes, *, is_apart: bool, is_loaded: bool) -> None:
    level, abi = walls.put_up(LIMITS, is_apart=is_apart)
    why = Why.WEAK_WALLS if level < max(minimum, walls.Level.MINIMAL) else Why.NOTHING if is_loaded else Why.NO_DECODER
    if drawing := Manner.told(order):
        drawn = Derivative(why) if why is not Why.NOTHING else sheet.draw(_standard_input(), *drawing)
        _say(memoryview(derivative.encode(replace(drawn, level=level, abi=abi))))
    else:
        mode, seconds = answer.told(order)
        seen = Seen(State.UNRENDERABLE, why) if why is not Why.NOTHING else reading.look(_standard_input(), mode, seconds=seconds)
        for part in answer.encode(seen, level=level, abi=abi):
            _say(memoryview(part))
    # The usual end runs destructors over a memory that a hostile file may have shaped.
    os._exit(0)


def _standard_input() -> io.IOBase:
    """The file itself where it can be sought in; what comes by a pipe is taken in whole."""
    stream = io.FileIO(0, closefd=False)
    try:
        stream.seek(0)
    except OSError:
        return io.BytesIO(stream.readall())
    return stream


def _say(words: memoryview) -> None:
    while words:
        words = words[os.write(1, words) :]
