"""The 64 x 64 means of a picture from which PDQ is made: two banded matrices, in strips and in little memory.

The published algorithm blurs twice with a box in each direction and then keeps every n-th sample. All of that is
linear and separable, so the means are `down(height) @ luminance @ down(width).T`; luminance is linear too, and is
applied after the rows are summed. `means.c` is the compiled half, and `_plain` the same in NumPy.
Source: "PDQ & TMK + PDQF", the paper and reference code published by Meta (BSD).
"""

import ctypes
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cairndesk.signals.engine.compiled import at, library

SIDE = 64
STRIP = 1 << 19
"""Pixels that are worked on at a time."""

_LUMA = np.array([0.299, 0.587, 0.114], dtype=np.float32)
# Places of a row that `means.c` weighs at once: rows of weights are filled up to a multiple of it.
_AT_ONCE = 8
# Boxes up to this many places are counted in whole numbers; above, the weights are fractions.
_MOST_PLACES = 32

Floats = NDArray[np.float64]
_Singles = NDArray[np.float32]
_Strip = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Band:
    """What each of 64 outputs takes: output i takes the places first[i] to last[i] - 1, with weights[i, :last[i] - first[i]].

    Where no box is cut by an edge the weights are scale[i] * counts[i], with whole counts; elsewhere scale[i] is 0.
    """

    first: NDArray[np.uint32]
    last: NDArray[np.uint32]
    weights: _Singles
    counts: NDArray[np.uint16]
    scale: _Singles


def means(strips: Iterable[_Strip], height: int, width: int) -> Floats:
    """The 64 x 64 means of luminance (0 to 255) of a picture that arrives as strips from top to bottom.

    A strip has the shape (rows, width, 3) for RGB or (rows, width) for luminance alone.
    """
    add = _plain if library() is None else _compiled
    down, across = band(height), band(width)
    total, top = np.zeros((SIDE, SIDE)), 0
    for strip in strips:
        if len(strip) == height:
            # A frame of a video comes whole; a microsecond here and there is a tenth of what hashing it takes.
            return add(np.ascontiguousarray(strip), 0, down, slice(0, SIDE), across)
        bottom = top + len(strip)
        start, end = np.searchsorted(down.last, top, "right"), np.searchsorted(down.first, bottom)
        total[start:end] += add(np.ascontiguousarray(strip), top, down, slice(start, end), across)
        top = bottom
    return total


def rows_of(width: int) -> int:
    """How many rows of this width make a strip."""
    return max(1, STRIP // max(1, width))


def _plain(strip: _Strip, top: int, down: Band, outputs: slice, across: Band) -> Floats:
    """What the strip, whose first row is row `top` of the picture, adds to these outputs: shape (outputs, 64)."""
    flat, numbers = strip.reshape(len(strip), -1), range(SIDE)[outputs]
    sums = np.empty((len(numbers), flat.shape[1]), np.float32)
    for line, number in zip(sums, numbers, strict=True):
        first = int(down.first[number])
        start, end = max(first, top), min(int(down.last[number]), top + len(strip))
        np.dot(down.weights[number, start - first : end - first], flat[start - top : end - top].astype(np.float32), out=line)
    light = sums.reshape(len(numbers), -1, 3) @ _LUMA if strip.ndim == 3 else sums
    return (light @ _dense(strip.shape[1])).astype(np.float64)


def _compiled(strip: _Strip, top: int, down: Band, outputs: slice, across: Band) -> Floats:
    """The same by `means.c`."""
    kernel, many = library(), outputs.stop - outputs.start
    channels = 3 if strip.ndim == 3 else 1
    found, room = np.empty((many, SIDE)), np.empty(4 * strip.shape[1] + _AT_ONCE, np.float32)
    if kernel is not None:
        size = map(ctypes.c_uint32, (len(strip), strip.shape[1], channels, top))
        parts = pointers(down, outputs.start), pointers(across, 0)
        kernel.cairn_means(at(strip), *size, ctypes.byref(parts[0]), ctypes.c_uint32(many), ctypes.byref(parts[1]), at(room), at(found))
    return found


class _Band(ctypes.Structure):
    arrays: list[NDArray[Any]]
    _fields_ = [*((name, ctypes.c_void_p) for name in ("first", "last", "weights", "counts", "scale")), ("wide", ctypes.c_uint32)]


@lru_cache(maxsize=64)
def pointers(part: Band, start: int) -> _Band:
    """`part` from output `start` on, as the kernel wants it; kept, because frames of a video are alike."""
    arrays = [array[start:] for array in (part.first, part.last, part.weights, part.counts, part.scale)]
    held = _Band(*(array.ctypes.data for array in arrays), part.weights.shape[1])
    # What is pointed to lives as long as what points to it.
    held.arrays = arrays
    return held


@lru_cache(maxsize=8)
def band(length: int) -> Band:
    """The two box blurs and the sampling after them, for a side of `length` pixels; the weights of an output add up to 1."""
    low, high = _windows(length)
    full = _box(length)
    places = ((np.arange(SIDE) + 0.5) * length / SIDE).astype(int)
    first, last = low[low[places]], high[high[places] - 1]
    share = 1.0 / (high - low)
    # As deltas: each of the 64 wanted places is a mean of means, so a box of boxes.
    longest = int((last - first).max())
    deltas = np.zeros((SIDE, longest + -longest % _AT_ONCE + 1))
    scale = np.zeros(SIDE, np.float32)
    for row, place in enumerate(places):
        window = slice(low[place], high[place])
        np.add.at(deltas[row], low[window] - first[row], share[window] * share[place])
        np.add.at(deltas[row], high[window] - first[row], -share[window] * share[place])
        is_whole = (high - low)[window].min() == high[place] - low[place] == full
        scale[row] = is_whole and full <= _MOST_PLACES and 1 / full**2
    weights = np.maximum(np.cumsum(deltas, axis=1)[:, :-1], 0)
    # What rounding leaves behind the last place, and what only fills up.
    weights[np.arange(weights.shape[1]) >= (last - first)[:, None]] = 0
    counts = np.where(scale[:, None] > 0, np.rint(weights * full**2), 0)
    return Band(first.astype(np.uint32), last.astype(np.uint32), weights.astype(np.float32), counts.astype(np.uint16), scale)


@lru_cache(maxsize=8)
def _dense(length: int) -> _Singles:
    """The same as a matrix, length x 64."""
    part, matrix = band(length), np.zeros((SIDE, length), np.float32)
    for row, line in enumerate(matrix):
        first, last = int(part.first[row]), int(part.last[row])
        line[first:last] = part.weights[row, : last - first]
    return np.ascontiguousarray(matrix.T)


def _box(length: int) -> int:
    """How many places a box covers."""
    return (length + 2 * SIDE - 1) // (2 * SIDE)


def _windows(length: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Of each place the half-open range that its box covers, cut at the ends."""
    full = _box(length)
    high = np.arange(length, dtype=np.int64) + (full + 2) // 2
    return np.maximum(high - full, 0), np.minimum(high, length)
