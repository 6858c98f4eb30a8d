"""Lay a copy down again: an empty folder, and with PostgreSQL an empty database, become those of a desk."""

import os
import tempfile
from pathlib import Path

from django.db import connection

from cairndesk.custody import shred
from cairndesk.custody.actions.copies import RULES, BackupReport, opened_copy, reported, whats_wrong
from cairndesk.custody.actions.shred_copies import newest_beside, read_copy
from cairndesk.custody.actions.stores import VAULT
from cairndesk.custody.adapters import databases
from cairndesk.custody.errors import BackupUnreadable, RestoreRefused
from cairndesk.lib.progress import Progress, unwatched

# The keyring comes last: a folder without one is no desk yet, whatever was cut off before.
_PARTS = ("db", "spool", VAULT, shred.FOLDER, *RULES, "keys")


def restore(
    copy: Path,
    *,
    identity: str,
    to: Path,
    parts: Path | None = None,
    database: databases.Connection = connection,
    progress: Progress = unwatched,
) -> BackupReport:
    """Afterwards the empty folder `to` holds what the copy holds, and what the copy `parts` of the shred store holds in its place.

    Without `parts` the newest that lies beside the copy is taken, if there is one; the same identity opens it.
    Everything is checked before anything is laid down. With PostgreSQL the database has to be empty, and holds all or nothing. Raises
    RestoreRefused, and then `to` is as it was; BackupUnreadable where the copy does not open.
    """
    _need_empty(to)
    with tempfile.TemporaryDirectory(prefix=".restore-", dir=to) as folder:
        unpacked = Path(folder)
        manifest = opened_copy(copy, identity, unpacked, progress)
        if manifest["engine"] != database.vendor:
            raise RestoreRefused(f"The copy is of {manifest['engine']}, and the configuration names {database.vendor}.")
        if problem := whats_wrong(unpacked, manifest, progress) or _take_parts(parts or newest_beside(copy), identity, unpacked):
            raise RestoreRefused(f"Nothing was laid down: {problem}.")
        if database.vendor == "postgresql":
            progress("restoring the database", 0, 0)
            databases.restore(database, unpacked)
            (unpacked / "db" / databases.POSTGRES).unlink()
        for path in unpacked.rglob("*"):
            path.chmod(0o700 if path.is_dir() else 0o600)
        for part in _PARTS:
            if (unpacked / part).exists():
                (unpacked / part).rename(to / part)
    # So many files at once are synced by the disk and not one by one.
    os.sync()
    return reported(copy, manifest, "")


def _need_empty(to: Path) -> None:
    try:
        to.mkdir(mode=0o700, parents=True, exist_ok=True)
        left = next(to.iterdir(), None)
    except OSError as error:
        raise RestoreRefused(f"{to} cannot be used: {error.strerror}.") from error
    if left is not None:
        raise RestoreRefused(f"{to} is not empty ({left.name}); nothing is ever laid over something else.")


def _take_parts(parts: Path | None, identity: str, unpacked: Path) -> str:
    if parts is not None:
        try:
            shred.create(unpacked / shred.FOLDER / shred.NAME, read_copy(parts, identity=identity))
        except BackupUnreadable as error:
            return error.detail.rstrip(".")
    return ""
