"""The Merkle tree of RFC 6962 (and RFC 9162), section 2.1: hashing, appending and the root."""

import hashlib
from dataclasses import dataclass

HASH_LENGTH = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(data: bytes) -> bytes:
    """The hash of one entry; the leading 0 keeps a leaf from passing for a node."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two subtrees."""
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True, slots=True)
class Frontier:
    """The right edge of a tree: all that is needed to append, one hash for every 1 in the binary form of the size."""

    size: int = 0
    hashes: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        if self.size < 0 or len(self.hashes) != self.size.bit_count() or any(len(h) != HASH_LENGTH for h in self.hashes):
            raise ValueError("The frontier does not fit its size.")

    def append(self, leaf: bytes) -> "Frontier":
        """The frontier after one more entry with leaf hash `leaf`."""
        hashes, right, size = list(self.hashes), leaf, self.size
        while size & 1:
            right, size = node_hash(hashes.pop(), right), size >> 1
        return Frontier(self.size + 1, (*hashes, right))

    def root(self) -> bytes:
        """The root hash of the whole tree."""
        if not self.hashes:
            return EMPTY_ROOT
        *rest, root = self.hashes
        for left in reversed(rest):
            root = node_hash(left, root)
        return root

    def to_bytes(self) -> bytes:
        """The hashes, largest subtree first, end to end."""
        return b"".join(self.hashes)

    @classmethod
    def from_bytes(cls, size: int, data: bytes) -> "Frontier":
        """The frontier of `size` entries that `to_bytes` wrote; raises ValueError when the two do not fit."""
        if len(data) % HASH_LENGTH:
            raise ValueError("The frontier is cut short.")
        return cls(size, tuple(data[at : at + HASH_LENGTH] for at in range(0, len(data), HASH_LENGTH)))
