"""Take things out of the vault for good."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from cairndesk.custody.adapters import databases
from cairndesk.custody.models import LogOpening, SealedItem, SealedObject

_STATEMENT = 500  # SQLite takes a limited number of values in one statement


@transaction.atomic
def erase(*, items: Collection[UUID], now: datetime) -> int:
    """Afterwards none of `items` can be opened by anybody: key and ciphertext are gone, the rows stay. Returns how many were erased."""
    held = SealedItem.objects.filter(pk__in=items, erased_at=None)
    return held.update(wrapped=b"", ciphertext=b"", erased_at=now, is_swept=False)


def discard(*, items: Collection[UUID]) -> None:
    """Afterwards the rows of `items` are gone: of what was drawn from other sealed things, has been sealed anew, and nothing points at."""
    SealedItem.objects.filter(pk__in=items).delete()


def forget_openings(*, subjects: Collection[UUID]) -> int:
    """Afterwards no entry about any of `subjects` can be opened: not what it is about, who did it, nor its details. Returns how many those were.

    The entries stay, and prove that something happened, what and when.
    """
    wanted, gone = sorted(subjects), 0
    for start in range(0, len(wanted), _STATEMENT):
        gone += LogOpening.objects.filter(subject__in=wanted[start : start + _STATEMENT]).delete()[0]
    return gone


def sweep() -> int:
    """Afterwards the database's own files hold nothing of what was erased before, as far as its engine can see to that.

    Returns how many erased items and destroyed objects were swept; 0 also when somebody is reading an older state, and then it is tried again.
    """
    waiting = {table: list(table.objects.filter(is_swept=False).values_list("pk", flat=True)) for table in (SealedItem, SealedObject)}
    if not any(waiting.values()) or not databases.sweep(connection):
        return 0
    return sum(table.objects.filter(pk__in=keys).update(is_swept=True) for table, keys in waiting.items())
