"""Put damaged and missing originals back from a copy, each only after the copy's own was held against the recorded hash."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings

from cairndesk.custody import standing
from cairndesk.custody.actions import checking, stores
from cairndesk.custody.actions.copies import opened_copy, workshop
from cairndesk.custody.actions.log import record
from cairndesk.custody.adapters.folder import Folder
from cairndesk.custody.models import SealedObject
from cairndesk.custody.rules import DESK, Doer, Event
from cairndesk.lib.ids import new_id
from cairndesk.lib.progress import Progress, counted, unwatched

_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Mending:
    """How many originals were damaged or missing, how many of them are whole again, and those that the copy could not mend."""

    damaged: int
    mended: int
    beyond: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Whether the vault is whole now."""
        return not self.beyond

    def as_json(self) -> dict[str, Any]:
        """For `--json`."""
        return asdict(self)


def repair_vault(*, source: Path, identity: str = "", now: datetime, by: Doer = DESK, progress: Progress = unwatched) -> Mending:
    """Afterwards every damaged or missing original that `source` holds as it was sealed is whole again, and the log says how many those were.

    `source` is a copy of the desk that `identity` opens, or a folder of objects under their own names. What is mended lies in the folder
    of the desk, and is carried from there to the bucket, where it takes the place of the damaged one. Needs no key. Raises
    BackupUnreadable, VaultRefused, VaultAway, and LogRolledBack where the desk only reads.
    """
    standing.refuse()
    store = stores.vault_of(settings.DATA)
    broken = [held for held, _ in checking.damaged(store, list(store.listed()), reads=True, progress=progress)]
    if not broken:
        return Mending(0, 0, ())
    with _objects_in(source, identity, progress) as whole:
        beyond = [held for held in counted("mending", broken, len(broken), progress) if not _mend(store.folder, whole, held)]
    mended = len(broken) - len(beyond)
    if mended:
        record(event=Event.CUSTODY_VAULT_REPAIRED, subject_kind="vault", subject=new_id(), by=by, now=now, detail={"objects": mended})
    return Mending(len(broken), mended, tuple(held.id.hex for held in beyond))


@contextmanager
def _objects_in(source: Path, identity: str, progress: Progress) -> Iterator[Folder]:
    if source.is_dir():
        yield Folder(source / stores.VAULT if (source / stores.VAULT).is_dir() else source)
        return
    with workshop(settings.DATA / "run") as folder:
        opened_copy(source, identity, folder, progress)
        yield Folder(folder / stores.VAULT)


def _mend(folder: Folder, whole: Folder, held: SealedObject) -> bool:
    try:
        if whole.digest(held.id) != bytes(held.digest):
            return False
        # Whoever can write to the source might have changed it between the two readings.
        return folder.mend(held.id, _blocks(whole, held)).digest == bytes(held.digest)
    except OSError:
        return False


def _blocks(whole: Folder, held: SealedObject) -> Iterator[bytes]:
    for start in range(0, held.length, _BLOCK):
        yield whole.fetch(held.id, start, _BLOCK)
