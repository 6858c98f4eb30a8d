"""Take things out of the vault for good."""

from collections.abc import Collection
from contextlib import suppress
from datetime import datetime
from functools import partial
from uuid import UUID

from django.db import connection, transaction

from cairndesk.custody import shredding, standing
from cairndesk.custody.adapters import databases
from cairndesk.custody.errors import ShredStoreAway
from cairndesk.custody.models import LogOpening, SealedItem, SealedObject
from cairndesk.lib.batches import batches


@transaction.atomic
def erase(*, items: Collection[UUID], now: datetime) -> int:
    """Afterwards none of `items` can be opened by anybody: key and ciphertext are gone, the rows stay. Returns how many were erased."""
    held = SealedItem.objects.filter(pk__in=items, erased_at=None)
    erased = held.update(wrapped=b"", ciphertext=b"", erased_at=now, is_swept=False)
    forget_openings(subjects=items)
    forget_parts(items)
    return erased


@transaction.atomic
def discard(*, items: Collection[UUID], now: datetime) -> None:
    """Afterwards the rows of `items` are gone: of what was drawn from other sealed things, has been sealed anew, and nothing points at."""
    SealedItem.objects.filter(pk__in=items).delete()
    # No row will tell that a part is still to be deleted.
    shredding.doubt(items, now=now)
    forget_parts(items)


def forget_parts(items: Collection[UUID]) -> None:
    """Once the transaction is committed, the second parts of the keys of `items` are gone. Where that fails now, the sweeps do it later."""
    transaction.on_commit(partial(_forget_quietly, list(items)))


def forget_openings(*, subjects: Collection[UUID]) -> int:
    """Afterwards no entry about any of `subjects` can be opened: not what it is about, who did it, nor its details. Returns how many those were.

    The entries stay, and prove that something happened, what and when.
    """
    return sum(LogOpening.objects.filter(subject__in=some).delete()[0] for some in batches(sorted(subjects)))


def sweep() -> int:
    """Afterwards of what was erased before the shred store holds no key and the database's own files nothing at all.

    The latter as far as its engine can see to that. Returns how many erased items and destroyed objects were swept; 0 also when somebody is
    reading an older state, and then it is tried again. Raises ShredStoreAway, LogRolledBack.
    """
    standing.refuse()
    waiting = {table: list(table.objects.filter(is_swept=False).values_list("pk", flat=True)) for table in (SealedItem, SealedObject)}
    if not any(waiting.values()):
        return 0
    shredding.store().forget([item for keys in waiting.values() for item in keys])
    if not databases.sweep(connection):
        return 0
    shredding.store().compact()
    # As many as were erased while somebody read an older state, which may be more than one statement takes.
    return sum(table.objects.filter(pk__in=some).update(is_swept=True) for table, keys in waiting.items() for some in batches(keys))


def _forget_quietly(items: Collection[UUID]) -> None:
    with suppress(ShredStoreAway):
        shredding.store().forget(items)
