"""Small pictures beside words, drawn here and sent within the page: black on clear, and nothing that the words do not say.

Format: PNG (ISO/IEC 15948), one bit a pixel, grey, with white made clear. One takes about 150 bytes.
"""

import base64
import functools
import struct
import zlib
from collections.abc import Callable

SIDE = 24
Shape = Callable[[float, float], bool]
_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def _disc(x: float, y: float, radius: float) -> Shape:
    return lambda a, b: (a - x) ** 2 + (b - y) ** 2 <= radius**2


def _box(left: float, top: float, right: float, bottom: float) -> Shape:
    return lambda a, b: left <= a <= right and top <= b <= bottom


def _line(x: float, y: float, to_x: float, to_y: float) -> Shape:
    """Two and a half pixels wide, with round ends."""
    length = (to_x - x) ** 2 + (to_y - y) ** 2

    def near(a: float, b: float) -> bool:
        along = max(0.0, min(1.0, ((a - x) * (to_x - x) + (b - y) * (to_y - y)) / length))
        return (a - x - along * (to_x - x)) ** 2 + (b - y - along * (to_y - y)) ** 2 <= 1.25**2

    return near


def _all(*shapes: Shape) -> Shape:
    return lambda a, b: any(shape(a, b) for shape in shapes)


def _less(shape: Shape, *holes: Shape) -> Shape:
    return lambda a, b: shape(a, b) and not _all(*holes)(a, b)


def _person(x: float, size: float, foot: float = 22) -> Shape:
    """A head above shoulders; `size` is how high they stand."""
    shoulders = _less(_disc(x, foot, size * 0.45), _box(0, foot, SIDE, 2 * SIDE))
    return _all(_disc(x, foot - size * 0.75, size * 0.24), shoulders)


def _ring(x: float, y: float, radius: float) -> Shape:
    return _less(_disc(x, y, radius), _disc(x, y, radius - 2.5))


_HEART = _all(_disc(7.5, 9, 5), _disc(16.5, 9, 5), _less(lambda a, b: abs(a - 12) + (b - 8) * 0.85 <= 11.5, _box(0, 0, SIDE, 9)))
_BUBBLE = _all(_box(2, 3, 22, 16), lambda a, b: 16 <= b <= 21 and 6 <= a <= 12 - (b - 16))
_PICTURES: dict[str, Shape] = {
    "child": _person(12, 18),
    "friend": _all(_person(6.5, 16), _person(17.5, 16)),
    "carer": _all(_person(7.5, 20), _person(18.5, 12)),
    "professional": _less(_all(_ring(12, 7, 5), _box(2, 7, 22, 21)), _box(2, 12.5, 10, 14), _box(14, 12.5, 22, 14)),
    "survivor": _all(_line(4, 21, 20, 21), _line(12, 21, 12, 10), _disc(8, 9, 4), _disc(16, 9, 4), _disc(12, 5, 4)),
    "advice": _less(_BUBBLE, _box(6, 7, 18, 8.5), _box(6, 11, 14, 12.5)),
    "happening_now": _less(_all(_disc(12, 9, 6), _box(6, 9, 18, 15), _box(3, 15, 21, 18), _disc(12, 20, 2.5)), _box(3, 18, 21, 18.6)),
    "self_harm": _HEART,
    "meeting_soon": _less(_all(_disc(12, 9, 7), lambda a, b: 9 <= b <= 22 and abs(a - 12) <= (22 - b) * 0.5), _disc(12, 9, 3)),
    "can_reach": _all(_person(18, 16), _line(2, 12, 10, 12), _line(6, 8, 10, 12), _line(6, 16, 10, 12)),
    "deadline": _all(_ring(12, 12, 10), _line(12, 6, 12, 12), _line(12, 12, 16, 14)),
    "not_now": _less(_disc(11, 13, 9), _disc(15.5, 9.5, 8)),
}


@functools.cache
def icon(code: str) -> str:
    """The picture for a code as the address of an image; empty where there is none."""
    shape = _PICTURES.get(code)
    return f"data:image/png;base64,{base64.b64encode(_png(shape)).decode()}" if shape else ""


def _png(shape: Shape) -> bytes:
    rows = (int("".join("01"[not shape(a + 0.5, b + 0.5)] for a in range(SIDE)), 2) for b in range(SIDE))
    raw = b"".join(b"\0" + row.to_bytes(SIDE // 8, "big") for row in rows)
    head = _part(b"IHDR", struct.pack(">IIBBBBB", SIDE, SIDE, 1, 0, 0, 0, 0))
    return _SIGNATURE + head + _part(b"tRNS", b"\0\1") + _part(b"IDAT", zlib.compress(raw, 9)) + _part(b"IEND", b"")


def _part(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
