"""The shred store: the second part of every item's key, in one small file that is never in an ordinary copy of the desk.

A part is 32 random bytes under the id of its item. Deleting it makes the item unreadable in the desk and in all copies, because
the main database and its copies hold the first part only. The file is SQLite with a rollback journal, also where the
database is PostgreSQL, whose dead rows and write-ahead log would keep what was deleted.
"""

import os
import threading
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import UUID

import pysqlite3

from cairndesk.custody.errors import ShredStoreAway
from cairndesk.custody.sealing.parts import LENGTH
from cairndesk.lib.batches import batches
from cairndesk.lib.files import opened
from cairndesk.lib.ids import new_id

FOLDER, NAME = "shred", "shred.sqlite3"
_APPLICATION = 0x43445348  # "CDSH": another SQLite file in this place, or an empty one, is no shred store
_TABLES = f"""
PRAGMA application_id = {_APPLICATION};
CREATE TABLE part (
    item BLOB PRIMARY KEY NOT NULL CHECK (length(item) = 16),
    second BLOB NOT NULL CHECK (length(second) = {LENGTH}),
    doubted_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX in_doubt ON part (doubted_at) WHERE doubted_at IS NOT NULL;
CREATE TABLE copied (folder TEXT PRIMARY KEY NOT NULL) STRICT, WITHOUT ROWID;
"""
# TRUNCATE commits by cutting the journal, which FULL and EXTRA sync; an emptied journal keeps no page that held a deleted part.
_SETTINGS = """
PRAGMA journal_mode = TRUNCATE; PRAGMA synchronous = EXTRA; PRAGMA secure_delete = ON;
PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;
"""
_PATIENCE_SECONDS = 20.0
_MARK, _ID = b"CAIRNSH1", 16
_EACH = _ID + LENGTH


class ShredStore:
    """The parts in one file; each thread has a connection of its own.

    Every call raises ShredStoreAway where the file is missing, damaged, or takes nothing now.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._own = threading.local()

    def part(self, item: UUID) -> bytes | None:
        """The part of `item`, or None where there is none."""
        with self._reading() as file:
            found = file.execute("SELECT second FROM part WHERE item = ?", [item.bytes]).fetchone()
            return None if found is None else bytes(found[0])

    def held(self, items: Collection[UUID]) -> set[UUID]:
        """Those of `items` whose part is here."""
        found = set[UUID]()
        with self._reading() as file:
            for some in batches(item.bytes for item in items):
                rows = file.execute(f"SELECT item FROM part WHERE item IN ({', '.join('?' * len(some))})", some)  # noqa: S608 - marks only
                found |= {UUID(bytes=bytes(item)) for [item] in rows}
        return found

    def keep(self, parts: Mapping[UUID, bytes], *, doubted: Collection[UUID] = (), now: datetime) -> None:
        """Afterwards `parts` are on the disk for good, by one write, and in doubt until somebody has seen the row of each.

        In doubt again are those of `doubted`, whose rows may be about to go.
        """
        at = int(now.timestamp())
        with self._writing() as file:
            file.executemany("INSERT INTO part VALUES (?, ?, ?)", [(item.bytes, second, at) for item, second in parts.items()])
            file.executemany("UPDATE part SET doubted_at = ? WHERE item = ?", [(at, item.bytes) for item in doubted])

    def in_doubt(self) -> dict[UUID, int]:
        """The items of which nobody has yet seen a row, and since when (seconds of the clock)."""
        with self._reading() as file:
            rows = file.execute("SELECT item, doubted_at FROM part WHERE doubted_at IS NOT NULL").fetchall()
            return {UUID(bytes=bytes(item)): at for item, at in rows}

    def settle(self, *, found: Collection[UUID], gone: Collection[UUID]) -> None:
        """Afterwards those `found` are in doubt no more, and the parts of those `gone` are deleted."""
        with self._writing() as file:
            file.executemany("UPDATE part SET doubted_at = NULL WHERE item = ?", [[item.bytes] for item in found])
            file.executemany("DELETE FROM part WHERE item = ?", [[item.bytes] for item in gone])

    def forget(self, items: Collection[UUID]) -> None:
        """Afterwards no part of `items` is here."""
        self.settle(found=(), gone=items)

    def compact(self) -> None:
        """Afterwards the file holds nothing but what is here: pages that were moved within it leave no old parts behind."""
        with self._reading() as file:
            file.execute("VACUUM")

    def parts(self) -> dict[UUID, bytes]:
        """All that is here, to be copied."""
        with self._reading() as file:
            return {UUID(bytes=bytes(item)): bytes(second) for item, second in file.execute("SELECT item, second FROM part")}

    def note_copy(self, folder: Path) -> None:
        """Remember that a copy of this file was put into `folder`, where it must not grow old."""
        with self._writing() as file:
            file.execute("INSERT OR IGNORE INTO copied VALUES (?)", [str(folder)])

    def copied_to(self) -> list[Path]:
        """The folders into which copies were put."""
        with self._reading() as file:
            return [Path(folder) for [folder] in file.execute("SELECT folder FROM copied ORDER BY folder")]

    def count(self) -> int:
        """How many parts are here."""
        with self._reading() as file:
            return int(file.execute("SELECT count(*) FROM part").fetchone()[0])

    def problem(self) -> str:
        """What is wrong with the file; empty when it is whole."""
        try:
            with self._reading() as file:
                [[verdict]] = file.execute("PRAGMA integrity_check(1)").fetchall()
        except ShredStoreAway as error:
            return error.detail
        return "" if verdict == "ok" else f"The shred store is damaged: {verdict}."

    def close(self) -> None:
        """Close this thread's connection; the next call opens another."""
        file = getattr(self._own, "file", None)
        self._own.file = None
        if file is not None:
            file.close()

    @contextmanager
    def _reading(self) -> Iterator[Any]:
        with _refusing():
            yield self._file()

    @contextmanager
    def _writing(self) -> Iterator[Any]:
        with self._reading() as file, _transaction(file):
            yield file

    def _file(self) -> Any:
        """The connection of this thread and process. Where another file was put in its place, as a restore does, that one is opened."""
        try:
            found = self.path.stat()
        except FileNotFoundError:
            raise ShredStoreAway("The shred store is missing.") from None
        wanted = (os.getpid(), found.st_dev, found.st_ino)
        if getattr(self._own, "file", None) is None or self._own.of != wanted:
            self.close()
            self._own.file, self._own.of = _connected(self.path), wanted
        return self._own.file


@cache
def store_of(data: Path) -> ShredStore:
    """The shred store that belongs to the data folder `data`."""
    return ShredStore(data / FOLDER / NAME)


def to_bytes(parts: Mapping[UUID, bytes]) -> bytes:
    """`parts` as a copy holds them: a mark, then for each the id (16 bytes) and the part (32). Whoever keeps it seals it."""
    return _MARK + b"".join(item.bytes + second for item, second in parts.items())


def from_bytes(content: bytes) -> dict[UUID, bytes]:
    """What `to_bytes` was given; raises ValueError for anything else."""
    body = memoryview(content)[len(_MARK) :]
    if content[: len(_MARK)] != _MARK or len(body) % _EACH:
        raise ValueError("no copy of a shred store")
    return {UUID(bytes=bytes(body[at : at + _ID])): bytes(body[at + _ID : at + _EACH]) for at in range(0, len(body), _EACH)}


def create(path: Path, parts: Mapping[UUID, bytes] | None = None) -> None:
    """Afterwards there is a shred store at `path`, with `parts`, whole and on the disk; one that is there stays as it is. Raises ShredStoreAway."""
    with _refusing():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = path.with_name(f".{new_id().hex}")
        part.touch(mode=0o660)
        try:
            file = pysqlite3.connect(str(part), isolation_level=None)
            file.executescript(_SETTINGS + "BEGIN;" + _TABLES + "COMMIT;")
            with _transaction(file):
                file.executemany("INSERT INTO part VALUES (?, ?, NULL)", [(item.bytes, second) for item, second in (parts or {}).items()])
            file.close()
            with suppress(FileExistsError):
                os.link(part, path)
            with opened(path.parent) as folder:
                os.fsync(folder)
        finally:
            for left in path.parent.glob(f"{part.name}*"):
                left.unlink()


def _connected(path: Path) -> Any:
    file = pysqlite3.connect(f"file:{quote(str(path))}?mode=rw", uri=True, timeout=_PATIENCE_SECONDS, isolation_level=None)
    try:
        is_ours = file.execute("PRAGMA application_id").fetchone()[0] == _APPLICATION
        if is_ours:
            file.executescript(_SETTINGS)
    except BaseException:
        file.close()
        raise
    if not is_ours:
        file.close()
        raise ShredStoreAway("The file in the place of the shred store is none.")
    return file


@contextmanager
def _transaction(file: Any) -> Iterator[None]:
    file.execute("BEGIN IMMEDIATE")
    try:
        yield
        file.execute("COMMIT")
    except BaseException:
        if file.in_transaction:
            file.execute("ROLLBACK")
        raise


@contextmanager
def _refusing() -> Iterator[None]:
    try:
        yield
    except (pysqlite3.Error, OSError) as error:
        away = ShredStoreAway(f"The shred store cannot be used: {error}.")
        away.is_trouble_of_the_disk = isinstance(error, pysqlite3.OperationalError | OSError)
        raise away from error
