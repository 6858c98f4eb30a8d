"""PDQ: 256 bits of a picture that survive copying, and the same for its eight turns and mirror images from one transform.

The bits are those of `pdqhash` (compared in the tests), at a small part of its time and memory: its own buffers need
27 bytes a pixel. They are not where a side has 8 or 16 pixels: drawn out to 64, some waves of such a picture are nothing at all, and which
side of the middle they fall on is rounding, theirs of seven digits and ours of sixteen.
Source: "PDQ & TMK + PDQF", the paper and reference code published by Meta (BSD).
"""

import ctypes
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cairndesk.signals.engine.answer import FORMS
from cairndesk.signals.engine.compiled import at, library
from cairndesk.signals.engine.means import SIDE, Floats, band, means, pointers, rows_of

# Below this PDQ's own measure of detail, unrelated pictures collide: a match would accuse at random.
PLAIN_BELOW = 50
MAX_SIDE = 65_535

_BITS = 16
_BYTES = _BITS * _BITS // 8
_FORMS = ctypes.c_uint32(len(FORMS))
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


def of_light(light: NDArray[np.uint8], *, contrast: float = 1.0) -> PdqForms:
    """The same of a whole picture of luminance, shape (height, width), of which the rows may have a gap between them: a frame of a video.

    In one call of the kernel: between two frames a decoder fills the caches with other things, and each step here costs three times what it does
    when it is measured alone.
    """
    height, width = light.shape
    kernel = library()
    if kernel is None or min(height, width) < _TOO_SMALL or light.strides[1] != 1 or light.strides[0] < width:
        return of_strips([light], height, width, contrast=contrast)
    hashes = ctypes.create_string_buffer(_BYTES * len(FORMS))
    size, parts = _sized(height, width)
    steps = kernel.cairn_light(at(light), ctypes.c_uint64(light.strides[0]), *size, ctypes.c_double(contrast), *parts, *_tables(), _FORMS, hashes)
    if steps < 0:
        raise MemoryError
    return PdqForms(tuple(hashes.raw[start : start + _BYTES] for start in range(0, len(hashes), _BYTES)), _of_steps(steps))


def quality(mean: Floats) -> int:
    """PDQ's measure of detail: the sum of all steps between neighbours, 0 (plain) to 100.

    Stripes have steps in one direction only, and count as plain: in the other one there is nothing but grain and rounding, of which half
    of the bits would be made, and no two copies would meet.
    """
    if (kernel := library()) is not None:
        held = np.ascontiguousarray(mean)
        return _of_steps(kernel.cairn_steps(at(held)))
    down, across = (int(np.abs(np.trunc(np.diff(mean, axis=axis) * (100 / 255))).sum()) for axis in (0, 1))
    return _of_steps(down + across) if down and across else 0


def _of_steps(steps: float) -> int:
    return min(100, int(steps) // 90)


def _forms(mean: Floats) -> PdqForms:
    hashes = _plain(mean) if library() is None else _compiled(mean)
    return PdqForms(tuple(row.tobytes() for row in hashes), quality(mean))


def _plain(mean: Floats) -> NDArray[np.uint8]:
    """The hashes of all forms, shape (8, 32)."""
    cosines, (signs, is_across) = _cosines(), _turns()
    coefficients = cosines @ mean @ cosines.T
    every = (signs * np.where(is_across, coefficients.T, coefficients)).reshape(len(FORMS), _BITS * _BITS)
    medians = np.partition(every, 127, axis=1)[:, 127:128]
    return np.packbits((every > medians)[:, ::-1], axis=1)


def _compiled(mean: Floats) -> NDArray[np.uint8]:
    """The same by `means.c`."""
    kernel, hashes = library(), np.empty((len(FORMS), _BYTES), np.uint8)
    if kernel is not None:
        held = np.ascontiguousarray(mean)
        kernel.cairn_forms(at(held), *_tables(), _FORMS, at(hashes))
    return hashes


_EVEN_ROWS, _EVEN_COLUMNS, _ACROSS = 1, 2, 4
_BOTH = _EVEN_ROWS | _EVEN_COLUMNS
# Of each form which waves change their sign, and whether it is taken across instead of down. Turning the picture over changes the sign of
# every odd-numbered wave, and nothing else; waves are counted from 1, so these stand in the even rows and columns.
_TURNS = (0, _EVEN_ROWS | _ACROSS, _BOTH, _EVEN_COLUMNS | _ACROSS, _EVEN_ROWS, _EVEN_COLUMNS, _ACROSS, _BOTH | _ACROSS)


@lru_cache(maxsize=1)
def _turns() -> tuple[Floats, NDArray[np.bool_]]:
    """The same as signs by which the waves are taken, shape (8, 16, 16), and who is taken across."""
    turns, is_even = np.array(_TURNS), np.arange(_BITS) % 2 == 0
    rows = np.where(is_even & (turns & _EVEN_ROWS > 0)[:, None], -1.0, 1.0)[:, :, None]
    columns = np.where(is_even & (turns & _EVEN_COLUMNS > 0)[:, None], -1.0, 1.0)[:, None, :]
    return rows * columns, (turns & _ACROSS > 0)[:, None, None]


@lru_cache(maxsize=8)
def _sized(height: int, width: int) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """What the kernel is told of a picture of this size: the size, and the two bands."""
    return (ctypes.c_uint32(height), ctypes.c_uint32(width)), tuple(ctypes.byref(pointers(band(side), 0)) for side in (height, width))


@lru_cache(maxsize=1)
def _tables() -> tuple[ctypes.Array[ctypes.c_double], ctypes.Array[ctypes.c_double], ctypes.Array[ctypes.c_uint8]]:
    """The cosines down and across, and the turns, as the kernel wants them."""
    size = _BITS * SIDE
    down, across = ((ctypes.c_double * size)(*of.ravel()) for of in (_cosines(), _cosines().T))
    return down, across, (ctypes.c_uint8 * len(FORMS))(*_TURNS)


@lru_cache(maxsize=1)
def _cosines() -> Floats:
    wave, place = np.arange(1, _BITS + 1)[:, None], np.arange(SIDE)[None, :]
    return np.asarray(np.sqrt(2 / SIDE) * np.cos(np.pi / (2 * SIDE) * wave * (2 * place + 1)))
