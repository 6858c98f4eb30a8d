"""From hashes to the tables of an index: each chunk's postings by value, in little room and still read in one step."""

import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from cairndesk.signals.engine.near import kernels
from cairndesk.signals.engine.near.layout import Layout, as_words, layout_for
from cairndesk.signals.engine.near.tables import MOST_BLOCK_BITS, WIDE, Kernel, Postings, Tables, Words

_WANTED_IN_A_BLOCK, _MOST_IN_A_BLOCK = 170, 255
_Edges = tuple[NDArray[np.uint32], NDArray[np.uint8], NDArray[np.uint32]]


def build(
    hashes: NDArray[np.uint8], refs: NDArray[np.uint32], lists: NDArray[np.uint16], *, chunks: int | None = None, kernel: Kernel | None = None
) -> Tables:
    """The tables of hashes of shape (n, 32), each with a number that is handed back and the number of its list.

    Every `kernel` gives the same bytes.
    """
    if not len(hashes) == len(refs) == len(lists):
        raise ValueError("one number and one list for each hash")
    kernel = kernel or kernels.best()
    words, layout = as_words(hashes), layout_for(len(hashes), chunks=chunks)
    order = kernel.order(words, layout.chunks[0])
    # `take` moves whole rows; indexing by an array is four times slower here.
    words, bits = np.take(words, order, axis=0), _block_bits(len(words), layout.chunks[0].width)
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        postings = tuple(pool.map(lambda at: _postings(words, layout, at, bits, kernel), range(len(layout.chunks))))
    return Tables(layout, bits, words, refs[order], lists[order], postings)


def _block_bits(size: int, width: int) -> int:
    """How many values share a base, so that their postings can usually be counted in one byte."""
    usual = size / (1 << width)
    return MOST_BLOCK_BITS if not usual else min(MOST_BLOCK_BITS, max(0, int(np.log2(_WANTED_IN_A_BLOCK / usual))))


def _postings(words: Words, layout: Layout, at: int, bits: int, kernel: Kernel) -> Postings:
    counts, sketches, ids = kernel.lay(words, layout.chunks[at], layout.id_bits if at else 0)
    return Postings(*_edges(counts, bits), sketches, ids)


def _edges(counts: NDArray[np.uint32], bits: int) -> _Edges:
    block = 1 << bits
    ends = np.cumsum(counts, dtype=np.uint32).reshape(-1, block)
    base = np.concatenate([np.zeros(1, np.uint32), ends[:-1, -1]])
    full = np.flatnonzero(ends[:, -1] - base > _MOST_IN_A_BLOCK)
    wide = np.concatenate([base[full, None], ends[full]], axis=1).ravel()
    inside = (ends - base[:, None]).astype(np.uint8).ravel()
    base[full] = WIDE | np.arange(len(full), dtype=np.uint32) * (block + 1)
    return base, inside, wide
