"""Migrating takes seconds of a processor; it is done once, and every worker and every later run starts from what came of it."""

import fcntl
import hashlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import django
from django.db import connection
from django.db.backends.sqlite3.base import Database
from pytest_django import DjangoDbBlocker
from tests.house.tree import SOURCE


@contextmanager
def once(folder: Path, blocker: DjangoDbBlocker) -> Iterator[None]:
    """Inside, the database that Django is about to make already holds all tables, if the same migrations once ran to their end.

    Django migrates in either case; what is there already it leaves alone, so that a copy is never trusted for more than it holds.
    """
    kept = folder / f"{digest()}.sqlite3"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if kept.exists():
            # A database in memory lives as long as somebody holds it open.
            with closing(Database.connect(connection.creation._get_test_db_name(), uri=True)) as ours:
                _copy(kept, ours)
                yield
            return
        yield
        with blocker.unblock():
            _keep(kept)


def digest() -> str:
    """Of everything that decides what the migrations leave behind."""
    found = hashlib.sha256(f"{django.VERSION} {Database.sqlite_version}".encode())
    for path in sorted(SOURCE.glob("*/migrations/*.py")):
        found.update(path.as_posix().encode() + b"\0" + path.read_bytes())
    return found.hexdigest()


def _copy(kept: Path, ours: Database.Connection) -> None:
    with closing(Database.connect(kept)) as theirs:
        theirs.backup(ours)


def _keep(kept: Path) -> None:
    for old in kept.parent.glob("*.sqlite3"):
        old.unlink()
    connection.ensure_connection()
    made = kept.with_suffix(".new")
    with closing(Database.connect(made)) as there:
        connection.connection.backup(there)
    made.rename(kept)
