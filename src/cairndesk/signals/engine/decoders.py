"""Many files, each in a walled child of its own, without starting a program for each of them.

A process that has loaded the decoders, holds no secret and never reads a file (the *stem*) is copied for every file; the
copy walls itself in as a child of `sandbox.py` does, answers once and is gone. What differs: all copies of one stem have
their memory laid out alike. A file handed over by a person still gets a new program; this is for whole archives.
"""

import contextlib
import os
import select
import selectors
import signal
import socket
import subprocess
import time
from typing import Generic, Self

from cairndesk.signals.engine import walls
from cairndesk.signals.engine.answer import Why
from cairndesk.signals.engine.children import ENVIRONMENT, Program, Said, listen


class Decoders(Generic[Said]):
    """One stem of `program`; one file at a time. It is no error when the stem dies: a file in its hand has failed, the next gets another stem."""

    def __init__(self, program: Program[Said], *, minimum: walls.Level = walls.Level.MINIMAL) -> None:
        self._program, self._minimum = program, minimum
        self._stem: subprocess.Popen[bytes] | None = None
        self._line: socket.socket | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def look(self, file: int, order: bytes, *, seconds: float) -> Said:
        """What a child that is told `order` says of the open file `file` (a descriptor), in at most about `seconds`."""
        ear, mouth = os.pipe()
        try:
            return self._ask(file, ear, mouth, order, time.monotonic() + seconds)
        finally:
            os.close(ear)

    def close(self) -> None:
        """The stem ends; a later file would start another."""
        if self._line is not None:
            self._line.close()
        if self._stem is not None:
            self._stem.kill()
            self._stem.wait()
        self._stem = self._line = None

    def _ask(self, file: int, ear: int, mouth: int, order: bytes, deadline: float) -> Said:
        try:
            line = self._ready()
            try:
                socket.send_fds(line, [order], [file, mouth])
            finally:
                os.close(mouth)
            line.settimeout(max(0.0, deadline - time.monotonic()))
            _, handles, _, _ = socket.recv_fds(line, 1, 1)
        except OSError:
            handles = []
        if not handles:
            self.close()
            return self._program.failed(Why.CHILD_DIED)
        try:
            return self._heard(ear, deadline)
        finally:
            # By its descriptor, so that no other process can be hit. Also one that closed its mouth and stays: none outlives its file.
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(handles[0], signal.SIGKILL)
            os.close(handles[0])

    def _ready(self) -> socket.socket:
        if self._line is not None:
            if not _is_hung_up(self._line):
                return self._line
            self.close()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._stem = subprocess.Popen(  # noqa: S603 - our own interpreter and our own text
                self._program.command("stem", str(int(self._minimum)), str(theirs.fileno())),
                pass_fds=[theirs.fileno()], env=ENVIRONMENT, cwd="/",
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip
        self._line = ours
        return ours

    def _heard(self, ear: int, deadline: float) -> Said:
        """The answer that comes by `ear`."""
        heard = bytearray()
        with selectors.DefaultSelector() as selector:
            selector.register(ear, selectors.EVENT_READ)
            while True:
                if not selector.select(max(0.0, deadline - time.monotonic())):
                    return self._program.failed(Why.TOO_SLOW)
                if not listen(ear, heard, self._program.most):
                    break
        said = self._program.read(bytes(heard))
        return self._program.failed(Why.CHILD_DIED) if said is None else said


def _is_hung_up(line: socket.socket) -> bool:
    poll = select.poll()
    poll.register(line, 0)
    return bool(poll.poll(0))
