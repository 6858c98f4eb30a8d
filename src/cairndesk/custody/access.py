"""Which keys this process has: a ring of its own, a line to the desk, or none."""

import contextlib
from pathlib import Path

from cairndesk.config import Config
from cairndesk.custody.errors import DeskLocked, KeyringUnreadable
from cairndesk.custody.ledger import note
from cairndesk.custody.sealing import keystore
from cairndesk.custody.sealing.keyring import Keyring
from cairndesk.custody.sealing.keys import Keys, Signing

VERIFIER = "log.verifier"

_held: list[Keys] = []


def use(keys: Keys | None) -> None:
    """From now on `keys()` gives these; None locks the process again."""
    _held[:] = [] if keys is None else [keys]


def keys() -> Keys:
    """The keys of this process; raises DeskLocked when it has none."""
    if not _held:
        raise DeskLocked("This process holds no keys.")
    return _held[0]


def folder(config: Config) -> Path:
    """Where the keyring lies."""
    return config.data.absolute() / "keys"


def lock(config: Config) -> keystore.Lock:
    """What opens the keyring by this configuration: a passphrase, or a key file; raises KeyringUnreadable."""
    if config.keys.passphrase_file is None:
        return keystore.Lock.of_key_file(config.keys.key_file or folder(config) / keystore.KEY_FILE)
    try:
        return keystore.Lock.of_passphrase(config.keys.passphrase_file.read_text("utf-8").strip())
    except OSError as error:
        raise KeyringUnreadable(f"The passphrase file cannot be read: {error.strerror}.") from error


def unlock(config: Config) -> Keyring:
    """The keyring of this configuration, in use from now on; raises KeyringUnreadable."""
    ring = keystore.load(folder(config) / keystore.RING, lock(config))
    use(ring)
    return ring


def create(config: Config, ring: Keyring) -> None:
    """Save a new ring where this configuration expects it; where no passphrase is set, with the key file that is there or a fresh one.

    Raises FileExistsError rather than replace a ring, and KeyringUnreadable for a key file that is none.
    """
    target = folder(config)
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    if (target / keystore.RING).exists():
        raise FileExistsError(f"{keystore.RING} is there already.")
    if config.keys.passphrase_file is None:
        with contextlib.suppress(FileExistsError):
            keystore.Lock.new_key_file(config.keys.key_file or target / keystore.KEY_FILE)
    save(config, ring)
    use(ring)


def save(config: Config, ring: Keyring) -> None:
    """Afterwards the ring on disk is this one, in full or, on OSError, as it was; the key that checks the log lies beside it."""
    keystore.save(ring, folder(config) / keystore.RING, lock(config))
    public = ring.public(Signing.LOG)
    (folder(config) / VERIFIER).write_text(note.verifier_key(note.origin_of(public), public) + "\n", encoding="ascii")


def kept_verifier(config: Config) -> str | None:
    """The public key that checks the log, as `save` left it: to be had without unlocking; None where there is none."""
    try:
        return (folder(config) / VERIFIER).read_text("ascii").strip() or None
    except OSError:
        return None
