"""Put things into the vault."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from cairndesk.custody import access, shredding
from cairndesk.custody.models import SealedItem
from cairndesk.custody.rules import Purpose
from cairndesk.custody.sealing import items
from cairndesk.lib.clock import to_hour
from cairndesk.lib.ids import new_id

# The length of a ciphertext would tell a short answer from a long one.
_STEP = 128


Plain = Mapping[str, Any] | str | bytes


def seal(*, organisation: UUID, purpose: Purpose, plain: Plain, now: datetime) -> SealedItem:
    """Afterwards `plain` is kept sealed to `organisation`; raises DeskLocked when its public key is not at hand, ShredStoreAway."""
    return seal_all(organisation=organisation, purpose=purpose, plains=[plain], now=now)[0]


@transaction.atomic(savepoint=False)
def seal_all(*, organisation: UUID, purpose: Purpose, plains: Sequence[Plain], now: datetime) -> list[SealedItem]:
    """Afterwards each of `plains` is kept sealed by itself, written by one statement; raises like `seal`.

    The second parts of their keys are written by one write of the shred store for the whole transaction, just before it is committed.
    """
    public = access.keys().own_public(organisation)
    return SealedItem.objects.bulk_create(_sealed(public, organisation, purpose, plain, now) for plain in plains)


def _sealed(public: bytes, organisation: UUID, purpose: Purpose, plain: Plain, now: datetime) -> SealedItem:
    item = new_id()
    parts = items.seal(public, shredding.hold(item, now=now), _padded(plain), organisation=organisation, item=item, purpose=purpose)
    return SealedItem(
        id=item,
        organisation=organisation,
        purpose=purpose,
        suite=parts.suite,
        wrapped=parts.wrapped,
        ciphertext=parts.ciphertext,
        sealed_at=to_hour(now),
    )


def _padded(plain: Plain) -> bytes:
    """JSON, filled with blanks (which JSON ignores) to a multiple of the step. Bytes, of many together, know their own end: filled with zeros."""
    if isinstance(plain, bytes):
        return plain + bytes(-len(plain) % _STEP)
    coded = json.dumps(plain if isinstance(plain, str) else dict(plain), ensure_ascii=False, separators=(",", ":")).encode()
    return coded + b" " * (-len(coded) % _STEP)
