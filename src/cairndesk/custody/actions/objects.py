"""The vault of originals: put in, read, destroyed. Whoever asks was permitted above; what is done is recorded here."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import partial
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError, transaction

from cairndesk.custody import access, shredding
from cairndesk.custody.actions import stores
from cairndesk.custody.actions.erase import forget_openings, forget_parts
from cairndesk.custody.actions.log import record
from cairndesk.custody.errors import ObjectGone, VaultRefused
from cairndesk.custody.models import SealedItem, SealedObject
from cairndesk.custody.rules import Doer, Event, Purpose
from cairndesk.custody.sealing import objects, parts
from cairndesk.lib.clock import to_hour
from cairndesk.lib.ids import new_id


@contextmanager
def sealing_object(*, organisation: UUID, purpose: Purpose, data: bytes, now: datetime) -> Iterator[SealedObject]:
    """Inside, `data` is durable in the vault and its row is not saved: save it with `keep_object`, in the transaction that needs it.

    Enter outside of transactions: writing takes long. Where the block fails nothing of the object is left. Raises DeskLocked,
    and VaultRefused when the disk or the database takes nothing.
    """
    store, item, part = stores.folder(), new_id(), parts.new_part()
    meaning = objects.context(organisation=organisation, item=item, purpose=purpose)
    key, wrapped = objects.new_key(access.keys().own_public(organisation), part, meaning)
    stored = store.put(item, objects.encrypted(key, data, meaning))
    sealed = SealedObject(
        id=item,
        organisation=organisation,
        purpose=purpose,
        suite=objects.CURRENT,
        wrapped=wrapped,
        length=stored.length,
        digest=stored.digest,
        sealed_at=to_hour(now),
    )
    sealed.part = part
    try:
        yield sealed
    except BaseException as error:
        _remove_unless_recorded(item)
        if isinstance(error, OperationalError):
            raise VaultRefused("The file could not be recorded, so it is not kept.") from error
        raise


@transaction.atomic
def keep_object(*, sealed: SealedObject, by: Doer, now: datetime) -> SealedObject:
    """Afterwards the object has its row and its entry. Raises VaultRefused where it vanished meanwhile."""
    if stores.folder().length(sealed.id) != sealed.length:
        raise VaultRefused("The file vanished while it was being kept.")
    shredding.hold(sealed.id, sealed.part, now=now)
    sealed.save(force_insert=True)
    record(event=Event.CUSTODY_OBJECT_SEALED, subject_kind="object", subject=sealed.id, by=by, now=now, detail={"purpose": sealed.purpose})
    return sealed


def open_object(*, sealed: SealedObject, by: Doer, now: datetime) -> objects.Opened:
    """The object, to be read in parts; before the key is released the log says, for good, who opens it.

    Never inside a transaction: an entry that could still be taken back would release the key for nothing. Raises
    ObjectGone, CannotOpen, DeskLocked; VaultAway where it lies in the bucket and the bucket does not answer.
    """
    with transaction.atomic(durable=True):
        held = SealedObject.objects.select_for_update().get(pk=sealed.pk)
        if held.destroyed_at is not None:
            raise ObjectGone("It was destroyed.")
        record(event=Event.CUSTODY_OBJECT_OPENED, subject_kind="object", subject=held.id, by=by, now=now, detail={"purpose": held.purpose})
    key, meaning = objects.key_of(
        access.keys(),
        shredding.part_of,
        bytes(held.wrapped),
        organisation=held.organisation,
        item=held.id,
        purpose=held.purpose,
        suite=held.suite,
    )
    store = stores.vault_of(settings.DATA)
    try:
        return objects.Opened(key, meaning, store.reader(held.id), store.length(held.id) or 0)
    except FileNotFoundError as error:
        raise ObjectGone("It is missing from the vault.") from error


@transaction.atomic
def destroy_object(*, sealed: SealedObject, by: Doer, now: datetime, reason: SealedItem | None = None) -> SealedObject:
    """Afterwards key and object are gone, and the log says that it was here and who destroyed it.

    `reason` says why in words; leave it out where a code says it, beside what else is erased. Nobody can show any more that the
    earlier entries were about it. Copies of the desk that were made before hold it still, and cannot open it. Raises ObjectGone when
    somebody else was faster.
    """
    held = SealedObject.objects.select_for_update().get(pk=sealed.pk)
    if held.destroyed_at is not None:
        raise ObjectGone("It was destroyed.")
    held.reason = reason
    held.wrapped, held.digest, held.length, held.destroyed_at, held.is_swept = b"", b"", 0, now, False
    held.save()
    forget_openings(subjects=[held.id])
    record(event=Event.CUSTODY_OBJECT_DESTROYED, subject_kind="object", subject=held.id, by=by, now=now, detail={"purpose": held.purpose})
    # First the key; the object is noise then. The sweeps take what a crash leaves of either.
    forget_parts([held.id])
    transaction.on_commit(partial(_remove_quietly, held.id))
    return held


def _remove_unless_recorded(item: UUID) -> None:
    """Where nobody can say whether the row was committed, the object stays, and the sweep decides tomorrow."""
    with suppress(DatabaseError, InterfaceError, VaultRefused, OSError):
        if not SealedObject.objects.filter(pk=item).exists():
            stores.folder().remove(item)


def _remove_quietly(item: UUID) -> None:
    """From the folder; from the bucket, to which this process may have no way, the sweep takes it."""
    with suppress(VaultRefused, OSError):
        stores.folder().remove(item)
