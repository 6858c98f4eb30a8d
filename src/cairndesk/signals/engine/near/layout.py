"""How a 256-bit hash is cut into chunks so that a look-up reads a few buckets and still misses nothing.

Multi-index hashing (Norouzi, Punjani, Fleet: "Fast Exact Search in Hamming Space with Multi-Index Hashing", 2014), with
the stronger filter of the pigeonring (Qin, Xiao: "Pigeonring: A Principle for Faster Thresholded Similarity Search",
2018).

**Why nothing within the distance D is missed.** The 256 bits are cut into m chunks. Chunk i gets a radius r_i >= -1 such
that the sum of all r_i + 1 is D + 1. Let d_i be the number of bits in which two hashes differ inside chunk i, and let
their sum be at most D. Then the sum of all (r_i + 1 - d_i) is at least 1. Going round the chunks as a ring, there is a
chunk from which every partial sum is at least 1: take the one after the place where the running sum is lowest for the
last time. For that chunk i the first partial sum says d_i <= r_i, so its value lies within r_i flips of the question's
and its bucket is read; the second says d_i + d_(i+1) <= r_i + r_(i+1) + 1. Beside each posting stand the first bits of
the next chunk (its *sketch*); they differ in at most d_(i+1) bits. So whoever asks all values within r_i flips, and
drops the postings whose sketch differs in more than r_i + r_(i+1) + 1 - d_i bits, drops no hash within D. What is left is
compared in full, so nothing beyond D is ever answered.
"""

from dataclasses import dataclass
from itertools import combinations, pairwise

import numpy as np
from numpy.typing import NDArray

BITS, WORDS, HASH_BYTES = 256, 4, 32
SKETCH = 16
# (up to how many hashes, how many chunks): wider chunks for longer lists, so that a bucket stays short.
_LAYOUTS = ((3_000_000, 16), (20_000_000, 12), (1 << 31, 11))


@dataclass(frozen=True, slots=True)
class Chunk:
    """`width` bits from bit `first` on, and the sketch: `next_width` bits of the chunk after it from `next_first` on."""

    first: int
    width: int
    next_first: int
    next_width: int


@dataclass(frozen=True, slots=True)
class Layout:
    """The chunks of a list of some size, and how many bits name one of its hashes."""

    chunks: tuple[Chunk, ...]
    id_bits: int


def layout_for(size: int, *, chunks: int | None = None) -> Layout:
    """The layout for `size` hashes; `chunks` (11 to 16) takes another number of chunks than the best one."""
    many = next((many for most, many in _LAYOUTS if size <= most), 0) if chunks is None else chunks
    if not 11 <= many <= 16 or not 0 <= size <= _LAYOUTS[-1][0]:
        raise ValueError(f"{many} chunks for {size} hashes")
    edges = [at * BITS // many for at in range(many + 1)]
    widths = [end - start for start, end in pairwise(edges)]
    following = [*range(1, many), 0]
    cut = tuple(Chunk(edges[at], widths[at], edges[after], min(SKETCH, widths[after])) for at, after in enumerate(following))
    return Layout(cut, max(1, (size - 1).bit_length()))


def packed_bytes(size: int, id_bits: int) -> int:
    """How many bytes hold `size` numbers of `id_bits` bits (at most 32) without gaps, so that eight can be read from where any begins."""
    return (size * id_bits + 7) // 8 + 7


def radii(chunks: int, distance: int) -> list[int]:
    """How `distance` is shared out over the chunks: radius + 1 adds up to distance + 1, as evenly as can be."""
    each, over = divmod(distance + 1, chunks)
    return [each + (at + 1) * over // chunks - at * over // chunks - 1 for at in range(chunks)]


def flips(width: int) -> NDArray[np.uint32]:
    """All masks of none, one and two of `width` bits, in that order."""
    pairs = [1 << one | 1 << other for one, other in combinations(range(width), 2)]
    return np.array([0, *(1 << bit for bit in range(width)), *pairs], dtype=np.uint32)


def probes(width: int, radius: int) -> int:
    """How many of `flips(width)` have at most `radius` bits (-1 to 2)."""
    return (0, 1, 1 + width, 1 + width + width * (width - 1) // 2)[radius + 1]


def bits(words: NDArray[np.uint64], first: int, width: int) -> NDArray[np.uint32]:
    """`width` bits (at most 24) from bit `first` on of each row of four little-endian words."""
    word, shift = divmod(first, 64)
    found = words[..., word] >> np.uint64(shift)
    if shift + width > 64:
        found = found | words[..., word + 1] << np.uint64(64 - shift)
    return (found & np.uint64((1 << width) - 1)).astype(np.uint32)


def as_words(hashes: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """Hashes of shape (n, 32) as rows of four little-endian words; no copy where they already lie together."""
    return np.ascontiguousarray(hashes).view("<u8").reshape(-1, WORDS)
