"""Give an organisation an intake key."""

from datetime import datetime
from uuid import UUID

from django.conf import settings

from cairndesk.custody import access
from cairndesk.custody.actions.log import record
from cairndesk.custody.errors import DeskLocked
from cairndesk.custody.rules import Doer, Event
from cairndesk.custody.sealing.keyring import Keyring


def add_intake_key(*, organisation: UUID, by: Doer, now: datetime) -> bytes:
    """Afterwards the saved ring holds a fresh intake pair of `organisation`; returns its public part (32 bytes).

    Raises DeskLocked where this process does not hold the ring itself. A transaction that fails later leaves a key that nothing is sealed to.
    """
    ring = access.keys()
    if not isinstance(ring, Keyring):
        raise DeskLocked("Only the desk process can add a key.")
    public = ring.add_organisation(organisation)
    access.save(settings.CAIRNDESK, ring)
    record(event=Event.CUSTODY_KEY_ADDED, subject_kind="organisation", subject=organisation, by=by, now=now)
    return public
