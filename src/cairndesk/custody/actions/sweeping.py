"""Take out of the vault what no record knows: what a crash left, and what was destroyed."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings

from cairndesk.custody import standing
from cairndesk.custody.actions import stores
from cairndesk.custody.actions.log import record
from cairndesk.custody.adapters.folder import Listed
from cairndesk.custody.models import SealedObject
from cairndesk.custody.rules import DESK, Doer, Event
from cairndesk.lib.batches import batches
from cairndesk.lib.ids import new_id

# Between an object and its row lie seconds. A day more lets somebody who restored an old database notice it first.
SAFE_AGE = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Waste:
    """What would go: files half-written by a process that was killed, objects without a record, both older than a day, and destroyed ones."""

    unfinished: int
    orphans: int
    destroyed: int
    bytes: int

    def as_json(self) -> dict[str, Any]:
        """For `--json`."""
        return asdict(self)


def find_waste(*, now: datetime) -> Waste:
    """What `sweep_vault` would take out now; nothing is touched. Raises VaultAway, VaultUnfit."""
    store = stores.vault_of(settings.DATA)
    waste = _waste(store.listed(), now)
    # What has a record and is waste was destroyed.
    gone = len(_known(waste))
    unfinished = store.folder.unfinished(before=now - SAFE_AGE)
    return Waste(len(unfinished), len(waste) - gone, gone, sum(one.length for one in waste))


def sweep_vault(*, now: datetime, by: Doer = DESK) -> int:
    """Afterwards nothing lies in the vault that was destroyed, or that is older than a day and has no record or was half-written.

    Such an object was never acknowledged, or its key is nowhere. Returns how many went. Raises VaultRefused, VaultAway, VaultUnfit, and
    LogRolledBack where the desk only reads.
    """
    standing.refuse()
    store = stores.vault_of(settings.DATA)
    unfinished = store.folder.sweep(before=now - SAFE_AGE)
    waste = _waste(store.listed(), now)
    for one in waste:
        store.remove(one.item)
    if waste:
        record(event=Event.CUSTODY_VAULT_SWEPT, subject_kind="vault", subject=new_id(), by=by, now=now, detail={"objects": len(waste)})
    return unfinished + len(waste)


def without_record(listed: Iterable[Listed], now: datetime) -> list[Listed]:
    """What lies there for a day without a live record. Listed first, asked after: a record made meanwhile only saves an object."""
    old = [one for one in listed if one.written_at < now - SAFE_AGE]
    known = _known(old)
    return [one for one in old if known.get(one.item, True)]


def _waste(listed: Iterable[Listed], now: datetime) -> list[Listed]:
    found = list(listed)
    known = _known(found)
    return [one for one in found if known.get(one.item, one.written_at < now - SAFE_AGE)]


def _known(listed: Iterable[Listed]) -> dict[UUID, bool]:
    """Which of these have a record, and whether it says that they were destroyed. What does not lie there is not asked about."""
    found = dict[UUID, bool]()
    for some in batches(one.item for one in listed):
        rows = SealedObject.objects.filter(pk__in=some).values_list("pk", "destroyed_at")
        found |= {item: at is not None for item, at in rows}
    return found
