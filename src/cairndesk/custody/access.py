"""Which keys this process has: a ring of its own, a line to the desk, or none."""

import contextlib
from functools import partial
from pathlib import Path

from cairndesk.config import Config
from cairndesk.custody import credential
from cairndesk.custody.errors import DeskLocked, KeyringUnreadable
from cairndesk.custody.kept import KeptRing
from cairndesk.custody.ledger import note
from cairndesk.custody.sealing import keystore, recovery
from cairndesk.custody.sealing.keyring import Keyring
from cairndesk.custody.sealing.keys import Keys, Signing
from cairndesk.custody.shred import store_of
from cairndesk.lib.files import replace_durably

VERIFIER = "log.verifier"
RECIPIENT, RECOVERABLE = "recovery.recipient", "keyring.recovery"
"""The public part of the recovery sheets, and the ring as only they open it."""

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
    """What opens the keyring by this configuration (see `source`); raises KeyringUnreadable."""
    if config.keys.passphrase_file is not None:
        return _passphrase(config.keys.passphrase_file)
    given = None if config.keys.key_file else credential.found()
    if given is None:
        return keystore.Lock.of_key_file(key_file(config))
    if given.name == credential.PASSPHRASE:
        return keystore.Lock.of_passphrase(given.secret.decode().strip())
    return keystore.Lock.of_key(given.secret, f"The credential {given.name}")


def source(config: Config) -> str:
    """Where the lock comes from, in words: what the configuration names comes first, then what systemd hands over, then the file beside the ring."""
    if config.keys.passphrase_file is not None:
        return "a passphrase in a file"
    if config.keys.key_file is not None:
        return "a key file"
    given = credential.found()
    return f"the credential {given.name}" if given else "the key file beside it"


def has_key_file(config: Config) -> bool:
    """Whether a key file opens the ring, which could be made anew; a passphrase and a credential come from elsewhere."""
    return config.keys.passphrase_file is None and (config.keys.key_file is not None or credential.found() is None)


def key_file(config: Config) -> Path:
    """Where the key file lies, or would lie."""
    return config.keys.key_file or folder(config) / keystore.KEY_FILE


def _passphrase(path: Path) -> keystore.Lock:
    try:
        words, mode = path.read_text("utf-8").strip(), path.stat().st_mode
    except OSError as error:
        raise KeyringUnreadable(f"The passphrase file cannot be read: {error.strerror}.") from error
    if mode & 0o007:
        raise KeyringUnreadable("The passphrase file can be read by others; set its mode to 0600.")
    return keystore.Lock.of_passphrase(words)


def unlock(config: Config) -> Keyring:
    """The keyring of this configuration, in use from now on, which takes up what other processes add to it; raises KeyringUnreadable."""
    path = folder(config) / keystore.RING
    second_of = store_of(config.data.absolute()).part
    ring = KeptRing(path, load=lambda: keystore.load(path, lock(config)), save=partial(save, config), second_of=second_of)
    use(ring)
    return ring


def create(config: Config, ring: Keyring) -> Keyring:
    """Save a new ring where this configuration expects it, and use it; where a key file opens it, with the one that is there or a fresh one.

    Raises FileExistsError rather than replace a ring, and KeyringUnreadable for a key file that is none.
    """
    target = folder(config)
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    if (target / keystore.RING).exists():
        raise FileExistsError(f"{keystore.RING} is there already.")
    if has_key_file(config):
        with contextlib.suppress(FileExistsError):
            keystore.Lock.new_key_file(key_file(config))
    save(config, ring)
    return unlock(config)


def save(config: Config, ring: Keyring) -> None:
    """Afterwards the ring on disk is this one, in full or, on OSError, as it was; the key that checks the log lies beside it.

    Where there are recovery sheets they open the same ring. Theirs is written first: no key is ever in use that they do not hold.
    """
    if recipient := recovery_recipient(folder(config)):
        _seal_for_recovery(config, ring, recipient)
    keystore.save(ring, folder(config) / keystore.RING, lock(config))
    (folder(config) / VERIFIER).write_text(_verifier(ring) + "\n", encoding="ascii")


def set_recovery(config: Config, ring: Keyring, recipient: str) -> None:
    """Afterwards the sheets that belong to `recipient`, and no others, open the ring as it is saved from now on. Raises SheetsRefused, OSError."""
    _seal_for_recovery(config, ring, recipient)
    replace_durably(folder(config) / RECIPIENT, [recipient.strip().encode("ascii") + b"\n"], mode=0o600)


def recovery_recipient(keys: Path) -> str | None:
    """The public part of the recovery sheets, as it lies in the folder `keys`; None where no sheets were made."""
    try:
        return (keys / RECIPIENT).read_text("ascii").strip() or None
    except FileNotFoundError:
        return None


def open_by_sheets(keys: Path, identity: str) -> Keyring:
    """The ring in the folder `keys`, by the `identity` that the sheets hold. Raises KeyringUnreadable, also for the ring of another log."""
    try:
        ring = Keyring.from_bytes(recovery.unseal((keys / RECOVERABLE).read_bytes(), identity))
    except FileNotFoundError as error:
        raise KeyringUnreadable("There are no recovery sheets for this keyring.") from error
    known = _read(keys / VERIFIER)
    # Whoever can write to the folder can seal a ring of their own to a public key.
    if known and known != _verifier(ring):
        raise KeyringUnreadable("What the sheets open is not the keyring that signs this log.")
    return ring


def kept_verifier(config: Config) -> str | None:
    """The public key that checks the log, as `save` left it: to be had without unlocking; None where there is none."""
    return _read(folder(config) / VERIFIER)


def _seal_for_recovery(config: Config, ring: Keyring, recipient: str) -> None:
    replace_durably(folder(config) / RECOVERABLE, [recovery.seal(ring.to_bytes(), recipient)], mode=0o600)


def _verifier(ring: Keyring) -> str:
    public = ring.public(Signing.LOG)
    return note.verifier_key(note.origin_of(public), public)


def _read(path: Path) -> str | None:
    try:
        return path.read_text("ascii").strip() or None
    except OSError:
        return None
