"""A consistent copy of the database, by each engine's own means, and the engine's own word on whether a copy is whole."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

import pysqlite3

from cairndesk.custody.errors import BackupRefused, RestoreRefused
from cairndesk.custody.sealing import items

_OBJECTS = "custody_sealedobject"
_GONE = {"custody_sealeditem": "erased_at", _OBJECTS: "destroyed_at"}
"""The tables of what is sealed, each with the column that says when it went."""
SQLITE, POSTGRES = "desk.sqlite3", "desk.pgdump"
_TIMEOUT_SECONDS = 3600
SWEPT = ("custody_sealeditem", _OBJECTS, "cases_indexterm", "signals_match", "signals_seen", "intake_receipt", "response_authoritypackage")
"""Tables from which an erasure takes something; whoever writes one anew holds it locked for as long as that takes."""

# The erasure ended before the oldest transaction that anybody on this server still runs began, and before whatever this database shows a reader.
_NOBODY_SEES_IT = """
WITH gone AS (
    SELECT xmin FROM custody_sealeditem WHERE NOT is_swept UNION ALL SELECT xmin FROM custody_sealedobject WHERE NOT is_swept
), erased AS (SELECT min(age(xmin)) AS ago FROM gone)
SELECT ago > age(pg_snapshot_xmin(pg_current_snapshot())::xid) AND NOT EXISTS (
    SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND age(backend_xmin) >= ago
) FROM erased
"""


class Connection(Protocol):
    """As much of a database connection as is needed here."""

    vendor: str
    connection: Any
    settings_dict: dict[str, Any]
    in_atomic_block: bool

    def ensure_connection(self) -> None:
        """Open it where it is not open."""

    def cursor(self) -> Any:
        """A cursor to work with."""


def copy(source: Connection, folder: Path) -> str:
    """Put a copy of the whole database into `folder`, while others go on writing; returns the engine's name."""
    if source.vendor == "sqlite":
        _copy_sqlite(source, folder / "db" / SQLITE)
    else:
        _dump_postgres(source.settings_dict, folder / "db" / POSTGRES)
    return source.vendor


def problem(engine: str, folder: Path) -> str:
    """What the engine finds wrong with the copy in `folder`; empty when it is whole."""
    return _sqlite_problem(folder) if engine == "sqlite" else _dump_problem(folder / "db" / POSTGRES)


def sweep(source: Connection) -> bool:
    """Overwrite what deleted and changed rows left behind; False when somebody still reads an older state.

    SQLite overwrites in the file itself (`secure_delete`); what is left stands in the write-ahead log, which is emptied.
    PostgreSQL writes the tables anew; its own write-ahead log goes as the server recycles it, which is not ours to hurry.
    """
    source.ensure_connection()
    with source.cursor() as cursor:
        if source.vendor == "sqlite":
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            return not cursor.fetchone()[0]
        # Whoever began before may still see the older state; PostgreSQL would carry it over into the new table for them.
        cursor.execute(_NOBODY_SEES_IT)
        if not cursor.fetchone()[0]:
            return False
        for table in SWEPT:
            cursor.execute(f"VACUUM (FULL) {table}")
    return True


def objects(engine: str, folder: Path) -> dict[UUID, bytes]:
    """Every object of the vault that the copy in `folder` has a live record of, with the SHA-256 of its ciphertext."""
    return {UUID(item): bytes(digest) for item, digest in rows(engine, folder, _OBJECTS, ("id", "digest"), none="destroyed_at")}


def rows(engine: str, folder: Path, table: str, columns: tuple[str, ...], *, none: str) -> Iterator[tuple[Any, ...]]:
    """Those rows of a copied table in which the column `none` is empty: ids and numbers as text or as they are, bytes as bytes.

    A dump is looked into without a server; no column that is read may hold words.
    """
    if engine != "sqlite":
        yield from _dumped_rows(folder / "db" / POSTGRES, table, columns, none)
        return
    with opened(folder) as database:
        yield from database.execute(f"SELECT {', '.join(columns)} FROM {table} WHERE {none} IS NULL")  # noqa: S608 - names of our own


def restore(target: Connection, folder: Path) -> None:
    """Afterwards the empty database `target` holds what the dump in `folder` holds, all of it or nothing. Raises RestoreRefused."""
    target.ensure_connection()
    with target.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM information_schema.tables WHERE table_schema = current_schema()")
        if cursor.fetchone()[0]:
            raise RestoreRefused("The database is not empty; nothing is ever laid over something else.")
    tool = _tool("pg_restore", "to restore a copy of a PostgreSQL database")
    where, secret = _where(target.settings_dict)
    run([tool, "--no-password", "--single-transaction", "--no-owner", "--no-privileges", *where, str(folder / "db" / POSTGRES)], secret)


def in_two_parts(engine: str, folder: Path) -> set[UUID]:
    """Every item and object that the copy in `folder` has a live record of and that opens only with the shred store."""
    found = (row for table, gone in _GONE.items() for row in rows(engine, folder, table, ("id", "suite"), none=gone))
    return {UUID(item) for item, suite in found if int(suite) > items.WHOLE}


def intake_keys(engine: str, folder: Path) -> list[tuple[UUID, UUID, bytes]]:
    """Id, organisation and public part of every live intake key in the copy that has a half in the shred store."""
    found = rows(engine, folder, "custody_intakekey", ("id", "organisation", "public", "signature"), none="destroyed_at")
    return [(UUID(str(key)), UUID(str(organisation)), bytes(public)) for key, organisation, public, signature in found if signature]


@contextmanager
def opened(folder: Path) -> Iterator[Any]:
    """The copied SQLite database in `folder`, to be read and not written."""
    database = pysqlite3.connect(f"file:{folder / 'db' / SQLITE}?mode=ro", uri=True)
    try:
        yield database
    finally:
        database.close()


def _copy_sqlite(source: Connection, target: Path) -> None:
    # Inside a transaction of its own, SQLite would wait for itself for ever.
    if source.in_atomic_block:
        raise BackupRefused("A copy is made between transactions, never inside one.")
    target.parent.mkdir()
    source.ensure_connection()
    copied = pysqlite3.connect(str(target))
    try:
        source.connection.backup(copied)
        # One file holds all: a copy in WAL mode would leave two more behind.
        copied.execute("PRAGMA journal_mode=DELETE")
    finally:
        copied.close()


def _sqlite_problem(folder: Path) -> str:
    try:
        with opened(folder) as database:
            [[verdict]] = database.execute("PRAGMA integrity_check(1)").fetchall()
            stray = database.execute("PRAGMA foreign_key_check").fetchone()
    except pysqlite3.DatabaseError as error:
        return f"the database cannot be read: {error}"
    if verdict != "ok":
        return f"the database is damaged: {verdict}"
    return f"a row of {stray[0]} points at nothing" if stray else ""


def _dump_postgres(settings: dict[str, Any], target: Path) -> None:
    tool = _tool("pg_dump", "to copy a PostgreSQL database; install PostgreSQL's client tools of the server's version")
    target.parent.mkdir()
    where, secret = _where(settings)
    run([tool, "--format=custom", "--no-password", f"--file={target}", *where], secret)


def _where(settings: dict[str, Any]) -> tuple[list[str], dict[str, str]]:
    """How PostgreSQL's tools reach the database, and the secret that goes with it by the environment."""
    options = {"--dbname": "NAME", "--host": "HOST", "--port": "PORT", "--username": "USER"}
    where = [f"{option}={settings[name]}" for option, name in options.items() if settings.get(name)]
    return where, {"PGPASSWORD": str(settings["PASSWORD"])} if settings.get("PASSWORD") else {}


def _dump_problem(path: Path) -> str:
    tool = _tool("pg_restore", "to read a copy of a PostgreSQL database")
    try:
        run([tool, "--list", str(path)], {})
    except BackupRefused as error:
        return error.detail
    return ""


def _dumped_rows(path: Path, table: str, columns: tuple[str, ...], none: str) -> Iterator[tuple[Any, ...]]:
    """Read from the lines that would be copied into the table, one after the other."""
    tool = _tool("pg_restore", "to read a copy of a PostgreSQL database")
    command = [tool, "--data-only", f"--table={table}", "--file=-", str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as reading:  # noqa: S603 - our own command line
        lines = iter(reading.stdout or ())
        begin = next((line for line in lines if line.startswith("COPY ")), None)
        names = begin[begin.index("(") + 1 : begin.index(")")].split(", ") if begin else []
        # Up to the end mark; no column that is read holds a tab.
        for line in iter(lambda: next(lines, "\\.\n"), "\\.\n") if begin else ():
            row = dict(zip(names, line.rstrip("\n").split("\t"), strict=True))
            if row[none] == "\\N":
                yield tuple(_value(row[name]) for name in columns)
    if reading.returncode:
        raise BackupRefused("The copied database cannot be read to its end.")


def _value(text: str) -> str | bytes:
    return bytes.fromhex(text.removeprefix("\\\\x")) if text.startswith("\\\\x") else text


def _tool(name: str, why: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise BackupRefused(f"`{name}` is needed {why}.")
    return found


def run(command: list[str], secret: dict[str, str]) -> str:
    """What a tool of PostgreSQL says; `secret` goes with it by the environment. Raises BackupRefused where it fails."""
    done = subprocess.run(  # noqa: S603 - our own command line, no shell
        command, capture_output=True, check=False, timeout=_TIMEOUT_SECONDS, env={**os.environ, **secret}, text=True
    )
    if done.returncode:
        raise BackupRefused(f"{Path(command[0]).name} failed: {(done.stderr.strip().splitlines() or ['without a word'])[-1]}")
    return done.stdout
