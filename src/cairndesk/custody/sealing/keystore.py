"""The keyring on disk: one sealed file, opened by a key file or by a passphrase.

Layout: `magic (8) | lock kind (1) | salt (16) | nonce (12) | AES-256-GCM ciphertext`; everything before the ciphertext is
authenticated with it.
"""

import secrets
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from cairndesk.custody.errors import KeyringUnreadable
from cairndesk.custody.sealing.keyring import Keyring
from cairndesk.lib.files import replace_durably, write_new

RING = "keyring.sealed"
KEY_FILE = "unlock.key"

_MAGIC = b"CAIRNKR1"
_BY_FILE, _BY_PASSPHRASE = 1, 2
_SALT, _NONCE = 16, 12
# A thief of the file must spend 128 MiB and about a third of a second on every guess.
_ARGON2_MEMORY_KIB, _ARGON2_PASSES, _ARGON2_LANES = 128 * 1024, 4, 1


@dataclass(frozen=True, slots=True, repr=False)
class Lock:
    """What opens the sealed ring: the bytes of a key file, or a passphrase."""

    kind: int
    secret: bytes

    @classmethod
    def of_passphrase(cls, passphrase: str) -> "Lock":
        """The lock that `passphrase` turns; stretched by Argon2id (128 MiB, 4 passes)."""
        return cls(_BY_PASSPHRASE, passphrase.encode())

    @classmethod
    def of_key_file(cls, path: Path) -> "Lock":
        """The lock that the file turns; raises KeyringUnreadable when it is missing, short or readable by others."""
        try:
            secret, mode = path.read_bytes(), path.stat().st_mode
        except OSError as error:
            raise KeyringUnreadable(f"The key file {path.name} cannot be read: {error.strerror}.") from error
        if mode & 0o077:
            raise KeyringUnreadable(f"The key file {path.name} can be read by others; set its mode to 0600.")
        return cls.of_key(secret, f"The key file {path.name}")

    @classmethod
    def of_key(cls, secret: bytes, what: str) -> "Lock":
        """The lock that the bytes of a key file turn; raises KeyringUnreadable, which names `what`, unless there are 32."""
        if len(secret) != 32:
            raise KeyringUnreadable(f"{what} does not hold 32 bytes.")
        return cls(_BY_FILE, secret)

    @classmethod
    def new_key_file(cls, path: Path) -> "Lock":
        """Write a fresh key file with mode 0600 and return its lock; raises FileExistsError rather than replace one."""
        write_new(path, secrets.token_bytes(32))
        return cls.of_key_file(path)

    def key(self, salt: bytes) -> bytes:
        """The 32-byte key under which the ring is encrypted."""
        if self.kind == _BY_PASSPHRASE:
            stretch = Argon2id(salt=salt, length=32, iterations=_ARGON2_PASSES, lanes=_ARGON2_LANES, memory_cost=_ARGON2_MEMORY_KIB)
            return stretch.derive(self.secret)
        return HKDF(algorithm=SHA256(), length=32, salt=salt, info=b"cairndesk/keyring/v1").derive(self.secret)


def save(ring: Keyring, path: Path, lock: Lock) -> None:
    """Afterwards `path` holds the whole sealed ring with mode 0600, or, on OSError, what it held before."""
    salt, nonce = secrets.token_bytes(_SALT), secrets.token_bytes(_NONCE)
    header = _MAGIC + bytes([lock.kind]) + salt + nonce
    sealed = header + AESGCM(lock.key(salt)).encrypt(nonce, ring.to_bytes(), header)
    replace_durably(path, [sealed], mode=0o600)


def load(path: Path, lock: Lock) -> Keyring:
    """The ring in `path`; raises KeyringUnreadable for a wrong lock, a damaged file or none."""
    try:
        sealed = path.read_bytes()
    except OSError as error:
        raise KeyringUnreadable(f"The keyring {path.name} cannot be read: {error.strerror}.") from error
    length = len(_MAGIC) + 1 + _SALT + _NONCE
    header = sealed[:length]
    if len(header) < length or not header.startswith(_MAGIC):
        raise KeyringUnreadable(f"The file {path.name} is no keyring.")
    if header[len(_MAGIC)] != lock.kind:
        wanted = "a passphrase" if header[len(_MAGIC)] == _BY_PASSPHRASE else "a key file"
        raise KeyringUnreadable(f"The keyring {path.name} is opened by {wanted}.")
    salt, nonce = header[-_SALT - _NONCE : -_NONCE], header[-_NONCE:]
    try:
        return Keyring.from_bytes(AESGCM(lock.key(salt)).decrypt(nonce, sealed[length:], header))
    except InvalidTag as error:
        raise KeyringUnreadable("The passphrase or key file is wrong, or the keyring was changed.") from error
