"""Large things, sealed in chunks so that any part can be read alone: Cobblestone-256 of C2SP chunked encryption.

An object is `salt (24) | commitment (32) | chunks of 16 KiB, each with a tag (16), the last one shorter`. What is
encrypted is `length (8) | the bytes | zeros`: the zeros fill it to a size that many objects share, because the exact
size of a known file names it. Source of the format: c2sp.org/chunked-encryption, version 1.
"""

import hmac
from collections.abc import Callable, Iterator
from uuid import UUID

from cryptography.cobblestone import Cobblestone256Encryptor
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA512
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from cairndesk.custody.errors import CannotOpen, UnknownSuite
from cairndesk.custody.sealing import hpke, parts
from cairndesk.custody.sealing.items import PartOf
from cairndesk.custody.sealing.keys import Keys

WHOLE, CURRENT = 1, 2
"""Cobblestone-256 (SHA-512, AES-256-GCM) under a key of its own. The first suite seals the whole key to the organisation, the second only the
first part of it (`parts`). New ways get the next number."""

CHUNK, TAG = 16 * 1024, 16
_SALT, _COMMITMENT, _NONCE, _KEY = 24, 32, 12, 32
_HEADER = _SALT + _COMMITMENT
_STORED = CHUNK + TAG
_LENGTH = 8
_LEAST = 4096
_PIECE = 4 * CHUNK
_INFO = b"c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0"


def context(*, organisation: UUID, item: UUID, purpose: str, suite: int = CURRENT) -> bytes:
    """The meaning that is bound to key and bytes; fixed lengths first, so no two meanings share an encoding."""
    return b"cairndesk/object\0" + bytes([suite]) + organisation.bytes + item.bytes + purpose.encode("ascii")


def new_key(public: bytes, second: bytes, meaning: bytes) -> tuple[bytes, bytes]:
    """A fresh key (32 bytes) for the object that `meaning` names, and what is kept of its first part: sealed to `public`."""
    first = parts.new_part()
    return parts.item_key(first, second, meaning), hpke.seal(public, first, meaning)


def key_of(keys: Keys, part_of: PartOf, wrapped: bytes, *, organisation: UUID, item: UUID, purpose: str, suite: int) -> tuple[bytes, bytes]:
    """The key of an object and its meaning. Raises UnknownSuite, CannotOpen, PartGone, DeskLocked."""
    if suite not in {WHOLE, CURRENT}:
        raise UnknownSuite(f"Object suite {suite} is not known here.")
    meaning = context(organisation=organisation, item=item, purpose=purpose, suite=suite)
    second = part_of(item) if suite == CURRENT else None
    key = keys.unseal(organisation, wrapped, meaning)
    return (key if second is None else parts.item_key(key, second, meaning)), meaning


def padded(length: int) -> int:
    """The size that an object of `length` bytes is filled to, at most an eighth more.

    Padmé, of Nikitin and others, "Reducing Metadata Leakage from Encrypted Files" (PETS 2019), from 4 KiB up.
    """
    whole = max(length, _LEAST)
    exponent = whole.bit_length() - 1
    low = (1 << (exponent - exponent.bit_length())) - 1
    return (whole + low) & ~low


def encrypted(key: bytes, data: bytes | memoryview, meaning: bytes) -> Iterator[bytes]:
    """The object in pieces, to be written one after the other; never more than a few chunks of it are in memory."""
    sealing = Cobblestone256Encryptor(key, meaning)
    length = len(data)
    yield sealing.update(length.to_bytes(_LENGTH, "big"))
    view = memoryview(data)
    for start in range(0, length, _PIECE):
        yield sealing.update(view[start : start + _PIECE])
    missing = padded(_LENGTH + length) - _LENGTH - length
    while missing > 0:
        yield sealing.update(bytes(min(missing, _PIECE)))
        missing -= _PIECE
    yield sealing.finalize()


class Opened:
    """An object that can be read, from any byte to any other; each part is authenticated before it is given out.

    `fetch(start, count)` reads the stored object, of which `stored` bytes are there. Raises CannotOpen for another key or
    meaning, and for an object that was cut, lengthened, reordered or changed in the part that is read.
    """

    def __init__(self, key: bytes, meaning: bytes, fetch: Callable[[int, int], bytes], stored: int) -> None:
        self._fetch = fetch
        head = fetch(0, _HEADER)
        expand = HKDFExpand(algorithm=SHA512(), length=_KEY + _NONCE + _COMMITMENT, info=_INFO + head[:_SALT] + meaning)
        derived = expand.derive(key)
        if not hmac.compare_digest(derived[_KEY + _NONCE :], head[_SALT:]):
            raise CannotOpen("The object was sealed with another key or for something else.")
        self._cipher, self._nonce = AESGCM(derived[:_KEY]), int.from_bytes(derived[_KEY : _KEY + _NONCE], "big")
        whole, rest = divmod(stored - _HEADER, _STORED)
        if rest < TAG:
            raise CannotOpen("The object was cut short.")
        self._last, self._rest = whole, rest
        filled = whole * CHUNK + len(self._chunk(whole))
        self.size = int.from_bytes(self._chunk(0)[:_LENGTH], "big")
        """How many bytes were sealed."""
        if padded(_LENGTH + self.size) != filled:
            raise CannotOpen("The object does not have the length that it names.")

    def read(self, start: int = 0, count: int | None = None) -> bytes:
        """The bytes from `start` on, `count` of them or as many as there are."""
        return b"".join(self.pieces(start, count))

    def pieces(self, start: int = 0, count: int | None = None) -> Iterator[bytes]:
        """As `read`, chunk by chunk."""
        end = self.size if count is None else min(self.size, start + count)
        at, end = start + _LENGTH, end + _LENGTH
        while at < end:
            number, offset = divmod(at, CHUNK)
            piece = self._chunk(number)[offset : offset + end - at]
            at += len(piece)
            yield piece

    def _chunk(self, number: int) -> bytes:
        length = self._rest if number == self._last else _STORED
        stored = self._fetch(_HEADER + number * _STORED, length)
        try:
            return self._cipher.decrypt((self._nonce ^ number).to_bytes(_NONCE, "big"), stored, None)
        except InvalidTag as error:
            raise CannotOpen("The object was changed since it was sealed.") from error
