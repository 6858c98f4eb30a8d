"""The second parts of keys, as transactions need them: written before the row that needs one is committed, deleted after the row that had it.

A transaction that is taken back has then neither made an item unreadable nor left a row without its key. What a crash leaves between
the two is known: a new part is in doubt until somebody saw its row (`actions.settle_parts`), and a row whose part is still to be deleted
is not swept (`actions.sweep`).
"""

from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

from django.conf import settings
from django.db import OperationalError, connection
from django.db.transaction import TransactionManagementError

from cairndesk.custody.errors import PartGone, ShredStoreAway
from cairndesk.custody.sealing.parts import new_part
from cairndesk.custody.shred import ShredStore, store_of

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper as _Base
else:
    _Base = object


class WithParts(_Base):
    """A connection that puts the parts which its transaction made on the disk, in one write, before it commits."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.new_parts: dict[UUID, bytes] = {}
        self.doubted: set[UUID] = set()
        self.parts_of: datetime | None = None

    def commit(self) -> None:
        """Raises OperationalError where the disk or the lock of the shred store takes nothing now, ShredStoreAway where the store is not there.

        Then nothing of the transaction stays.
        """
        if self.parts_of is not None:
            try:
                store().keep(self.new_parts, doubted=self.doubted, now=self.parts_of)
            except ShredStoreAway as away:
                self.rollback()
                if away.is_trouble_of_the_disk:
                    # Like a commit that a full disk refuses: whoever handed something over is told that it was not received.
                    raise OperationalError(away.detail) from away
                raise
        super().commit()
        self._drop()

    def rollback(self) -> None:
        self._drop()
        super().rollback()

    def _drop(self) -> None:
        self.new_parts.clear()
        self.doubted.clear()
        self.parts_of = None


def store() -> ShredStore:
    """The shred store of this desk."""
    return store_of(settings.DATA)


def hold(item: UUID, part: bytes | None = None, *, now: datetime) -> bytes:
    """The second part of the key of the new `item`, which is on the disk before the transaction that we are in is committed."""
    return _transaction(now).new_parts.setdefault(item, part or new_part())


def doubt(items: Collection[UUID], *, now: datetime) -> None:
    """With the transaction that we are in the rows of `items` go: a crash right after it leaves their parts in doubt, to be swept."""
    _transaction(now).doubted.update(items)


def part_of(item: UUID) -> bytes:
    """The second part of the key of `item`. Raises PartGone, ShredStoreAway."""
    part = _ours().new_parts.get(item) or store().part(item)
    if part is None:
        raise PartGone("The second part of its key is gone.")
    return part


def _transaction(now: datetime) -> WithParts:
    ours = _ours()
    if not ours.in_atomic_block:
        # Nothing would write the part before the row.
        raise TransactionManagementError("Sealing belongs into a transaction.")
    ours.parts_of = now
    return ours


def _ours() -> WithParts:
    return cast("WithParts", connection)
