"""A terminal that nobody sits at: what is written to it can be read."""

import os
import pty
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

# What a bar is drawn with.
BAR = "━"


@dataclass
class Screen:
    """The end that programmes write to, and what they wrote so far, with everything that moves the cursor."""

    handle: int
    shown: bytearray = field(default_factory=bytearray)

    @property
    def text(self) -> str:
        return self.shown.decode(errors="replace")


@contextmanager
def terminal() -> Iterator[Screen]:
    """A terminal; after the block all that was written is on the screen."""
    ours, theirs = pty.openpty()
    screen = Screen(theirs)

    def read() -> None:
        try:
            while piece := os.read(ours, 4096):
                screen.shown += piece
        except OSError:
            # So Linux says that the last writer has gone.
            return

    # Somebody must read all the time: a full terminal makes its writers wait.
    reader = threading.Thread(target=read)
    reader.start()
    try:
        yield screen
    finally:
        os.close(theirs)
        reader.join(20)
        os.close(ours)


@contextmanager
def at_a_terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[Screen]:
    """The standard error of this process is a terminal until the end of the block."""
    with terminal() as screen, monkeypatch.context() as here, os.fdopen(screen.handle, "w", closefd=False) as stream:
        here.setenv("TERM", "xterm")
        here.setattr(sys, "stderr", stream)
        yield screen
