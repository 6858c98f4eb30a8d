"""Recovery sheets: have them open the keyring, and open it by them once its lock is lost."""

import contextlib
from datetime import datetime
from pathlib import Path

from cairndesk.config import Config
from cairndesk.custody import access
from cairndesk.custody.actions.log import record
from cairndesk.custody.errors import LogRolledBack
from cairndesk.custody.rules import DESK, Doer, Event
from cairndesk.custody.sealing import keystore
from cairndesk.custody.sealing.keyring import Keyring
from cairndesk.lib.ids import new_id


def set_recovery(*, config: Config, recipient: str, now: datetime, by: Doer = DESK) -> None:
    """Afterwards the sheets of `recipient`, and no older ones, open the keyring and every copy made from now on.

    Raises KeyringUnreadable where the ring does not open, SheetsRefused for a recipient that is none.
    """
    access.set_recovery(config, access.unlock(config), recipient)
    record(event=Event.CUSTODY_RECOVERY_SET, subject_kind="keyring", subject=new_id(), by=by, now=now)


def recover_keyring(*, config: Config, identity: str, now: datetime, key_file: Path | None = None, by: Doer = DESK) -> Keyring:
    """Afterwards the ring, opened by the `identity` that the sheets hold, is in use and has a new lock.

    That is the passphrase or credential that is there now, or else a fresh key file (`key_file`, or where the configuration expects it). Raises
    FileExistsError rather than replace a key file, KeyringUnreadable, OSError.
    """
    ring = access.open_by_sheets(access.folder(config), identity)
    if key_file or access.has_key_file(config):
        place = key_file or access.key_file(config)
        keystore.Lock.new_key_file(place)
        config = config.model_copy(update={"keys": config.keys.model_copy(update={"key_file": place})})
    access.save(config, ring)
    access.use(ring)
    # A desk that only reads needs its keys no less; it can write nothing down.
    with contextlib.suppress(LogRolledBack):
        record(event=Event.CUSTODY_KEYRING_RECOVERED, subject_kind="keyring", subject=new_id(), by=by, now=now)
    return ring
