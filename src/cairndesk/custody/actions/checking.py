"""Whether every original is there as it was sealed. Needs no key."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from cairndesk.custody.actions import stores, sweeping
from cairndesk.custody.actions.looked import Looked
from cairndesk.custody.adapters.both import Both
from cairndesk.custody.adapters.folder import Listed
from cairndesk.custody.errors import VaultAway
from cairndesk.custody.models import SealedObject
from cairndesk.lib.progress import Progress, counted, unwatched


@dataclass(frozen=True, slots=True)
class VaultReport(Looked):
    """How many objects the vault should hold, and how many were found missing, changed, known to no record, or not carried to the bucket yet."""

    objects: int
    missing: int
    changed: int
    orphans: int
    waiting: int
    damaged: tuple[str, ...]


def check_vault(*, now: datetime, reads: bool = True, progress: Progress = unwatched) -> VaultReport:
    """Whether every object is there and as it was sealed; with `reads=False` only whether it is there in its full length.

    Objects that are being put in while this runs are not counted as orphans. Raises VaultAway, VaultUnfit where the bucket cannot be listed.
    """
    store = stores.vault_of(settings.DATA)
    listed = list(store.listed())
    found = list(damaged(store, listed, reads=reads, progress=progress))
    total = SealedObject.objects.filter(destroyed_at=None).count()
    changed = sum(trouble == "changed" for _, trouble in found)
    first = f"the object {found[0][0].id.hex} is {found[0][1]}" if found else ""
    waiting = sum(1 for _ in store.folder.listed()) if store.bucket else 0
    orphans = len(sweeping.without_record(listed, now))
    return VaultReport(total, len(found) - changed, changed, orphans, waiting, tuple(held.id.hex for held, _ in found), first_problem=first)


def damaged(store: Both, listed: list[Listed], *, reads: bool, progress: Progress) -> Iterator[tuple[SealedObject, str]]:
    """Each object that is not as it was sealed, and what it is: missing, changed or unreadable."""
    lengths = {one.item: one.length for one in listed}
    live = SealedObject.objects.filter(destroyed_at=None).order_by("pk")
    for held in counted("checking the vault", live.iterator(2000), live.count(), progress):
        length = lengths.get(held.id)
        # Put in after the listing, or carried on meanwhile: asked once more.
        trouble = _trouble(store, held, store.length(held.id) if length is None else length, reads=reads)
        # Destroyed while we looked: nothing is wrong with it.
        if trouble and SealedObject.objects.filter(pk=held.pk, destroyed_at=None).exists():
            yield held, trouble


def _trouble(store: Both, held: SealedObject, length: int | None, *, reads: bool) -> str:
    if length is None:
        return "missing"
    if length != held.length:
        return "changed"
    try:
        return "changed" if reads and store.digest(held.id) != bytes(held.digest) else ""
    except FileNotFoundError:
        return "missing"
    except (OSError, VaultAway):
        return "unreadable"
