"""The luminance of a decoded frame, as the decoder has it."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cairndesk.signals.engine.answer import Path

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

# The first plane of these holds nothing but luminance.
_PLANAR = ("yuv4", "yuvj4", "yuva4", "gray", "nv", "p0", "p2", "p4")
# In these a sample stands in the upper bits of its 16.
_UPPER = ("p0", "p2", "p4")
# Video keeps black at 16 and white at 235, unless it says otherwise.
_NARROW, _FULL_RANGE = 255 / 219, 2
_BYTE, _WORD = np.dtype("u1"), np.dtype("<u2")


def of(frame: VideoFrame) -> tuple[NDArray[np.uint8], Path]:
    """The luminance in 8 bits, shape (height, width), and what had to be done for it.

    Samples of more bits keep their upper eight. What has no luminance of its own is converted.
    """
    name = frame.format.name
    path, sample, shift = _way(name)
    if path & Path.FROM_OTHER:
        frame = frame.reformat(format="gray")
    plane = _plane(frame, sample)
    return (plane >> shift).astype(np.uint8) if shift else plane, path


def contrast(frame: VideoFrame) -> float:
    """By how much its samples have to be spread for black to be 0 and white 255."""
    name = frame.format.name
    is_full = frame.color_range == _FULL_RANGE or name.startswith("yuvj") or bool(_way(name)[0] & Path.FROM_OTHER)
    return 1.0 if is_full else _NARROW


@lru_cache(maxsize=64)
def _way(name: str) -> tuple[Path, np.dtype[Any], int]:
    """What has to be done for frames of the format `name`, how wide their samples are, and by how many bits too wide."""
    from av.video.format import VideoFormat  # noqa: PLC0415 - the core must load without the extra

    bits = VideoFormat(name, 16, 16).components[0].bits
    if not name.startswith(_PLANAR) or name.endswith("be") or not 8 <= bits <= 16:
        return Path.STORED_LUMINANCE | Path.FROM_OTHER, _BYTE, 0
    if bits == 8:
        return Path.STORED_LUMINANCE, _BYTE, 0
    return Path.STORED_LUMINANCE | Path.FROM_16_BIT, _WORD, 8 if name.startswith(_UPPER) else bits - 8


def _plane(frame: VideoFrame, sample: np.dtype[Any]) -> NDArray[Any]:
    """The samples where the decoder has them, of which the rows have a gap between them."""
    plane = frame.planes[0]
    return np.ndarray((frame.height, frame.width), sample, buffer=memoryview(plane), strides=(plane.line_size, sample.itemsize))
