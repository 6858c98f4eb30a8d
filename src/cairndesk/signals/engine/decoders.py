"""Many files, each in a walled child of its own, without starting a program for each of them.

A process that has loaded the decoders, holds no secret and never reads a file (the *stem*) is copied for every file; the
copy walls itself in as a child of `sandbox.py` does, answers once and is gone. What differs: all copies of one stem have
their memory laid out alike. A file handed over by a person still gets a new program; this is for whole archives.
"""

import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from typing import Self

from cairndesk.signals.engine import answer, sandbox, walls
from cairndesk.signals.engine.answer import Answer, State, Why
from cairndesk.signals.errors import MediaRefused, SandboxTooWeak

_START = "import sys; sys.path.insert(0, sys.argv[1]); from cairndesk.signals.engine.child import stem; stem(int(sys.argv[2]), int(sys.argv[3]))"


class Decoders:
    """One stem; one file at a time. It is no error when the stem dies: the file is unrenderable, and the next one gets another stem."""

    def __init__(self, *, minimum: walls.Level = walls.Level.MINIMAL) -> None:
        self._minimum = minimum
        self._stem: subprocess.Popen[bytes] | None = None
        self._line: socket.socket | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def look(self, file: int, *, exactly: bool = False, seconds: float = sandbox.SECONDS) -> Answer:
        """What a child says of the open file `file` (a descriptor), in at most about `seconds`.

        Raises MediaRefused for a file over MAX_BYTES and SandboxTooWeak where the walls are below `minimum`.
        """
        if os.fstat(file).st_size > sandbox.MAX_BYTES:
            raise MediaRefused(f"The file has more than {sandbox.MAX_BYTES >> 20} MiB.")
        ear, mouth = os.pipe()
        try:
            seen = self._ask(file, ear, mouth, exactly=exactly, deadline=time.monotonic() + seconds)
        finally:
            os.close(ear)
        if seen.why is Why.WEAK_WALLS:
            raise SandboxTooWeak(f"Level {walls.Level(seen.level).name} is below {self._minimum.name}; Landlock ABI {seen.abi}.")
        return seen

    def close(self) -> None:
        """The stem ends; a later file would start another."""
        if self._line is not None:
            self._line.close()
        if self._stem is not None:
            self._stem.kill()
            self._stem.wait()
        self._stem = self._line = None

    def _ask(self, file: int, ear: int, mouth: int, *, exactly: bool, deadline: float) -> Answer:
        try:
            line = self._ready()
            try:
                socket.send_fds(line, [bytes([exactly])], [file, mouth])
            finally:
                os.close(mouth)
            line.settimeout(max(0.0, deadline - time.monotonic()))
            _, handles, _, _ = socket.recv_fds(line, 1, 1)
        except OSError:
            handles = []
        if not handles:
            self.close()
            return Answer(State.UNRENDERABLE, Why.CHILD_DIED)
        try:
            return _heard(ear, handles[0], deadline)
        finally:
            os.close(handles[0])

    def _ready(self) -> socket.socket:
        if self._line is not None:
            return self._line
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            command = [sys.executable, "-I", "-c", _START, str(sandbox.SOURCE), str(theirs.fileno()), str(int(self._minimum))]
            self._stem = subprocess.Popen(  # noqa: S603 - our own interpreter and our own text
                command, pass_fds=[theirs.fileno()], env=sandbox.ENVIRONMENT, cwd="/",
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip
        self._line = ours
        return ours


def _heard(ear: int, child: int, deadline: float) -> Answer:
    """The answer that comes by `ear`; a child that lingers is killed by its descriptor, so that no other process can be hit."""
    raw = b""
    with selectors.DefaultSelector() as selector:
        selector.register(ear, selectors.EVENT_READ)
        while len(raw) <= answer.LENGTH:
            if not selector.select(max(0.0, deadline - time.monotonic())):
                signal.pidfd_send_signal(child, signal.SIGKILL)
                return Answer(State.UNRENDERABLE, Why.TOO_SLOW)
            chunk = os.read(ear, answer.LENGTH + 1 - len(raw))
            raw += chunk
            if not chunk:
                break
    if len(raw) > answer.LENGTH:
        signal.pidfd_send_signal(child, signal.SIGKILL)
    return answer.decode(raw) or Answer(State.UNRENDERABLE, Why.CHILD_DIED)
