"""What may be looked at of a picture or a video: a drawing of its pixels, and nothing else of the file.

The child that decodes the file says a header of fixed length and that many raw pixels; this process writes them into a PNG of its
own. So no byte of the file gets into the drawing: no EXIF, no place, no profile, no comment, no embedded thumbnail, no sound, nothing
that hides behind the end of the picture. How small, blurred and grey it is says a `Manner`; of a video it is a sheet of still frames.
"""

import struct
import zlib
from dataclasses import dataclass
from typing import Self

from cairndesk.signals.engine.answer import Why

MAGIC = b"CDD2"
# Pixels: the longer side of what is shown first, and how far each is spread; the longer side of what is shown at most.
SIDE, BLUR, CLEAR_SIDE = 160, 8, 1024
# A sheet has so many frames in a row, and as many rows.
ACROSS = 3
_LAYOUT = struct.Struct(">4sBBHHB")
# The first byte tells it from what a child is told that shall say hashes.
_ORDER, _KIND = struct.Struct(">BHBBd"), 3
_REASONS = tuple(Why)


@dataclass(frozen=True, slots=True)
class Manner:
    """How something is drawn: the longer side in pixels, by how many each is spread, and whether without colour."""

    side: int = SIDE
    blur: int = BLUR
    is_grey: bool = True

    @property
    def cell(self) -> int:
        """The longer side of one frame of a sheet."""
        return max(1, self.side // 2)

    @property
    def largest(self) -> int:
        """No side of a drawing is longer, a sheet's neither."""
        return max(self.side, ACROSS * self.cell)

    @property
    def most(self) -> int:
        """No answer has more bytes."""
        return _LAYOUT.size + self.largest**2 * (1 if self.is_grey else 3)

    def order(self, seconds: float = 0.0) -> bytes:
        """What a child is told that shall draw; `seconds`: how long one may take that reads a video."""
        return _ORDER.pack(_KIND, self.side, self.blur, self.is_grey, seconds)

    @classmethod
    def told(cls, order: bytes) -> tuple[Self, float] | None:
        """The same as the child reads it; None for an order that asks for something else."""
        if len(order) != _ORDER.size or order[0] != _KIND:
            return None
        _, side, blur, is_grey, seconds = _ORDER.unpack(order)
        return cls(side, blur, bool(is_grey)), seconds


@dataclass(frozen=True, slots=True)
class Derivative:
    """`width` times `height` pixels from the top left, of one byte each, or of three in colour; or none and the reason why."""

    why: Why = Why.NOTHING
    level: int = 0
    abi: int = 0
    width: int = 0
    height: int = 0
    pixels: bytes = b""

    @property
    def channels(self) -> int:
        """Bytes a pixel."""
        return len(self.pixels) // max(1, self.width * self.height)

    def as_png(self) -> bytes:
        """A PNG file of three pieces, in which nothing is told. Source: the PNG specification, third edition."""
        row, colour = self.width * self.channels, 2 if self.channels == 3 else 0
        rows = b"".join(b"\0" + self.pixels[at : at + row] for at in range(0, len(self.pixels), row))
        head = _piece(b"IHDR", struct.pack(">IIBBBBB", self.width, self.height, 8, colour, 0, 0, 0))
        return b"\x89PNG\r\n\x1a\n" + head + _piece(b"IDAT", zlib.compress(rows, 6)) + _piece(b"IEND", b"")


def encode(derivative: Derivative) -> bytes:
    """`derivative` as a child says it."""
    walls, why = derivative.level << 4 | derivative.abi, _REASONS.index(derivative.why)
    return _LAYOUT.pack(MAGIC, why, walls, derivative.width, derivative.height, derivative.channels) + derivative.pixels


def decode(raw: bytes, manner: Manner) -> Derivative | None:
    """The derivative in `raw`, or None when any field is outside of what a child may say that was told to draw in this manner."""
    if len(raw) < _LAYOUT.size or not raw.startswith(MAGIC):
        return None
    _, why, walls, width, height, channels = _LAYOUT.unpack_from(raw)
    pixels = raw[_LAYOUT.size :]
    if why >= len(_REASONS) or max(width, height) > manner.largest or len(pixels) != width * height * channels:
        return None
    if (_REASONS[why] is Why.NOTHING) is not bool(pixels) or (pixels and channels != (1 if manner.is_grey else 3)):
        return None
    return Derivative(_REASONS[why], walls >> 4, walls & 15, width, height, pixels)


def _piece(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
