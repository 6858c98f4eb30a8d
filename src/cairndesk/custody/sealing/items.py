"""One key per item: the item is encrypted under it, and it is sealed to the organisation.

Whoever is given the key of one item can open that item and nothing else; the organisation's private key never leaves the
process that holds the ring.
"""

import secrets
from dataclasses import dataclass
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from cairndesk.custody.errors import CannotOpen, UnknownSuite
from cairndesk.custody.sealing import hpke
from cairndesk.custody.sealing.keys import Keys

CURRENT = 1
"""AES-256-GCM under a random key of its own, `nonce (12) | ciphertext | tag (16)`, the context as associated data."""

_NONCE = 12


@dataclass(frozen=True, slots=True)
class SealedParts:
    """What is stored of an item: how it was sealed, its key for the organisation, and its ciphertext."""

    suite: int
    wrapped: bytes
    ciphertext: bytes


def context(*, organisation: UUID, item: UUID, purpose: str, suite: int = CURRENT) -> bytes:
    """The meaning that is authenticated with the bytes; fixed lengths first, so no two meanings share an encoding."""
    return b"cairndesk/item\0" + bytes([suite]) + organisation.bytes + item.bytes + purpose.encode("ascii")


def seal(public: bytes, plain: bytes, *, organisation: UUID, item: UUID, purpose: str) -> SealedParts:
    """`plain` sealed for the holder of the private part of `public`."""
    meaning = context(organisation=organisation, item=item, purpose=purpose)
    key, nonce = secrets.token_bytes(32), secrets.token_bytes(_NONCE)
    ciphertext = nonce + AESGCM(key).encrypt(nonce, plain, meaning)
    return SealedParts(CURRENT, hpke.seal(public, key, meaning), ciphertext)


def unseal(keys: Keys, parts: SealedParts, *, organisation: UUID, item: UUID, purpose: str) -> bytes:
    """What was sealed. Raises CannotOpen when bytes or meaning were changed, DeskLocked when no keys are at hand."""
    if parts.suite != CURRENT:
        raise UnknownSuite(f"Item suite {parts.suite} is not known here.")
    meaning = context(organisation=organisation, item=item, purpose=purpose, suite=parts.suite)
    key = keys.unseal(organisation, parts.wrapped, meaning)
    try:
        return AESGCM(key).decrypt(parts.ciphertext[:_NONCE], parts.ciphertext[_NONCE:], meaning)
    except (InvalidTag, ValueError) as error:
        raise CannotOpen("The item was changed since it was sealed.") from error
