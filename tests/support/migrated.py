"""Migrating takes seconds of a processor; the workers of one run do it once and share what came of it."""

import fcntl
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from django.db import connection
from django.db.backends.sqlite3.base import Database
from pytest_django import DjangoDbBlocker


@contextmanager
def once(folder: Path, blocker: DjangoDbBlocker) -> Iterator[None]:
    """Inside, the database that Django is about to make already holds all tables, if another worker was here before.

    Django migrates in either case; what is there already it leaves alone, so that a copy is never trusted for more than it holds.
    """
    kept = folder / "migrated.sqlite3"
    with (folder / "migrated.lock").open("w") as lock:
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


def _copy(kept: Path, ours: Database.Connection) -> None:
    with closing(Database.connect(kept)) as theirs:
        theirs.backup(ours)


def _keep(kept: Path) -> None:
    connection.ensure_connection()
    made = kept.with_suffix(".new")
    with closing(Database.connect(made)) as there:
        connection.connection.backup(there)
    made.rename(kept)
