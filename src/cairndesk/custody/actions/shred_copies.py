"""Copies of the shred store: small, sealed, beside the copies of the desk, and thrown away after a week.

Without one, losing the store would lose all that is sealed. One that is kept for longer could open, in every older copy of the desk, what
was destroyed meanwhile. A copy is made in memory: no part ever lies on a disk unsealed but in the store itself.
"""

import os
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pyrage
from django.conf import settings

from cairndesk.custody import shred, shredding
from cairndesk.custody.errors import BackupRefused, BackupUnreadable, ShredStoreAway
from cairndesk.custody.models import IntakeKey, SealedItem, SealedObject
from cairndesk.custody.shred import ShredStore
from cairndesk.lib.batches import batches
from cairndesk.lib.files import opened, write_parts_durably

KEPT_FOR = timedelta(days=7)
# One from a later day was named by a clock that was wrong, and nobody knows how old it is.
_AHEAD = timedelta(days=1)
_NAME, _TIME = re.compile(r"cairndesk-shred-(\d{8}T\d{6}Z)\.age"), "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True, slots=True)
class ShredCopy:
    """One copy of a shred store: where it lies, and when it was made, by its name."""

    path: Path
    made_at: datetime

    def is_due(self, now: datetime) -> bool:
        """Whether it must be gone by now."""
        return not now - KEPT_FOR <= self.made_at <= now + _AHEAD


def name_of(now: datetime) -> str:
    """The name of a copy that is made now."""
    return f"cairndesk-shred-{now:{_TIME}}.age"


def shred_copies(folder: Path) -> list[ShredCopy]:
    """Every copy of a shred store in `folder`, oldest first."""
    found = [(path, match) for path in folder.iterdir() if (match := _NAME.fullmatch(path.name))] if folder.is_dir() else []
    copies = [ShredCopy(path, datetime.strptime(match[1], _TIME).replace(tzinfo=UTC)) for path, match in found]
    return sorted(copies, key=lambda copy: copy.made_at)


def newest_beside(copy: Path) -> Path | None:
    """The newest copy of a shred store in the folder of a copy of the desk."""
    found = shred_copies(copy.parent)
    return found[-1].path if found else None


def keep_copy(store: ShredStore, parts: Mapping[UUID, bytes], *, into: Path, readers: Sequence[Any], now: datetime) -> Path:
    """Afterwards the folder `into` holds a copy of `parts`, sealed to each of `readers` and on the disk, and `store` remembers the folder.

    Raises BackupRefused rather than replace one, OSError, ShredStoreAway.
    """
    target = into / name_of(now)
    store.note_copy(into.absolute())
    try:
        with opened(into) as folder:
            write_parts_durably(folder, target.name, [pyrage.encrypt(shred.to_bytes(parts), list(readers))], mode=0o600, is_new=True)
    except FileExistsError as error:
        raise BackupRefused(f"{target.name} is there already; no older copy is ever replaced.") from error
    return target


def known_copies() -> list[ShredCopy]:
    """Every copy that lies in a folder into which this desk ever put one; none where the store is away, which remembers the folders."""
    try:
        folders = shredding.store().copied_to()
    except ShredStoreAway:
        return []
    return [copy for folder in folders for copy in shred_copies(folder)]


def prune_copies(store: ShredStore, *, now: datetime) -> int:
    """Afterwards no folder into which this desk ever put a copy of its shred store holds one that is due; returns how many went.

    Only once a new one is on the disk. Raises BackupRefused where one cannot be deleted: then what was destroyed is not gone.
    """
    gone = 0
    for folder in store.copied_to():
        due = [copy.path for copy in shred_copies(folder) if copy.is_due(now)]
        try:
            for path in due:
                path.unlink()
            if due:
                with opened(folder) as handle:
                    os.fsync(handle)
        except OSError as error:
            raise BackupRefused(f"A copy of the shred store is older than a week and cannot be deleted in {folder}: {error.strerror}.") from error
        gone += len(due)
    return gone


def read_copy(path: Path, *, identity: str) -> dict[UUID, bytes]:
    """The parts in a copy; raises BackupUnreadable where it does not open with `identity`, or is none."""
    try:
        return shred.from_bytes(pyrage.decrypt(path.read_bytes(), [pyrage.x25519.Identity.from_str(identity.strip())]))
    except (pyrage.DecryptError, pyrage.IdentityError) as error:
        raise BackupUnreadable("The copy of the shred store does not open with this identity, or it was changed.") from error
    except (OSError, ValueError) as error:
        raise BackupUnreadable("It is no copy of a shred store.") from error


def put_back(copy: Path, *, identity: str, data: Path | None = None) -> int:
    """Afterwards the shred store of the desk in `data` is what `copy` holds, in the place of one that is missing or damaged; returns how many parts.

    The desk must be stopped. Call `forget_destroyed` once the database is there: the copy may hold what was destroyed since. Raises
    BackupUnreadable, and BackupRefused where there is a whole one.
    """
    path = (data or settings.DATA) / shred.FOLDER / shred.NAME
    parts = read_copy(copy, identity=identity)
    if path.exists() and not ShredStore(path).problem():
        raise BackupRefused("There is a whole shred store already. Move it aside if it is not the right one.")
    for left in (path, path.with_name(f"{path.name}-journal")):
        # The journal of the damaged one would be played into the new one.
        left.unlink(missing_ok=True)
    shred.create(path, parts)
    return len(parts)


def forget_destroyed() -> int:
    """Afterwards the shred store holds no part of what the database says was erased or destroyed; returns how many went. Raises ShredStoreAway."""
    store, gone = shredding.store(), 0
    for rows in (SealedItem.objects.exclude(erased_at=None), *(table.objects.exclude(destroyed_at=None) for table in (SealedObject, IntakeKey))):
        for dead in batches(list(rows.values_list("pk", flat=True))):
            held = store.held(dead)
            store.forget(held)
            gone += len(held)
    store.compact()
    return gone


def copy_problem(copies: Collection[ShredCopy], *, own: str, made_at: datetime, needed: Collection[UUID], identity: str) -> str:
    """Whether one of `copies` of the shred store opens a copy of the desk: its `own`, which must lack nothing, or a later one.

    `made_at`: when the copy of the desk was made. A later one lacks what was destroyed since, as it must.
    """
    usable = sorted((copy for copy in copies if copy.made_at >= made_at.replace(microsecond=0)), key=lambda copy: copy.path.name != own)
    if not usable:
        return f"{own}, without which nothing in it opens, is not beside it, nor a later one"
    parts = read_copy(usable[0].path, identity=identity)
    lacking = [item for item in needed if item not in parts] if usable[0].path.name == own else []
    return f"{own} lacks the second part of {len(lacking)} keys" if lacking else ""
