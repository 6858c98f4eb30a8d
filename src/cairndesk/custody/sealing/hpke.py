"""Sealing to a public key: whoever seals cannot open again.

A sealed blob is `suite (1 byte) | key id (8 bytes) | HPKE output`. HPKE is RFC 9180 in base mode, one shot. The context
goes in as HPKE `info`, so a blob moved to another place does not open there.
"""

import hashlib

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from cairndesk.custody.errors import CannotOpen, UnknownKey, UnknownSuite

KEY_ID_LENGTH = 8
CURRENT = 1
"""X25519, HKDF-SHA256, AES-256-GCM. Old suites stay readable; new ones get the next number."""

_SUITES = {CURRENT: Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)}
_HEADER = 1 + KEY_ID_LENGTH
OVERHEAD = _HEADER + 32 + 16
"""How many bytes longer than its plaintext a blob of the current suite is."""


def generate() -> tuple[bytes, bytes]:
    """A fresh key pair as (private, public), 32 raw bytes each."""
    private = X25519PrivateKey.generate()
    return private.private_bytes_raw(), private.public_key().public_bytes_raw()


def key_id(public: bytes) -> bytes:
    """Eight bytes that name a public key inside a blob; they tell nothing but which key opens it."""
    return hashlib.sha256(b"cairndesk/key-id/v1\0" + public).digest()[:KEY_ID_LENGTH]


def seal(public: bytes, plaintext: bytes, context: bytes) -> bytes:
    """`plaintext` sealed to `public`, to be opened only under the same `context`."""
    body = _SUITES[CURRENT].encrypt(plaintext, X25519PublicKey.from_public_bytes(public), info=context)
    return bytes([CURRENT]) + key_id(public) + body


def sealed_to(blob: bytes) -> bytes:
    """The id of the key that opens `blob`. Raises CannotOpen when it is too short, UnknownSuite when it is not ours."""
    if len(blob) < OVERHEAD:
        raise CannotOpen("The sealed blob is cut short.")
    if blob[0] not in _SUITES:
        raise UnknownSuite(f"Suite {blob[0]} is not known here.")
    return blob[1:_HEADER]


class Opener:
    """A private key made ready to open many blobs: its public part is computed once. Printing it shows no key."""

    def __init__(self, private: bytes) -> None:
        self._key = X25519PrivateKey.from_private_bytes(private)
        self.private = private
        self.public = self._key.public_key().public_bytes_raw()
        self.id = key_id(self.public)

    def unseal(self, blob: bytes, context: bytes) -> bytes:
        """What was sealed. Raises UnknownKey for another key's blob, CannotOpen when blob or context was changed."""
        if sealed_to(blob) != self.id:
            raise UnknownKey("The blob was sealed to another key.")
        try:
            return _SUITES[blob[0]].decrypt(blob[_HEADER:], self._key, info=context)
        except InvalidTag as error:
            raise CannotOpen("The blob or its context was changed since it was sealed.") from error


def unseal(private: bytes, blob: bytes, context: bytes) -> bytes:
    """What was sealed to the holder of `private`; raises like `Opener.unseal`."""
    return Opener(private).unseal(blob, context)
