"""What may be looked at of a picture: a small, grey, blurred copy of its pixels, and nothing else of the file.

The child that decodes the picture says a header of fixed length and that many raw pixels; this process writes them into a PNG of its
own. So no byte of the file gets into the copy: no EXIF, no place, no profile, no comment, no embedded thumbnail, nothing
that hides behind the end of the picture.
"""

import struct
import zlib
from dataclasses import dataclass

from cairndesk.signals.engine.answer import Why

MAGIC = b"CDD1"
# Pixels: the longer side at most, and how far each is spread.
SIDE, BLUR = 160, 8
_LAYOUT = struct.Struct(">4sBBBB")
MOST = _LAYOUT.size + SIDE * SIDE
# What a child is told that shall say this and no hashes.
ORDER = b"\2"
_REASONS = tuple(Why)


@dataclass(frozen=True, slots=True)
class Derivative:
    """`width` times `height` grey pixels of one byte, from the top left, or none and the reason why."""

    why: Why = Why.NOTHING
    level: int = 0
    abi: int = 0
    width: int = 0
    height: int = 0
    pixels: bytes = b""

    def as_png(self) -> bytes:
        """A PNG file of three pieces, in which nothing is told. Source: the PNG specification, third edition."""
        rows = b"".join(b"\0" + self.pixels[at : at + self.width] for at in range(0, len(self.pixels), self.width))
        head = _piece(b"IHDR", struct.pack(">IIBBBBB", self.width, self.height, 8, 0, 0, 0, 0))
        return b"\x89PNG\r\n\x1a\n" + head + _piece(b"IDAT", zlib.compress(rows, 9)) + _piece(b"IEND", b"")


def encode(derivative: Derivative) -> bytes:
    """`derivative` as at most MOST bytes."""
    walls = derivative.level << 4 | derivative.abi
    return _LAYOUT.pack(MAGIC, _REASONS.index(derivative.why), walls, derivative.width, derivative.height) + derivative.pixels


def decode(raw: bytes) -> Derivative | None:
    """The derivative in `raw`, or None when any field is outside of what a child may say."""
    if len(raw) < _LAYOUT.size or not raw.startswith(MAGIC):
        return None
    _, why, walls, width, height = _LAYOUT.unpack_from(raw)
    pixels = raw[_LAYOUT.size :]
    if why >= len(_REASONS) or max(width, height) > SIDE or len(pixels) != width * height:
        return None
    if (_REASONS[why] is Why.NOTHING) is not bool(pixels):
        return None
    return Derivative(_REASONS[why], walls >> 4, walls & 15, width, height, pixels)


def _piece(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
