"""A PostgreSQL of its own for one dump: made where the server's programs are at hand, reached by one socket only, and gone afterwards."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from cairndesk.custody.adapters import databases
from cairndesk.custody.errors import BackupRefused

Read = Callable[[str], Iterator[tuple[Any, ...]]]
"""The rows of one query, as they come."""
_USER, _CLUSTER, _AT_ONCE = "drill", "scratch", 2000
_PLACES = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/usr/libexec/postgresql*")
# What is laid down here is thrown away, so nothing waits for a disk. Our unit lets nobody write code into memory, which PostgreSQL's JIT
# does as soon as a table is long.
_OPTIONS = "-c listen_addresses= -c fsync=off -c max_connections=5 -c jit=off"
_NEEDED = ("initdb", "pg_ctl", "pg_restore", "postgres")


def programs() -> Path | None:
    """The folder of the newest PostgreSQL server on this machine; None where there is none, or where it refuses to run, as it does for root."""
    if os.geteuid() == 0:
        return None
    on_path = [Path(found).resolve().parent] if (found := shutil.which("initdb")) else []
    known = [place for pattern in _PLACES for place in Path("/").glob(pattern.removeprefix("/"))]
    whole = [place for place in (*known, *on_path) if all((place / name).exists() for name in _NEEDED)]
    return max(whole, key=lambda place: [int(part) for part in str(place).replace("-", "/").split("/") if part.isdecimal()], default=None)


@contextmanager
def restored(folder: Path) -> Iterator[Read | None]:
    """A way to read the database that the dump in `folder` makes, laid whole into a server of its own below `folder`; None without a server.

    Raises BackupRefused where the dump does not go in, or the server gives up while it is read.
    """
    where = programs()
    if where is None:
        yield None
        return
    import psycopg  # noqa: PLC0415 - only a desk on PostgreSQL has it

    try:
        # The path of a socket has 107 bytes at most, and that of `folder` is the operator's.
        with tempfile.TemporaryDirectory(prefix="cairndesk-pg-") as socket, _serving(where, folder / _CLUSTER, socket) as serves:
            if not serves:
                yield None
                return
            lay = [str(where / "pg_restore"), "--single-transaction", "--no-owner", "--no-privileges", f"--host={socket}", f"--username={_USER}"]
            databases.run([*lay, "--dbname=postgres", str(folder / "db" / databases.POSTGRES)], {})
            with psycopg.connect(host=socket, dbname="postgres", user=_USER) as connection:
                yield lambda query: _rows(connection, query)
    except (psycopg.Error, subprocess.TimeoutExpired) as error:
        # Its own words may hold what stands in a row.
        raise BackupRefused(f"the server gave up ({type(error).__name__})") from error


def sweep(folder: Path) -> None:
    """Stop the server that a killed drill left running below `folder`; its socket goes with it."""
    cluster, where = folder / _CLUSTER, programs()
    with suppress(OSError, ValueError, IndexError, subprocess.TimeoutExpired):
        lines = (cluster / "postmaster.pid").read_text().splitlines()
        # Since the machine was started again the number may be anybody's.
        if where and os.fsencode(folder.name) in Path(f"/proc/{int(lines[0])}/cmdline").read_bytes():
            _stop(where, cluster)
        Path(lines[4]).rmdir()


@contextmanager
def _serving(where: Path, cluster: Path, socket: str) -> Iterator[bool]:
    made = _quietly(where / "initdb", "-D", cluster, "-U", _USER, "--auth=trust", "-E", "UTF8", "--locale=C", "--no-sync")
    options = f"{_OPTIONS} -c unix_socket_directories={socket}"
    try:
        # Its folder is this user's alone, so whoever reaches the socket may come in.
        yield made and _quietly(where / "pg_ctl", "-D", cluster, "-l", cluster / "log", "-w", "-t", "60", "-o", options, "start")
    finally:
        _stop(where, cluster)
        shutil.rmtree(cluster, ignore_errors=True)


def _stop(where: Path, cluster: Path) -> None:
    _quietly(where / "pg_ctl", "-D", cluster, "-m", "immediate", "-w", "stop")


def _quietly(*command: object) -> bool:
    # Into nothing and not into a pipe: the server would hold the other end for as long as it runs.
    line = [str(part) for part in command]
    done = subprocess.run(  # noqa: S603 - our own command line, no shell
        line,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
        timeout=120,
        env={**os.environ, "LC_ALL": "C"},
    )
    return done.returncode == 0


def _rows(connection: Any, query: str) -> Iterator[tuple[Any, ...]]:
    with connection.cursor(name="rows") as cursor:
        cursor.itersize = _AT_ONCE
        cursor.execute(query)
        yield from cursor
