"""What is compared in place of a value: the bytes of a hash, or 16 bytes that stand for a text."""

from collections.abc import Callable
from functools import partial
from hashlib import blake2b

from cairndesk.signals.engine.kinds import HASH_DIGITS, Kind

TEXT_BYTES = 16


def key_bytes(kind: Kind) -> int:
    """How long the keys of `kind` are."""
    return HASH_DIGITS[kind] // 2 if kind in HASH_DIGITS else TEXT_BYTES


def keyer(kind: Kind) -> Callable[[str], bytes]:
    """What makes the key of a value in the normal form of `kind`: a hash as it is, of a text the BLAKE2b-128 of kind and text.

    That two texts of a list of any size share a key by chance is out of the question (2^-128 a pair).
    """
    return bytes.fromhex if kind in HASH_DIGITS else partial(text_key, kind)


def text_key(kind: Kind, value: str) -> bytes:
    """TEXT_BYTES that stand for a value of any kind, where hashes are to be no longer than texts."""
    return blake2b(value.encode(), digest_size=TEXT_BYTES, person=kind.encode()).digest()
