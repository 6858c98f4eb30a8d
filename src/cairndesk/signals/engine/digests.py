"""The digests of a file: of its bytes, whatever they are."""

import hashlib
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
    md5, sha1 = hashlib.md5(usedforsecurity=False), hashlib.sha1(usedforsecurity=False)
    sha256 = hashlib.sha256()
    view = memoryview(data)
    for start in range(0, len(view), _CHUNK):
        for digest in (md5, sha1, sha256):
            digest.update(view[start : start + _CHUNK])
    return Digests(md5.hexdigest(), sha1.hexdigest(), sha256.hexdigest(), len(data))
