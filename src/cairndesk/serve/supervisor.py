"""The supervisor: starts the three processes, starts a dead one again, and ends all of them together."""

import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from cairndesk.config import Config
from cairndesk.lib import logs
from cairndesk.lib.errors import DeskError
from cairndesk.serve import folders, walls
from cairndesk.serve.roles import Role, identity

_LOOK_EVERY = 0.1
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 2.0
# A process that lived this long, in seconds, is started again without a pause.
_STEADY = 20.0
_PATIENCE = 5.0


class AlreadyRunning(DeskError):
    """Another `cairndesk serve` uses the same data folder."""

    code = "serve.already_running"
    remedy = "Stop the other `cairndesk serve`, or name another data folder."


class PortTaken(DeskError):
    """Somebody else listens on the configured port."""

    code = "serve.port_taken"
    remedy = "Stop what listens there, or set another port in cairndesk.toml."


class NotInitialised(DeskError):
    """There is no desk in the data folder."""

    code = "serve.not_initialised"
    remedy = "Run `cairndesk init` first, or `cairndesk demo` to look around."


class OutOfReach(DeskError):
    """Started as root, but the users of the three processes cannot get to the code or to the data."""

    code = "serve.out_of_reach"
    remedy = "Move the installation and its data to a place such as /opt and /var/lib, or start as an ordinary user."


@dataclass
class Child:
    """One process and its history."""

    role: Role
    listener: socket.socket | None
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    failures: int = 0
    due: float = field(default=0.0)


def serve(config: Config, *, ready: Callable[[], None] = lambda: None) -> int:
    """Run until SIGINT or SIGTERM; returns 0. `ready` is called once all three have been started.

    Raises NotInitialised, AlreadyRunning, OutOfReach, PortTaken, or walls.NoWall.
    """
    found = walls.level()
    if not found.is_enough and config.mode != "demo":
        raise walls.NoWall
    if not (config.data.absolute() / "keys" / "keyring.sealed").exists():
        raise NotInitialised
    data = folders.make(config)
    if found.users and (folder := folders.out_of_reach([data, Path(sys.executable), Path(__file__)])):
        raise OutOfReach(f"Only root can enter {folder}.")
    with alone(data), _listening(config) as children:
        folders.hand_over(config)
        logs.log().info("serve.started", wall=str(found))
        stop = _until_told()
        for child in children:
            _start(child, config)
        ready()
        try:
            while not stop:
                _look_after(children, config)
                time.sleep(_LOOK_EVERY)
        finally:
            _end(children)
        logs.log().info("serve.stopped")
    return 0


@contextmanager
def alone(data: Path) -> Iterator[None]:
    """Nobody else uses this data folder meanwhile. Raises AlreadyRunning.

    The kernel lets go of the lock when we die, however that happens, so a next start never finds a stale one.
    """
    handle = os.open(data / "run" / "serve.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise AlreadyRunning from None
    finally:
        os.close(handle)


@contextmanager
def _listening(config: Config) -> Iterator[list[Child]]:
    """Sockets are ours and outlive a child: while it is started again, visitors wait instead of being refused."""
    sites = ((Role.PORTAL, config.portal.host, config.portal.port), (Role.DESK, config.desk.host, config.desk.port))
    children = []
    try:
        for role, host, port in sites:
            try:
                family = socket.AF_INET6 if ":" in host else socket.AF_INET
                children.append(Child(role, socket.create_server((host, port), family=family, backlog=512)))
            except OSError as error:
                raise PortTaken(f"{role} cannot listen on {host}:{port}: {error.strerror}.") from error
        yield [*children, Child(Role.WORK, None)]
    finally:
        for child in children:
            if child.listener:
                child.listener.close()


def _until_told() -> list[int]:
    told: list[int] = []
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _: told.append(number))
    return told


def _start(child: Child, config: Config) -> None:
    numbers = identity(child.role, config)
    handles = (child.listener.fileno(),) if child.listener else ()
    command = [sys.executable, "-m", "cairndesk.serve.child", child.role.value, str(os.getpid()), *map(str, handles)]
    temporary = str(folders.temporary(child.role, config))
    environment = {
        **os.environ,
        "CAIRNDESK_DATA": str(config.data.absolute()),
        "CAIRNDESK_MODE": config.mode,
        "CAIRNDESK_PROCESS": child.role.value,
        "TMPDIR": temporary,
        "SQLITE_TMPDIR": temporary,
        "HOME": temporary,
        # Nothing may be written beside the code, and numerical libraries must not start threads of their own.
        "PYTHONDONTWRITEBYTECODE": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
    }
    # A session of its own: Ctrl-C reaches only us, and we end the others in order.
    child.process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
        command,
        pass_fds=handles,
        env=environment,
        start_new_session=True,
        user=numbers.uid,
        group=numbers.gid,
        extra_groups=None if numbers.uid is None else list(numbers.groups),
        stdin=subprocess.DEVNULL,
    )
    child.started = time.monotonic()


def _look_after(children: list[Child], config: Config) -> None:
    now = time.monotonic()
    for child in children:
        if child.process is None:
            if now >= child.due:
                _start(child, config)
        elif (status := child.process.poll()) is not None:
            child.failures = 0 if now - child.started > _STEADY else child.failures + 1
            pause = min(_FIRST_PAUSE * 2 ** min(child.failures, 8), _LONGEST_PAUSE) if child.failures else 0.0
            logs.log().error("serve.process.died", process=child.role.value, exit=status, seconds=round(pause, 1))
            child.process, child.due = None, now + pause


def _end(children: list[Child]) -> None:
    living = [child.process for child in children if child.process]
    for process in living:
        process.terminate()
    deadline = time.monotonic() + _PATIENCE
    for process in living:
        try:
            process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
