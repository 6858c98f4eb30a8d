"""The key of one item, made of two parts: one is sealed to the organisation beside the item, the other lies in the shred store.

Neither part tells anything about the key. Whoever deletes the second makes the item unreadable in every copy that was ever made of the
first, whatever other keys there are.
"""

import secrets

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

LENGTH = 32
_INFO = b"desk/item/v1"


def new_part() -> bytes:
    """A fresh part: 32 random bytes."""
    return secrets.token_bytes(LENGTH)


def item_key(first: bytes, second: bytes, meaning: bytes) -> bytes:
    """The key (32 bytes) of the item that `meaning` names: HKDF-SHA256 (RFC 5869) over both parts, 32 bytes each."""
    return HKDF(algorithm=SHA256(), length=LENGTH, salt=None, info=_INFO + meaning).derive(first + second)
