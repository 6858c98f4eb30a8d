"""What can fail in the vault, the log and the keys.

CustodyError
├── DeskLocked          the keys are not at hand now (retryable)
├── CannotOpen          wrong key, or changed since it was sealed
│   ├── PartGone        the second part of its key is not in the shred store
│   ├── UnknownKey      sealed to a key that this ring does not hold
│   └── UnknownSuite    sealed by a way that this version does not know
├── Erased              what was sealed is gone for good
├── KeyringUnreadable   wrong passphrase or key file, or a damaged ring
├── SheetsRefused       recovery sheets that are too few, wrong or not of one set
├── TextInLog           somebody tried to write words where only codes belong
├── LogBroken           the log does not prove what it says
│   └── LogRolledBack       the log is not the one that was signed and witnessed before
├── BackupRefused       a backup cannot be made
│   ├── BackupUnreadable    a backup does not open, or holds no desk
│   ├── RestoreRefused      a backup cannot be laid down there
│   └── DrillRefused        a drill has nothing to try
├── WeakStorage         the database may forget what it acknowledged
├── ShredStoreAway      the shred store is missing, damaged or takes nothing now (retryable)
├── VaultRefused        an object cannot be written now (retryable)
├── VaultAway           the bucket of originals does not answer, or not to us (retryable)
├── VaultUnfit          the bucket of originals may not be used as it is
├── ObjectGone          an object was destroyed, or is missing
├── Stranger            a process that may not ask for keys
└── BadRequest          a message on the key socket that no desk would send
"""

from cairndesk.lib.errors import DeskError


class CustodyError(DeskError):
    """The root of this room."""

    code = "custody.failed"


class DeskLocked(CustodyError):
    """The process that holds the keys is away or locked."""

    code = "custody.desk_locked"
    status = 503
    remedy = "Unlock the desk (start `cairndesk serve`), then try again; nothing is lost meanwhile."
    retryable = True


class CannotOpen(CustodyError):
    """A sealed thing does not open: it was sealed for something else, or it was changed."""

    code = "custody.cannot_open"
    remedy = "Check that it belongs to this organisation and this record; if it does, restore it from a backup."


class PartGone(CannotOpen):
    """The second part of an item's key is not in the shred store, so nothing can open the item."""

    code = "custody.part_gone"
    remedy = "If nobody destroyed it (the log says so), put the newest copy of the shred store back; `cairndesk verify` counts what is missing."


class UnknownKey(CannotOpen):
    """Sealed to a key that is not on this ring."""

    code = "custody.unknown_key"
    remedy = "Load the keyring of the desk that it was sealed for."


class UnknownSuite(CannotOpen):
    """The leading suite byte names no way of sealing that this version knows."""

    code = "custody.unknown_suite"
    remedy = "Open it with the version of Cairndesk that sealed it, or a newer one."


class Erased(CustodyError):
    """The sealed thing was erased: its key and its ciphertext are gone."""

    code = "custody.erased"
    status = 409
    remedy = "What was told here was erased. The page of the case says when and why; its codes, its stages and its log stay."


class KeyringUnreadable(CustodyError):
    """The sealed keyring does not open."""

    code = "custody.keyring_unreadable"
    remedy = "Check the passphrase or the key file; if both are right, restore the keyring from a backup."


class SheetsRefused(CustodyError):
    """The recovery sheets that were given open nothing: too few, miscopied, or not made together."""

    code = "custody.sheets_refused"
    remedy = "Put the named sheet right, or bring another holder's; fewer sheets than are needed open nothing, and nobody can help with that."


class TextInLog(CustodyError):
    """The log takes codes and whole numbers only: words in it could never be erased."""

    code = "custody.text_in_log"
    remedy = "Record a code or a number; keep the words in a sealed item."


class LogBroken(CustodyError):
    """Entries, proofs and checkpoints of the log contradict one another."""

    code = "custody.log_broken"
    remedy = "Stop writing, keep a copy of the database, and compare it with the last good backup."


class LogRolledBack(LogBroken):
    """The database is older than what was signed before, or tells another story: nothing may be written on top of it."""

    code = "custody.log_rolled_back"
    status = 503
    remedy = (
        "This desk only reads until somebody decides. Put the newer database back, and it goes on by itself; if that is lost for good, "
        "read the part on restoring in deploy/README.md."
    )


class BackupRefused(CustodyError):
    """A backup could not be made whole."""

    code = "custody.backup_refused"
    remedy = "Read the detail, put it right and run `cairndesk backup` again; the older backups are untouched."


class BackupUnreadable(BackupRefused):
    """A backup does not open with this identity, or holds no desk that this version knows."""

    code = "custody.backup_unreadable"
    remedy = "Give the identity that belongs to its recipient, and the version of Cairndesk that made it; else take another copy."


class RestoreRefused(BackupRefused):
    """A backup was not laid down: it is damaged, or the place is not empty. What is there stays as it is."""

    code = "custody.restore_refused"
    remedy = "Read the detail. Name an empty folder (and with PostgreSQL an empty database), or take an older copy."


class DrillRefused(BackupRefused):
    """There is no copy that a drill could try."""

    code = "custody.drill_refused"
    remedy = "Make a copy with `cairndesk backup` into that folder, then try again."


class WeakStorage(CustodyError):
    """The database is set, or built, so that a power cut or two writers can cost what was acknowledged."""

    code = "custody.weak_storage"
    remedy = "Install from the lock file (SQLite 3.51.3 or newer); on PostgreSQL turn fsync, full_page_writes and synchronous_commit on."


class ShredStoreAway(CustodyError):
    """The shred store cannot be used now: nothing is sealed and nothing opens. What was told waits in the spool."""

    code = "custody.shred_store_away"
    status = 503
    remedy = (
        "Run `cairndesk doctor`. Where the file is missing or damaged, stop the desk and put its newest copy back; a new, empty one would "
        "make everything that is sealed unreadable."
    )
    retryable = True
    is_trouble_of_the_disk = False
    """Whether the file is there and its disk or its lock took nothing just now."""


class VaultRefused(CustodyError):
    """The vault takes nothing now: the disk is full or fails. What was handed over is not here, in no part."""

    code = "custody.vault_refused"
    status = 503
    remedy = "Keep the file where it is and hand it over again later; `cairndesk doctor` says what is wrong with the disk."
    retryable = True


class VaultAway(CustodyError):
    """The bucket of originals does not answer, answers only a part, or not to us. What is not in it yet stays in the data folder."""

    code = "custody.vault_away"
    status = 503
    remedy = "See that the store runs, and that bucket, endpoint and access key under [vault] are right; then try again. Nothing is lost meanwhile."
    retryable = True


class VaultUnfit(CustodyError):
    """The bucket of originals cannot be used as it is; nothing is written to it, and originals stay in the data folder."""

    code = "custody.vault_unfit"
    status = 500
    remedy = "Mend what is named under [vault], or use a store that refuses a create-only put (If-None-Match: *) for a name that is taken."


class ObjectGone(CustodyError):
    """A sealed object cannot be opened because it is not there any more."""

    code = "custody.object_gone"
    status = 410
    remedy = "If nobody destroyed it (the log says so), restore the vault from a backup; `cairndesk verify` names what is missing."


class Stranger(CustodyError):
    """The key socket was called by a user that is not on its list."""

    code = "custody.stranger"
    status = 403
    remedy = "Start the processes with `cairndesk serve`, which tells the desk who may ask."


class BadRequest(CustodyError):
    """A malformed message on the key socket."""

    code = "custody.bad_key_request"
    status = 400
    remedy = "Run the same version of Cairndesk in every process."
