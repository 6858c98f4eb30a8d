"""PDQ: 256 bits of a picture that survive copying, and the same for its eight turns and mirror images from one transform.

The bits are those of `pdqhash` (compared in the tests), at a small part of its time and memory: its own buffers need
27 bytes a pixel.
Source: "PDQ & TMK + PDQF", the paper and reference code published by Meta (BSD).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from cairndesk.signals.engine.answer import FORMS
from cairndesk.signals.engine.compiled import at, library
from cairndesk.signals.engine.means import SIDE, Floats, means, rows_of

# Below this PDQ's own measure of detail, unrelated pictures collide: a match would accuse at random.
PLAIN_BELOW = 50
MAX_SIDE = 65_535

_BITS = 16
_TOO_SMALL = 5  # as in the reference code: such pictures have no hash and quality 0


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


def of_strips(strips: Iterable[NDArray[np.uint8]], height: int, width: int, *, contrast: float = 1.0) -> PdqForms:
    """The PDQ hashes of a picture that arrives as strips from top to bottom: RGB of shape (rows, width, 3), or luminance (rows, width).

    `contrast`: by how much the samples have to be spread to fill their range; it changes the quality and no bit.
    """
    if min(height, width) < _TOO_SMALL:
        return PdqForms((bytes(32),) * len(FORMS), 0)
    return _forms(means(strips, height, width) * contrast)


def quality(mean: Floats) -> int:
    """PDQ's measure of detail: the sum of all steps between neighbours, 0 (plain) to 100."""
    if (kernel := library()) is not None:
        return min(100, int(kernel.cairn_steps(at(np.ascontiguousarray(mean)))) // 90)
    steps = (np.abs(np.trunc(np.diff(mean, axis=axis) * (100 / 255))).sum() for axis in (0, 1))
    return min(100, int(sum(steps)) // 90)


def _forms(mean: Floats) -> PdqForms:
    cosines, (signs, is_across) = _cosines(), _turns()
    coefficients = cosines @ mean @ cosines.T
    every = (signs * np.where(is_across, coefficients.T, coefficients)).reshape(len(FORMS), _BITS * _BITS)
    medians = np.partition(every, 127, axis=1)[:, 127:128]
    packed = np.packbits((every > medians)[:, ::-1], axis=1)
    return PdqForms(tuple(row.tobytes() for row in packed), quality(mean))


@lru_cache(maxsize=1)
def _turns() -> tuple[Floats, NDArray[np.bool_]]:
    """Of each form by which signs the waves are taken, and whether across instead of down.

    Turning the picture over changes the sign of every odd-numbered wave, and nothing else.
    """
    one = np.ones((_BITS, _BITS))
    sign = np.where(np.arange(_BITS) % 2 == 0, -1.0, 1.0)
    rows, columns = one * sign[:, None], one * sign[None, :]
    signs = np.stack([one, rows, rows * columns, columns, rows, columns, one, rows * columns])
    return signs, np.array([0, 1, 0, 1, 0, 0, 1, 1], bool)[:, None, None]


@lru_cache(maxsize=1)
def _cosines() -> Floats:
    wave, place = np.arange(1, _BITS + 1)[:, None], np.arange(SIDE)[None, :]
    return np.asarray(np.sqrt(2 / SIDE) * np.cos(np.pi / (2 * SIDE) * wave * (2 * place + 1)))
