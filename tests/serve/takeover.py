"""What somebody could do who took over the portal: run in its place, after its walls went up, and told as JSON.

`python takeover.py WALLS VICTIM PORT LOOT EARLIER…`: WALLS is `walled` or `open` (the control), VICTIM the number of another process,
PORT one that listens, LOOT a descriptor that takes in all that the portal has (its environment, what it has open, its memory), EARLIER
the spool files that must stay closed; `keys` and the rest follow from the configuration.
"""

import contextlib
import ctypes
import json
import os
import signal
import socket
import sqlite3
import stat
import sys
from collections.abc import Callable, Iterator
from pathlib import Path


def attempt(what: Callable[[], object]) -> str:
    try:
        what()
    except (OSError, sqlite3.Error) as error:
        return type(error).__name__
    return "allowed"


def main(*, is_walled: bool, victim: int, tcp: int, loot: int, earlier: list[str]) -> dict[str, object]:
    # Behind the walls nobody can open these any more; whoever took over the portal reads its memory with code of their own.
    memory = os.open("/proc/self/maps", os.O_RDONLY), os.open("/proc/self/mem", os.O_RDONLY)
    from cairndesk import config as configuration
    from cairndesk.serve import walls
    from cairndesk.serve.roles import Role

    os.environ["CAIRNDESK_PROCESS"] = "portal"
    if is_walled:
        walls.harden()
    import django

    django.setup(set_prefix=False)
    from cairndesk.intake.portal import asgi, site

    asgi.application()
    config = configuration.load()
    if is_walled:
        walls.enclose(Role.PORTAL, config)
    found = attack(config.data, victim, tcp, earlier, site.current().spool._directory)
    with os.fdopen(loot, "wb") as bag:
        for piece in carried(memory, bag.fileno()):
            bag.write(piece)
    return found


def carried(memory: tuple[int, int], bag: int) -> Iterator[bytes]:
    """The environment, what can be read of every open descriptor, and all memory that was ever written."""
    maps, cells = memory
    yield from (name + b"=" + value + b"\0" for name, value in os.environb.items())
    for number in set(range(3, 1024)) - {bag, maps, cells}:
        with contextlib.suppress(OSError):
            if stat.S_ISREG(os.fstat(number).st_mode):
                yield os.pread(number, 1 << 30, 0)
    for line in whole(maps).splitlines():
        place, rights, *_ = line.split()
        begin, end = (int(half, 16) for half in place.split(b"-"))
        for at in range(begin, end, 1 << 20) if rights.startswith(b"rw") else ():
            with contextlib.suppress(OSError):
                yield os.pread(cells, min(1 << 20, end - at), at)


def whole(descriptor: int) -> bytes:
    return b"".join(iter(lambda: os.read(descriptor, 1 << 16), b""))


def attack(data: Path, victim: int, tcp: int, earlier: list[str], spool: int) -> dict[str, object]:
    libc = ctypes.CDLL(None, use_errno=True)
    connect = socket.socket(socket.AF_UNIX)
    return {
        "earlier reports read by name": [attempt((data / "spool" / name).read_bytes) for name in earlier].count("allowed"),
        "earlier reports read by the open folder": [attempt(lambda name=name: os.open(name, os.O_RDONLY, dir_fd=spool)) for name in earlier].count(
            "allowed"
        ),
        "read the keyring": attempt((data / "keys" / "keyring.sealed").read_bytes),
        "read the key file": attempt((data / "keys" / "unlock.key").read_bytes),
        "list the keys": attempt(lambda: list((data / "keys").iterdir())),
        "read the database": attempt((data / "db" / "desk.sqlite3").read_bytes),
        "open the database": attempt(
            lambda: sqlite3.connect(f"file:{data}/db/desk.sqlite3?mode=ro", uri=True).execute("SELECT 1 FROM sqlite_master")
        ),
        "read the shred store": attempt((data / "shred" / "shred.sqlite3").read_bytes),
        "call the key socket": attempt(lambda: connect.connect(str(data / "run" / "keys.sock"))),
        "dial out": attempt(lambda: socket.create_connection(("127.0.0.1", tcp), timeout=2)),
        "write what the portal shows": attempt(lambda: (data / "published" / "planted").write_text("x")),
        "replace the configuration": attempt(lambda: os.close(os.open("cairndesk.toml", os.O_WRONLY))),
        "read another process's environment": attempt(Path(f"/proc/{victim}/environ").read_bytes),
        "read another process's memory": attempt(lambda: os.open(f"/proc/{victim}/mem", os.O_RDONLY)),
        "trace another process": "allowed" if libc.ptrace(16, victim, 0, 0) == 0 else "PermissionError",
        "end another process": attempt(lambda: os.kill(victim, signal.SIGKILL)),
        "take the settings' database": database(),
        "still drop a report": attempt(lambda: os.close(os.open("new", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640, dir_fd=spool))),
        "still read what is published": attempt(lambda: list((data / "published").iterdir())),
    }


def database() -> str:
    from django.core.exceptions import ImproperlyConfigured
    from django.db import connection

    try:
        connection.cursor()
    except ImproperlyConfigured as error:
        return type(error).__name__
    return "allowed"


if __name__ == "__main__":
    _, wall, other, port, taken, *names = sys.argv
    sys.stdout.write(json.dumps(main(is_walled=wall == "walled", victim=int(other), tcp=int(port), loot=int(taken), earlier=names)))
