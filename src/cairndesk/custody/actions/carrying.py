"""Carry originals from the folder of this desk on to its bucket; each leaves the folder only once the bucket gives it back as it was sealed."""

import hashlib
from collections.abc import Iterator
from datetime import datetime
from threading import main_thread

import structlog
from django.conf import settings

from cairndesk.custody import standing
from cairndesk.custody.actions import stores
from cairndesk.custody.adapters.bucket import Bucket, Place
from cairndesk.custody.adapters.folder import Folder
from cairndesk.custody.errors import VaultAway, VaultRefused
from cairndesk.custody.models import SealedObject

log = structlog.get_logger()
# The buckets that this process has seen to refuse a second put. Another process, and another start, looks for itself.
_proven: set[Place] = set()


def probe_bucket() -> bool:
    """Return whether there is a bucket, once it was seen to refuse a second put; raises VaultUnfit, VaultAway where it is not to be used."""
    bucket = stores.bucket()
    if bucket is None:
        return False
    bucket.probe()
    _proven.add(bucket.place)
    return True


def carry_originals() -> int:
    """Afterwards every recorded original lies in the bucket, if there is one, and no longer in the folder; returns how many were carried.

    One that is damaged in the folder stays there, for `vault check` to name. Raises VaultUnfit before anything is put, VaultAway,
    VaultRefused; and LogRolledBack where the desk only reads. Whatever it raises, what was not carried lies where it lay.
    """
    standing.refuse()
    vault = stores.vault_of(settings.DATA)
    if vault.bucket is None:
        return 0
    if vault.bucket.place not in _proven:
        probe_bucket()
    return sum(_carry(vault.folder, vault.bucket, held) for held in _waiting(vault.folder))


def waiting_since() -> datetime | None:
    """Since when the oldest recorded object lies in the folder; None where none does."""
    oldest = sorted(stores.folder().listed(), key=lambda one: one.written_at)
    return next((one.written_at for one in oldest if SealedObject.objects.filter(pk=one.item, destroyed_at=None).exists()), None)


def _waiting(folder: Folder) -> Iterator[SealedObject]:
    """Those alone that are recorded: whatever else lies in the folder was never acknowledged. A process that ends carries no more."""
    for item in [one.item for one in folder.listed()]:
        if main_thread().is_alive():
            yield from SealedObject.objects.filter(pk=item, destroyed_at=None)


def _carry(folder: Folder, bucket: Bucket, held: SealedObject) -> bool:
    data = _whole(folder, held)
    if data is None:
        return False
    there = _digest(bucket, held)
    if there not in {None, bytes(held.digest)}:
        # Repaired here, damaged there: what the record names is right.
        log.warning("damaged_original_replaced")
        bucket.remove(held.id)
    if there != bytes(held.digest):
        try:
            bucket.put(held.id, [data])
        except VaultRefused:
            # Another worker was there in between, or our own first try whose answer was lost: what counts is what lies there now.
            log.info("original_was_there")
        if _digest(bucket, held) != bytes(held.digest):
            raise VaultAway("The store of originals does not give back what was put into it.")
    folder.remove(held.id)
    return True


def _whole(folder: Folder, held: SealedObject) -> bytes | None:
    """The object as it was sealed, or None: destroyed meanwhile, or damaged."""
    try:
        # One byte more than there should be, so that what was added at its end is seen.
        data = folder.fetch(held.id, 0, held.length + 1)
    except OSError:
        return None
    return data if hashlib.sha256(data).digest() == bytes(held.digest) else None


def _digest(bucket: Bucket, held: SealedObject) -> bytes | None:
    try:
        return bucket.digest(held.id)
    except FileNotFoundError:
        return None
