"""The vault of originals: put in, read, destroyed, swept and checked. Whoever asks was permitted above; what is done is recorded here."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError, transaction

from cairndesk.custody import access, shredding, standing
from cairndesk.custody.actions.erase import forget_openings, forget_parts
from cairndesk.custody.actions.log import record
from cairndesk.custody.adapters.folder import Folder
from cairndesk.custody.errors import ObjectGone, VaultRefused
from cairndesk.custody.models import SealedItem, SealedObject
from cairndesk.custody.rules import DESK, Doer, Event, Purpose
from cairndesk.custody.sealing import objects, parts
from cairndesk.lib.clock import to_hour
from cairndesk.lib.ids import new_id
from cairndesk.lib.progress import Progress, counted, unwatched

VAULT = "vault"
# Between an object and its row lie seconds. A day more lets somebody who restored an old database notice it first.
SAFE_AGE = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class VaultReport:
    """How many objects the vault should hold, and how many were found missing, changed or known to no record."""

    objects: int
    missing: int
    changed: int
    orphans: int
    first_problem: str

    @property
    def ok(self) -> bool:
        """Whether everything that should be there is there, as it was sealed."""
        return not self.first_problem

    def as_json(self) -> dict[str, Any]:
        """For `--json`."""
        return asdict(self)


@contextmanager
def sealing_object(*, organisation: UUID, purpose: Purpose, data: bytes, now: datetime) -> Iterator[SealedObject]:
    """Inside, `data` is durable in the vault and its row is not saved: save it with `keep_object`, in the transaction that needs it.

    Enter outside of transactions: writing takes long. Where the block fails nothing of the object is left. Raises DeskLocked,
    and VaultRefused when the disk or the database takes nothing.
    """
    store, item, part = _store(), new_id(), parts.new_part()
    meaning = objects.context(organisation=organisation, item=item, purpose=purpose)
    key, wrapped = objects.new_key(access.keys().intake_public(organisation), part, meaning)
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
    if _store().length(sealed.id) != sealed.length:
        raise VaultRefused("The file vanished while it was being kept.")
    shredding.hold(sealed.id, sealed.part, now=now)
    sealed.save(force_insert=True)
    record(event=Event.CUSTODY_OBJECT_SEALED, subject_kind="object", subject=sealed.id, by=by, now=now, detail={"purpose": sealed.purpose})
    return sealed


def open_object(*, sealed: SealedObject, by: Doer, now: datetime) -> objects.Opened:
    """The object, to be read in parts; before the key is released the log says, for good, who opens it.

    Never inside a transaction: an entry that could still be taken back would release the key for nothing. Raises
    ObjectGone, CannotOpen, DeskLocked.
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
    store = _store()
    try:
        return objects.Opened(key, meaning, partial(store.fetch, held.id), store.length(held.id) or 0)
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


def sweep_vault(*, now: datetime, by: Doer = DESK) -> int:
    """Afterwards no object older than a day lies in the vault without a live record, and no half-written one; returns how many went.

    Such an object was never acknowledged, or was destroyed; its key is nowhere. Raises VaultRefused, and LogRolledBack where
    the desk only reads.
    """
    standing.refuse()
    store = _store()
    unfinished = store.sweep(before=now - SAFE_AGE)
    # Listed first, asked after: a record made meanwhile only saves an object.
    orphans = _without_record(store, now - SAFE_AGE)
    for item in orphans:
        store.remove(item)
    if orphans:
        record(event=Event.CUSTODY_VAULT_SWEPT, subject_kind="vault", subject=new_id(), by=by, now=now, detail={"objects": len(orphans)})
    return unfinished + len(orphans)


def check_vault(*, now: datetime, reads: bool = True, progress: Progress = unwatched) -> VaultReport:
    """Whether every object is there and as it was sealed; with `reads=False` only whether it is there in its full length.

    Needs no key. Objects that are being put in while this runs are not counted as orphans.
    """
    store, total, missing, changed, first = _store(), 0, 0, 0, ""
    live = SealedObject.objects.filter(destroyed_at=None).order_by("pk")
    for held in counted("checking the vault", live.iterator(2000), live.count(), progress):
        trouble = _trouble(store, held, reads=reads)
        # Destroyed while we looked: nothing is wrong with it.
        if trouble and not SealedObject.objects.filter(pk=held.pk, destroyed_at=None).exists():
            continue
        total, missing, changed = total + 1, missing + (trouble in {"missing", "unreadable"}), changed + (trouble == "changed")
        first = first or (f"the object {held.id.hex} is {trouble}" if trouble else "")
    return VaultReport(total, missing, changed, len(_without_record(store, now - SAFE_AGE)), first)


def vault_of(data: Path) -> Folder:
    """The store of sealed objects that belongs to the data folder `data`."""
    return Folder(data / VAULT)


def _store() -> Folder:
    return vault_of(settings.DATA)


def _remove_unless_recorded(item: UUID) -> None:
    """Where nobody can say whether the row was committed, the object stays, and the sweep decides tomorrow."""
    with suppress(DatabaseError, InterfaceError, VaultRefused, OSError):
        if not SealedObject.objects.filter(pk=item).exists():
            _store().remove(item)


def _remove_quietly(item: UUID) -> None:
    with suppress(VaultRefused, OSError):
        _store().remove(item)


def _without_record(store: Folder, before: datetime) -> list[UUID]:
    listed = store.old(before=before)
    known = set(SealedObject.objects.filter(destroyed_at=None).values_list("pk", flat=True)) if listed else set()
    return [item for item in listed if item not in known]


def _trouble(store: Folder, held: SealedObject, *, reads: bool) -> str:
    length = store.length(held.id)
    if length is None:
        return "missing"
    if length != held.length:
        return "changed"
    try:
        return "changed" if reads and store.digest(held.id) != bytes(held.digest) else ""
    except FileNotFoundError:
        return "missing"
    except OSError:
        return "unreadable"
