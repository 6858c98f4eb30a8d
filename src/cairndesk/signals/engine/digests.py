"""The digests of a file: of its bytes, whatever they are."""

import hashlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Digests:
    """The exact hashes of one file, in lower-case hex, and its size in bytes."""

    md5: str
    sha1: str
    sha256: str
    size: int


def digests(data: bytes) -> Digests:
    """MD5, SHA-1 and SHA-256 of `data` in one pass. MD5 and SHA-1 serve matching only, never trust."""
    view = memoryview(data)
    return _of(view[start : start + _CHUNK] for start in range(0, len(view), _CHUNK))


def digests_of(file: int) -> Digests:
    """The same of an open file (a descriptor), which is read once from its begin; its place is left alone."""
    return _of(_pieces(file))


def _of(pieces: Iterable[memoryview | bytes]) -> Digests:
    md5, sha1 = hashlib.md5(usedforsecurity=False), hashlib.sha1(usedforsecurity=False)
    sha256, size = hashlib.sha256(), 0
    for piece in pieces:
        for digest in (md5, sha1, sha256):
            digest.update(piece)
        size += len(piece)
    return Digests(md5.hexdigest(), sha1.hexdigest(), sha256.hexdigest(), size)


def _pieces(file: int) -> Iterator[bytes]:
    place = 0
    while piece := os.pread(file, _CHUNK, place):
        place += len(piece)
        yield piece
