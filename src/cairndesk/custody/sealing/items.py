"""One key per item, made of two parts (`parts`): the item is encrypted under it, and the first part is sealed to the organisation.

Whoever is given the key of one item can open that item and nothing else; the organisation's private key never leaves the
process that holds the ring.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from cairndesk.custody.errors import CannotOpen, UnknownSuite
from cairndesk.custody.sealing import hpke, parts
from cairndesk.custody.sealing.keys import Keys

WHOLE, CURRENT = 1, 2
"""AES-256-GCM under a key of its own, `nonce (12) | ciphertext | tag (16)`, the context as associated data.

The first suite seals the whole key to the organisation; the second only the first part of it. Nothing is sealed by the first any more.
"""

_NONCE = 12

PartOf = Callable[[UUID], bytes]
"""Gives the second part of the key of an item; raises PartGone where there is none any more."""


@dataclass(frozen=True, slots=True)
class SealedParts:
    """What is stored of an item: how it was sealed, its key or the first part of it for the organisation, and its ciphertext."""

    suite: int
    wrapped: bytes
    ciphertext: bytes


def context(*, organisation: UUID, item: UUID, purpose: str, suite: int = CURRENT) -> bytes:
    """The meaning that is authenticated with the bytes; fixed lengths first, so no two meanings share an encoding."""
    return b"cairndesk/item\0" + bytes([suite]) + organisation.bytes + item.bytes + purpose.encode("ascii")


def seal(public: bytes, second: bytes, plain: bytes, *, organisation: UUID, item: UUID, purpose: str) -> SealedParts:
    """`plain` sealed for whoever holds both the private part of `public` and the `second` part of this item's key."""
    meaning = context(organisation=organisation, item=item, purpose=purpose)
    first, nonce = parts.new_part(), secrets.token_bytes(_NONCE)
    ciphertext = nonce + AESGCM(parts.item_key(first, second, meaning)).encrypt(nonce, plain, meaning)
    return SealedParts(CURRENT, hpke.seal(public, first, meaning), ciphertext)


def unseal(keys: Keys, part_of: PartOf, held: SealedParts, *, organisation: UUID, item: UUID, purpose: str) -> bytes:
    """What was sealed. Raises CannotOpen when bytes or meaning were changed, PartGone, DeskLocked when no keys are at hand."""
    if held.suite not in {WHOLE, CURRENT}:
        raise UnknownSuite(f"Item suite {held.suite} is not known here.")
    meaning = context(organisation=organisation, item=item, purpose=purpose, suite=held.suite)
    second = part_of(item) if held.suite == CURRENT else None
    key = keys.unseal(organisation, held.wrapped, meaning)
    if second is not None:
        key = parts.item_key(key, second, meaning)
    try:
        return AESGCM(key).decrypt(held.ciphertext[:_NONCE], held.ciphertext[_NONCE:], meaning)
    except (InvalidTag, ValueError) as error:
        raise CannotOpen("The item was changed since it was sealed.") from error
