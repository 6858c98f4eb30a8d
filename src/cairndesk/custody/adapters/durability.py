"""Whether the database keeps what it was told to keep: an answer of ours is only as good as the settings behind it."""

from collections.abc import Iterator
from typing import Any

from cairndesk.custody.adapters.databases import Connection
from cairndesk.custody.errors import WeakStorage

FIXED_SQLITE = (3, 51, 3)
"""Before it, several connections that write or checkpoint in WAL mode can corrupt the database (from 3.7.0 on)."""

# What each connection of ours sets; a build or a pooler that lets one of them fall would not say so by itself.
_SQLITE = {"synchronous": (2, 3), "foreign_keys": (1,), "trusted_schema": (0,), "cell_size_check": (1,), "secure_delete": (1,)}
# In a rollback journal only EXTRA syncs the folder from which the journal goes.
_JOURNALS = {"wal": 2, "delete": 3, "truncate": 3, "persist": 3}
_POSTGRES = {"fsync": ("on",), "full_page_writes": ("on",), "synchronous_commit": ("on", "remote_apply")}


def refuse(source: Connection) -> None:
    """Return where the database keeps what it acknowledges; else raise WeakStorage, with everything that is weak. Raises the engine's own errors."""
    found = list(weaknesses(source))
    if found:
        raise WeakStorage("; ".join(found) + ".")


def weaknesses(source: Connection) -> Iterator[str]:
    """What is weak, each in a few words; nothing where all is well."""
    return _of_sqlite(source) if source.vendor == "sqlite" else _of_postgres(source)


def version_of(source: Connection) -> str:
    """The version of the engine behind `source`, as it writes it."""
    return str(_ask(source, "SELECT sqlite_version()" if source.vendor == "sqlite" else "SHOW server_version"))


def _of_sqlite(source: Connection) -> Iterator[str]:
    journal, version = str(_ask(source, "PRAGMA journal_mode")), version_of(source)
    if journal == "wal" and tuple(map(int, version.split("."))) < FIXED_SQLITE:
        yield f"SQLite {version} can corrupt a database with several writers"
    if _ask(source, "PRAGMA synchronous") < _JOURNALS.get(journal, 4):
        yield f"a database in journal mode {journal} is not synced as it must be"
    for name, allowed in _SQLITE.items():
        if (value := _ask(source, f"PRAGMA {name}")) not in allowed:
            yield f"{name} is {value}"


def _of_postgres(source: Connection) -> Iterator[str]:
    for name, allowed in _POSTGRES.items():
        if (value := _ask(source, f"SHOW {name}")) not in allowed:
            yield f"{name} is {value}"


def _ask(source: Connection, statement: str) -> Any:
    with source.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchone()[0]
