"""From keys to the table of one kind."""

import numpy as np
from numpy.typing import NDArray

from cairndesk.signals.engine.exact.tables import Table, prefix_bits, row_type

_WORD, _BLOCK = 8, 1 << 20


def build(keys: NDArray[np.uint8], refs: NDArray[np.uint32], lists: NDArray[np.uint8] | NDArray[np.uint16], *, bits: int | None = None) -> Table:
    """The table of keys of shape (n, at least 8), each with a number that is handed back and the number of its list.

    `bits` takes another prefix than the best one. Beside the table this needs some 40 bytes a key.
    """
    if not len(keys) == len(refs) == len(lists):
        raise ValueError("one number and one list for each key")
    bits = prefix_bits(len(keys)) if bits is None else bits
    order = _order(keys)
    rows = np.empty(len(keys), row_type(keys.shape[1], bits, lists.itemsize))
    for at in range(0, len(keys), _BLOCK):
        some = order[at : at + _BLOCK]
        rows["rest"][at : at + _BLOCK] = rests(keys[some], bits)
    rows["ref"], rows["list"] = refs[order], lists[order]
    offsets = np.zeros((1 << bits) + 1, np.uint32)
    np.cumsum(np.bincount(prefixes(keys, bits), minlength=1 << bits), out=offsets[1:])
    return Table(bits, offsets, rows)


def prefixes(keys: NDArray[np.uint8], bits: int) -> NDArray[np.uint32]:
    """The first `bits` of each key."""
    return np.ascontiguousarray(keys[:, :4]).view(">u4").ravel().astype(np.uint32) >> np.uint32(32 - bits)


def rests(keys: NDArray[np.uint8], bits: int) -> NDArray[np.bytes_]:
    """Each key without the whole bytes of its prefix."""
    return np.ascontiguousarray(keys[:, bits // 8 :]).view(f"S{keys.shape[1] - bits // 8}").ravel()


def _order(keys: NDArray[np.uint8]) -> NDArray[np.int64]:
    """The order of the keys; equal ones stay as they came. Few share their first eight bytes: only those are compared in full."""
    first = _word(keys, 0)
    order = np.argsort(first, kind="stable")
    first = first[order]
    same = first[1:] == first[:-1]
    shared = np.flatnonzero(np.concatenate([[False], same]) | np.concatenate([same, [False]]))
    some = order[shared]
    places = [*range(0, keys.shape[1] - _WORD, _WORD), keys.shape[1] - _WORD]
    order[shared] = some[np.lexsort([_word(keys[some], at) for at in reversed(places)])]
    return order


def _word(keys: NDArray[np.uint8], at: int) -> NDArray[np.uint64]:
    return np.ascontiguousarray(keys[:, at : at + _WORD]).view(">u8").ravel().astype(np.uint64)
