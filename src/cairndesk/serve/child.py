"""One of the three processes, from its first line to its last: `python -m cairndesk.serve.child ROLE PARENT WORD [SOCKET]`."""

import asyncio
import contextlib
import gc
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable
from importlib import import_module
from typing import Any

from cairndesk import config as configuration
from cairndesk.config import Config
from cairndesk.custody.errors import LogRolledBack, WeakStorage
from cairndesk.lib import clock, logs
from cairndesk.lib.errors import DeskError
from cairndesk.serve import walls
from cairndesk.serve.roles import REFUSED, Role

# Seconds that an answer in flight gets when the process is told to stop.
GRACE = 2
# Seconds after which a thread that computes has to let another have its turn. Python's own 5 ms would be a stall of everybody whom the loop
# answers in a tenth of one.
TURN = 0.0005
# How many connections to the database stay open while nobody uses them: as many as there are pages at a time on a busy day.
CONNECTIONS = 8
_KEY_SOCKET = "keys.sock"
Ready = Callable[[], None]


class StorageAway(DeskError):
    """The database does not answer, so nobody can say whether it keeps what it is told."""

    code = "serve.storage_away"
    remedy = "See that the database is there and that [database] leads to it; the next try comes by itself."
    retryable = True


# How many more things than went are there until Python looks for what refers to itself and nothing else does.
_LOOKED_THROUGH = 50_000


def main(arguments: list[str]) -> int:
    """Run the role named first for the process numbered second; 0 after an orderly end, 1 when it could not start, REFUSED when it never will.

    The third is the pipe by which the supervisor is told that we are ready, the fourth the socket to listen on.
    """
    role = Role(arguments[0])
    # What is loaded now is kept for good: looking through it for something to throw away takes time that somebody waits.
    gc.disable()
    os.environ["CAIRNDESK_PROCESS"] = role.value
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cairndesk.settings")
    walls.harden()
    if os.getppid() != int(arguments[1]):
        # The supervisor died before the kernel knew that we are to end with it; staying would hold the port against the next one.
        return 0
    os.umask(0o027)
    logs.configure(role.value)
    word = int(arguments[2])
    # A sandboxed child must not hold it, or tell for us.
    os.set_inheritable(word, False)

    def ready() -> None:
        settle()
        with contextlib.suppress(BrokenPipeError):
            os.write(word, b"1")

    try:
        config = configuration.load()
        logs.configure(role.value, quiet=config.serve.quiet)
        _RUN[role](config, ready, *(socket.socket(fileno=int(number)) for number in arguments[3:]))
    except DeskError as error:
        logs.log().error("serve.process.refused", code=error.code)
        sys.stderr.write(f"{role}: {error.detail} {error.remedy}\n" if error.detail else f"{role}: {error.remedy}\n")
        return REFUSED if isinstance(error, WeakStorage) else 1
    return 0


def settle() -> None:
    """All that is loaded is kept for good, and is not looked through any more for something to throw away; what comes later only now and then.

    A page makes some hundred thousand small things that go by themselves. Looked through by every seven hundred, as Python does unasked, that
    is a fifth of its time.
    """
    gc.freeze()
    gc.set_threshold(_LOOKED_THROUGH)
    gc.enable()


def portal(config: Config, ready: Ready, listener: socket.socket) -> None:
    """The public site. The spool's descriptor is opened first; then the walls go up, and only then is anybody listened to."""
    _django()
    from cairndesk.intake.portal import asgi  # noqa: PLC0415 - needs Django's settings

    app = asgi.application()
    _read_doors()
    _enclose(Role.PORTAL, config)
    listen(Role.PORTAL, app, listener, config, ready)


def desk(config: Config, ready: Ready, listener: socket.socket) -> None:
    """The staff console and the API, with the keys unlocked and the line for `work` open."""
    _django()
    from cairndesk.custody import access, credential, kept_open  # noqa: PLC0415 - needs Django's settings
    from cairndesk.custody.adapters.key_socket import KeyServer  # noqa: PLC0415 - the same
    from cairndesk.review import recall  # noqa: PLC0415 - the same
    from cairndesk.serve import site  # noqa: PLC0415 - the same

    credential.keep_to_ourselves()
    kept_open.keep(CONNECTIONS)
    app = site.application(config)
    _read_doors()
    _enclose(Role.DESK, config)
    _refuse_weak_storage()
    _compare_with_what_was_signed()
    ring = access.unlock(config)
    own = os.geteuid()
    apart = own == config.serve.desk_uid
    callers = {config.serve.work_uid} if apart else {own}
    path = config.data.absolute() / "run" / _KEY_SOCKET
    with KeyServer(ring, path, allowed_uids=callers, group=config.serve.work_uid if apart else None):
        recall.HELD.start(clock.now)
        listen(Role.DESK, app, listener, config, ready)


def work(config: Config, ready: Ready) -> None:
    """The belt. It asks the desk for single keys and waits while the desk is away."""
    _django()
    from cairndesk import work as belt  # noqa: PLC0415 - needs Django's settings
    from cairndesk.custody import access, kept_open  # noqa: PLC0415 - the same
    from cairndesk.custody.adapters.key_socket import KeyClient  # noqa: PLC0415 - the same

    kept_open.keep(CONNECTIONS)
    lanes = belt.lanes(config)
    _enclose(Role.WORK, config)
    _refuse_weak_storage()
    _compare_with_what_was_signed()
    access.use(KeyClient(config.data.absolute() / "run" / _KEY_SOCKET))
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    ready()
    belt.turn(lanes, stop)


_RUN: dict[Role, Any] = {Role.PORTAL: portal, Role.DESK: desk, Role.WORK: work}


def _django() -> None:
    import django  # noqa: PLC0415 - the role must be set before Django reads its settings

    django.setup(set_prefix=False)
    from cairndesk.intake.portal.languages import found_packs  # noqa: PLC0415 - needs Django's settings

    # They may lie where nothing can be read once the walls are up.
    found_packs()


def _compare_with_what_was_signed() -> None:
    """Afterwards this process only reads where the database is not the one that was signed before."""
    from cairndesk.custody import standing  # noqa: PLC0415 - needs Django's settings

    if standing.begin():
        logs.log().error("serve.process.only_reads", code=LogRolledBack.code)


def _refuse_weak_storage() -> None:
    """Return where the database keeps what it acknowledges. Raises WeakStorage and StorageAway."""
    from django.db import Error, connection  # noqa: PLC0415 - needs Django's settings

    from cairndesk.custody.adapters import durability  # noqa: PLC0415 - the same

    try:
        durability.refuse(connection)
    except Error as error:
        raise StorageAway(str(error)) from error
    finally:
        connection.close()


def _read_doors() -> None:
    """Read every view now: otherwise the first visitor after a restart waits for that, and everybody with them."""
    from django.conf import settings  # noqa: PLC0415 - needs Django's settings

    import_module(settings.ROOT_URLCONF)


def _enclose(role: Role, config: Config) -> None:
    abi = walls.enclose(role, config)
    logs.log().info("serve.process.walled", abi=abi)


# Where somebody tells something: a page of the portal, a report of a machine.
_REPORTS: dict[Role, Callable[[str], bool]] = {
    Role.PORTAL: lambda path: path.endswith("/next"),
    Role.DESK: lambda path: path.startswith("/api/v1/reports"),
}


def listen(role: Role, app: Any, listener: socket.socket, config: Config, ready: Ready) -> None:
    import uvicorn  # noqa: PLC0415 - `work` needs none

    from cairndesk.serve import protocol  # noqa: PLC0415 - the same

    sys.setswitchinterval(TURN)
    own = config.serve
    limits = protocol.Limits(header_seconds=own.header_seconds, stall_seconds=own.stall_seconds, connections=own.connections)
    settings = uvicorn.Config(
        app,
        access_log=False,
        log_config=None,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        lifespan="off",
        ws="none",
        http=protocol.protocol(limits, is_report=_REPORTS[role], at_once=app.at_once),
        loop="asyncio",
        timeout_keep_alive=5,
        timeout_graceful_shutdown=GRACE,
        backlog=512,
    )

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            ready()

    asyncio.run(Server(settings).serve(sockets=[listener]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
