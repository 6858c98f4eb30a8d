"""PDQ as one linear operator: any picture becomes 64 x 64 means by two matrices, in strips and in little memory.

The published algorithm blurs twice with a box in each direction and then keeps every n-th sample. All of that is
linear and separable, so the 64 x 64 means are `down(height) @ luma @ down(width).T`. The bits are those of `pdqhash`
(compared in the tests), at a small part of its time and memory: its own buffers need 27 bytes a pixel.
Source: "PDQ & TMK + PDQF", the paper and reference code published by Meta (BSD).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

# What has to be done to the picture in hand for it to look like the listed one; turns are counter-clockwise.
FORMS = ("identity", "turned 90", "turned 180", "turned 270", "flipped", "mirrored", "transposed", "transversed")
# Below this PDQ's own measure of detail, unrelated pictures collide: a match would accuse at random.
PLAIN_BELOW = 50
MAX_SIDE = 65_535
STRIP = 1 << 19
"""Pixels that are worked on at a time."""

_SIDE, _BITS = 64, 16
_TOO_SMALL = 5  # as in the reference code: such pictures have no hash and quality 0
_LUMA = np.array([0.299, 0.587, 0.114], dtype=np.float32)

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class PdqForms:
    """The PDQ hashes (32 bytes each) of one picture in the order of FORMS, and its quality from 0 to 100."""

    hashes: tuple[bytes, ...]
    quality: int


def of_rgb(rgb: NDArray[np.uint8]) -> PdqForms:
    """The PDQ hashes of a whole picture, shape (height, width, 3)."""
    height, width, _ = rgb.shape
    rows = rows_of(width)
    return of_strips((rgb[top : top + rows] for top in range(0, height, rows)), height, width)


def of_strips(strips: Iterable[NDArray[np.uint8]], height: int, width: int) -> PdqForms:
    """The PDQ hashes of a picture that arrives as strips of whole RGB rows from top to bottom."""
    if min(height, width) < _TOO_SMALL:
        return PdqForms((bytes(32),) * len(FORMS), 0)
    return _forms(means(strips, height, width))


def rows_of(width: int) -> int:
    """How many rows of this width make a strip."""
    return max(1, STRIP // max(1, width))


def means(strips: Iterable[NDArray[np.uint8]], height: int, width: int) -> Floats:
    """The 64 x 64 means of luminance (0 to 255) from which the hash is made."""
    down, across = _down(height), _down(width).T
    total, top = np.zeros((_SIDE, _SIDE)), 0
    for strip in strips:
        bottom = top + len(strip)
        total += down[:, top:bottom].astype(np.float64) @ ((strip @ _LUMA) @ across).astype(np.float64)
        top = bottom
    return total


def quality(mean: Floats) -> int:
    """PDQ's measure of detail: the sum of all steps between neighbours, 0 (plain) to 100."""
    steps = (np.abs(np.trunc(np.diff(mean, axis=axis) * (100 / 255))).sum() for axis in (0, 1))
    return min(100, int(sum(steps)) // 90)


def _forms(mean: Floats) -> PdqForms:
    cosines = _cosines()
    coefficients = cosines @ mean @ cosines.T
    # Turning the picture over changes the sign of every odd-numbered wave, and nothing else.
    sign = np.where(np.arange(_BITS) % 2 == 0, -1.0, 1.0)
    rows, columns, across = sign[:, None], sign[None, :], coefficients.T
    every = (
        coefficients, across * rows, coefficients * rows * columns, across * columns,
        coefficients * rows, coefficients * columns, across, across * rows * columns,
    )  # fmt: skip
    return PdqForms(tuple(map(_bits, every)), quality(mean))


def _bits(coefficients: Floats) -> bytes:
    flat = coefficients.ravel()
    median = np.partition(flat, 127)[127]
    return np.packbits((flat > median)[::-1]).tobytes()


@lru_cache(maxsize=1)
def _cosines() -> Floats:
    wave, place = np.arange(1, _BITS + 1)[:, None], np.arange(_SIDE)[None, :]
    return np.asarray(np.sqrt(2 / _SIDE) * np.cos(np.pi / (2 * _SIDE) * wave * (2 * place + 1)))


@lru_cache(maxsize=8)
def _down(length: int) -> NDArray[np.float32]:
    """The 64 x `length` matrix of the two box blurs and the sampling after them; each row sums to 1."""
    low, high = _windows(length)
    share = 1.0 / (high - low)
    # As deltas: each of the 64 wanted places is a mean of means, so a box of boxes.
    deltas = np.zeros((_SIDE, length + 1))
    for row, place in enumerate(((np.arange(_SIDE) + 0.5) * length / _SIDE).astype(int)):
        window = slice(low[place], high[place])
        np.add.at(deltas[row], low[window], share[window] * share[place])
        np.add.at(deltas[row], high[window], -share[window] * share[place])
    return np.cumsum(deltas, axis=1)[:, :length].astype(np.float32)


def _windows(length: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Of each place the half-open range that its box covers, cut at the ends."""
    full = (length + 2 * _SIDE - 1) // (2 * _SIDE)
    high = np.arange(length, dtype=np.int64) + (full + 2) // 2
    return np.maximum(high - full, 0), np.minimum(high, length)
