"""`python -m tests.support.nested`: `cairndesk serve` whose processes are forked from ones that have read the code of their role already.

For who kills them by the hundred: reading it takes more than a second of a processor each time, and leaves nothing behind that a kill could tear.
Everything else is as it is: each is a process of its own, behind its own walls, under a supervisor that knows no difference.
"""

import ctypes
import gc
import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from types import SimpleNamespace
from typing import Any

from cairndesk import config as configuration
from cairndesk.lib import logs
from cairndesk.serve import child, supervisor
from cairndesk.serve.roles import Role

_PR_SET_PDEATHSIG, _PR_SET_NAME = 1, 15


class Nest:
    """A process that has read what `role` reads, and from which such processes are forked; it ends with the one that made it."""

    def __init__(self, role: Role, environment: Mapping[str, str]) -> None:
        self.line, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._number = os.fork()
        if not self._number:
            self.line.close()
            _sit(role, environment, theirs)
        theirs.close()
        self.ended: dict[int, int] = {}

    def fork(self, environment: Mapping[str, str], handles: Sequence[int]) -> int:
        """The number of a new process that owns a copy of `handles`."""
        # The nest may still be reading.
        self.line.setblocking(True)
        socket.send_fds(self.line, [json.dumps(dict(environment)).encode()], list(handles))
        while True:
            told = self._heard()
            if "begun" in told:
                return told["begun"]

    def look(self) -> None:
        """Afterwards `ended` knows who has ended, and how."""
        self.line.setblocking(False)
        try:
            while True:
                self._heard()
        except BlockingIOError:
            pass

    def end(self) -> None:
        """Afterwards it is gone, and whoever was forked from it is told to go."""
        os.kill(self._number, signal.SIGKILL)
        os.waitpid(self._number, 0)

    def _heard(self) -> dict[str, int]:
        heard = self.line.recv(1000)
        assert heard, "the nest is gone"
        told: dict[str, int] = json.loads(heard)
        if "ended" in told:
            self.ended[told["ended"]] = told["status"]
        return told


class Forked:
    """What the supervisor sees in the place of a subprocess.Popen."""

    nests: dict[str, Nest]

    def __init__(self, command: Sequence[str], *, pass_fds: Sequence[int], env: Mapping[str, str], **_: Any) -> None:
        self._nest = self.nests[command[3]]
        self.pid = self._nest.fork(env, pass_fds)

    def poll(self) -> int | None:
        self._nest.look()
        return self._nest.ended.get(self.pid)

    def wait(self, timeout: float = 60.0) -> int:
        deadline = time.monotonic() + timeout
        while (status := self.poll()) is None:
            if time.monotonic() > deadline:
                raise subprocess.TimeoutExpired("a forked process", timeout)
            time.sleep(0.01)
        return status

    def terminate(self) -> None:
        self._send(signal.SIGTERM)

    def kill(self) -> None:
        self._send(signal.SIGKILL)

    def _send(self, number: signal.Signals) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)


def _sit(role: Role, environment: Mapping[str, str], line: socket.socket) -> None:
    _control(_PR_SET_PDEATHSIG, signal.SIGKILL)
    _become(environment)
    gc.disable()
    _read(role)
    gc.freeze()
    with selectors.DefaultSelector() as waiting:
        waiting.register(line, selectors.EVENT_READ)
        while True:
            if waiting.select(0.01):
                asked, handles, _, _ = socket.recv_fds(line, 100_000, 4)
                _bring_forth(role, json.loads(asked), handles, line)
            _tell_of_the_dead(line)


def _read(role: Role) -> None:
    """Whatever is left out here is read by each of the forked processes anew."""
    child._django()
    if role is Role.WORK:
        belt = import_module("cairndesk.work")
        names = [f"cairndesk.{room}.jobs" for room in belt.ROOMS if find_spec(f"cairndesk.{room}.jobs")]
    else:
        names = ["uvicorn", "cairndesk.serve.protocol", "cairndesk.serve.site" if role is Role.DESK else "cairndesk.intake.portal.asgi"]
        child._read_doors()
    for name in (*names, *(["cairndesk.custody.standing", "cairndesk.custody.adapters.key_socket"] if role is not Role.PORTAL else [])):
        import_module(name)


def _bring_forth(role: Role, environment: Mapping[str, str], handles: Sequence[int], line: socket.socket) -> None:
    nest = os.getpid()
    number = os.fork()
    if not number:
        line.close()
        os.setsid()
        _control(_PR_SET_NAME, role.value.encode())
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        _become(environment)
        os._exit(child.main([role.value, str(nest), *map(str, handles)]))
    for handle in handles:
        os.close(handle)
    line.send(json.dumps({"begun": number}).encode())


def _tell_of_the_dead(line: socket.socket) -> None:
    try:
        while (found := os.waitpid(-1, os.WNOHANG)) != (0, 0):
            line.send(json.dumps({"ended": found[0], "status": os.waitstatus_to_exitcode(found[1])}).encode())
    except ChildProcessError:
        pass


def _control(option: int, value: int | bytes) -> None:
    """See prctl(2)."""
    assert ctypes.CDLL(None).prctl(option, value, 0, 0, 0) == 0


def _become(environment: Mapping[str, str]) -> None:
    os.environ.clear()
    os.environ.update(environment)


def main() -> int:
    """As `cairndesk serve`."""
    config = configuration.load()
    logs.configure("serve")
    Forked.nests = {role.value: Nest(role, supervisor.environment(role, config)) for role in Role}
    supervisor.subprocess = SimpleNamespace(Popen=Forked, DEVNULL=subprocess.DEVNULL, TimeoutExpired=subprocess.TimeoutExpired)
    try:
        return supervisor.serve(config)
    finally:
        for nest in Forked.nests.values():
            nest.end()


if __name__ == "__main__":
    sys.exit(main())
