"""Give an organisation its keys."""

from datetime import datetime
from uuid import UUID

from cairndesk.custody import access
from cairndesk.custody.actions.intake_keys import make_intake_key
from cairndesk.custody.actions.log import record
from cairndesk.custody.errors import DeskLocked
from cairndesk.custody.rules import Doer, Event
from cairndesk.custody.sealing.keyring import Keyring


def add_keys(*, organisation: UUID, by: Doer, now: datetime) -> None:
    """Afterwards the saved ring holds a key of `organisation`, and its first intake key is in use.

    Raises DeskLocked where this process does not hold the ring itself. A transaction that fails later leaves keys that nothing is sealed to.
    """
    ring = access.keys()
    if not isinstance(ring, Keyring):
        raise DeskLocked("Only the desk process can add a key.")
    ring.add_organisation(organisation)
    record(event=Event.CUSTODY_KEY_ADDED, subject_kind="organisation", subject=organisation, by=by, now=now)
    make_intake_key(organisation=organisation, now=now, by=by)
