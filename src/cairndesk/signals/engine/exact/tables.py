"""What is searched: of each kind its keys in their order, as arrays in memory or as views of a mapped file."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

PREFIXES = (8, 12, 16, 20, 24)
MOST_LISTS_OF_ONE_BYTE = 1 << 8


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """All keys of one kind. Those that begin with the prefix p (`bits` long) are the `rows` from `offsets[p]` up to `offsets[p + 1]`.

    The rows are sorted by key, equal keys as they came. A row (see `row_type`) leaves out the whole bytes of the prefix; what
    an answer needs stands beside the rest of the key, so that a look-up waits for memory twice: once for the offset, once for the row.
    """

    bits: int
    offsets: NDArray[np.uint32]
    rows: NDArray[np.void]

    @property
    def nbytes(self) -> int:
        """The bytes of both arrays: at ten million MD5 hashes 24.7 for each."""
        return self.offsets.nbytes + self.rows.nbytes


@dataclass(frozen=True, slots=True, eq=False)
class Equal:
    """What was found: of each question how many, then all numbers and lists, question by question."""

    counts: NDArray[np.int64]
    refs: NDArray[np.uint32]
    lists: NDArray[np.uint8] | NDArray[np.uint16]


def prefix_bits(size: int) -> int:
    """How long the prefix is for `size` keys, so that about one of them (a quarter to four) begins with each."""
    return min(max(4 * round(math.log2(max(size, 1)) / 4), PREFIXES[0]), PREFIXES[-1])


def row_type(key_bytes: int, bits: int, list_bytes: int) -> np.dtype[np.void]:
    """The rest of a key, the number that is handed back for it, and the number of its list, without gaps.

    NumPy compares such texts byte by byte and takes no heed of zeros at their end, which are equal here when the lengths are.
    """
    return np.dtype([("rest", f"S{key_bytes - bits // 8}"), ("ref", "<u4"), ("list", f"<u{list_bytes}")])
