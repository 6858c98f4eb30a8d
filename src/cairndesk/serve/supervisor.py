"""The supervisor: starts the three processes, starts a dead one again, and ends all of them together."""

import errno
import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

from cairndesk.config import CREDENTIAL_VARIABLE, VERIFIER_VARIABLE, Config
from cairndesk.custody import credential
from cairndesk.lib import logs
from cairndesk.lib.errors import DeskError
from cairndesk.serve import folders, walls
from cairndesk.serve.roles import REFUSED, Role, identity

_LOOK_EVERY = 0.05
# Between starts that come to nothing. A process that was ready, for however short a time, is started again without a pause.
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 2.0
_PATIENCE = 5.0


class AlreadyRunning(DeskError):
    """Another desk runs from the same data folder, or a demo is being made in it."""

    code = "serve.already_running"
    remedy = "Stop that one with Ctrl-C where it runs, or name another folder: `data` in cairndesk.toml, CAIRNDESK_DATA, or `cairndesk demo --data`."


class PortTaken(DeskError):
    """Somebody else listens on the configured port."""

    code = "serve.port_taken"
    remedy = "Stop what listens there, or choose another port: CAIRNDESK_PORTAL__PORT or CAIRNDESK_DESK__PORT in the environment, or cairndesk.toml."


class NotInitialised(DeskError):
    """There is no desk in the data folder."""

    code = "serve.not_initialised"
    remedy = "Run `cairndesk init` first, or `cairndesk demo` to look around."


class StartRefused(DeskError):
    """One of the three processes cannot be run here, now or later; it has said why."""

    code = "serve.start_refused"
    remedy = "Do what the process that refused says above, then start again."


class OutOfReach(DeskError):
    """Started as root, but the users of the three processes cannot get to the code or to the data."""

    code = "serve.out_of_reach"
    remedy = "Move the installation and its data to a place such as /opt and /var/lib, or start as an ordinary user."


@dataclass
class Child:
    """One process and its history; `word` is the pipe by which it says that it is ready."""

    role: Role
    listener: socket.socket | None
    process: subprocess.Popen[bytes] | None = None
    word: int | None = None
    since: float = field(default_factory=time.monotonic)
    is_ready: bool = False
    failures: int = 0
    refused: bool = False
    due: float = 0.0


def serve(config: Config, *, ready: Callable[[], None] = lambda: None) -> int:
    """Run until SIGINT or SIGTERM; returns 0. `ready` is called as soon as all three are ready for the first time.

    Raises NotInitialised, AlreadyRunning, OutOfReach, PortTaken, walls.NoWall, or StartRefused.
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
        waiting = {child.role for child in children}
        try:
            while not stop:
                look_after(children, config)
                if waiting and not (waiting := waiting - {child.role for child in children if child.is_ready}):
                    ready()
                # Later one that refuses is tried again and again instead: the portal goes on taking in what is told.
                if waiting and any(child.refused for child in children):
                    raise StartRefused
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
        raise AlreadyRunning(f"Another desk is running from {data}.") from None
    finally:
        os.close(handle)


def check_ports(config: Config) -> None:
    """Returns where both ports are free now: better known before a long preparation than after it. Raises PortTaken."""
    with _listening(config):
        pass


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
    child.word, said = os.pipe()
    os.set_blocking(child.word, False)
    handles = (said, child.listener.fileno()) if child.listener else (said,)
    given = environment(child.role, config)
    command = [sys.executable, "-m", "cairndesk.serve.child", child.role.value, str(os.getpid()), *map(str, handles)]
    try:
        with _credential(child.role) as held:
            if held:
                given[CREDENTIAL_VARIABLE], handles = f"{held[0]}:{held[1]}", (*handles, held[1])
            # A session of its own: Ctrl-C reaches only us, and we end the others in order.
            child.process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                command,
                pass_fds=handles,
                env=given,
                start_new_session=True,
                user=numbers.uid,
                group=numbers.gid,
                extra_groups=None if numbers.uid is None else list(numbers.groups),
                stdin=subprocess.DEVNULL,
            )
    finally:
        os.close(said)


def _credential(role: Role) -> AbstractContextManager[tuple[str, int] | None]:
    """What opens the keyring, where systemd handed it over: for the desk, and for nobody else."""
    return credential.opened() if role is Role.DESK else nullcontext()


def environment(role: Role, config: Config) -> dict[str, str]:
    """What a process finds in its environment."""
    temporary = str(folders.temporary(role, config))
    own = {VERIFIER_VARIABLE: _verifier(config)} if role is Role.PORTAL else {}
    return {
        # The key of the bucket of originals is for the one process that goes there.
        **{name: value for name, value in os.environ.items() if role is Role.WORK or not name.startswith("AWS_")},
        "CAIRNDESK_DATA": str(config.data.absolute()),
        "CAIRNDESK_MODE": config.mode,
        "CAIRNDESK_PROCESS": role.value,
        "TMPDIR": temporary,
        "SQLITE_TMPDIR": temporary,
        "HOME": temporary,
        # Nothing may be written beside the code, and numerical libraries must not start threads of their own.
        "PYTHONDONTWRITEBYTECODE": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        **own,
    }


def _verifier(config: Config) -> str:
    """The public key of the log, from a folder that only the desk can write. The portal cannot read there, and its `work` cannot tell it another."""
    try:
        return (config.data.absolute() / "keys" / "log.verifier").read_text("ascii").strip()
    except OSError:
        return ""


def look_after(children: list[Child], config: Config) -> None:
    """One round: afterwards who is dead and due has been started again, and who got ready is known to be."""
    for child in children:
        _listen_to(child)
        if child.process is not None:
            if (status := child.process.poll()) is not None:
                child.refused = status == REFUSED
                _mourn(child, exit=status)
        elif time.monotonic() >= child.due:
            try:
                _start(child, config)
            except OSError as error:
                # A machine that is short of memory or of processes has one less for a moment; the others must not end for that.
                _mourn(child, code=errno.errorcode.get(error.errno or 0, "OSError"))


def _listen_to(child: Child) -> None:
    """Afterwards `child.is_ready` says whether it told us so. How long that took since it died, or since our own start, is logged."""
    if child.word is None or child.is_ready:
        return
    try:
        child.is_ready = bool(os.read(child.word, 1))
    except BlockingIOError:
        return
    if child.is_ready:
        logs.log().info("serve.process.ready", process=child.role.value, seconds=round(time.monotonic() - child.since, 2))


def _mourn(child: Child, **how: object) -> None:
    """`child` is dead; afterwards its next start is due: at once if it was ready, later and later if it never is."""
    now = time.monotonic()
    child.failures = 0 if child.is_ready else child.failures + 1
    pause = pause_after(child.failures)
    logs.log().error("serve.process.died", process=child.role.value, seconds=pause, **how)
    if child.word is not None:
        os.close(child.word)
    if child.is_ready:
        child.since = now
    child.process, child.word, child.is_ready, child.due = None, None, False, now + pause


def pause_after(failures: int) -> float:
    """Seconds until the next start, when so many in a row came to nothing; none where the last one was ready."""
    return min(_FIRST_PAUSE * 2 ** (min(failures, 8) - 1), _LONGEST_PAUSE) if failures else 0.0


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
