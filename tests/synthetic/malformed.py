"""Malformed pictures and videos, made by code from drawn ones: the same for the same seed, and without an end.

`SOAK_PICTURES` may name a folder of more to begin with, such as `Tests/images` of Pillow's source distribution.
"""

import os
import random
import struct
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

from PIL import Image
from PIL.PngImagePlugin import PngInfo
from tests.synthetic import pictures, videos

_EXTREME = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
_LARGE = 1 << 20
# Beginnings of formats that are decoded, and of some that are not: archives, documents, pages, programs.
_BEGINNINGS = (
    b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n", b"RIFF\xff\xff\xff\xffWEBPVP8X", b"GIF89a", b"BM", b"II*\0", b"MM\0*", b"\0\0\0\x18ftypmp42",
    b"\x1a\x45\xdf\xa3", b"RIFF\xff\xff\xff\xffAVI LIST", b"PK\3\4", b"\x1f\x8b\x08", b"7z\xbc\xaf\x27\x1c", b"%PDF-1.7\n", b"<svg><script>",
    b"%!PS\n", b"\x7fELF", b"ustar\0",
)  # fmt: skip


def malformed(seed: int) -> Iterator[bytes]:
    """Files without an end: mostly damaged ones, some that claim far too much, some that are nothing but a beginning."""
    dice = random.Random(seed)  # noqa: S311 - files that can be made again, no secret
    while True:
        make = dice.choices((_damaged, _sound, _joined, _noise, _claiming), (75, 5, 6, 7, 7))[0]
        yield make(dice)


def _sound(dice: random.Random) -> bytes:
    return dice.choice(whole())


def _damaged(dice: random.Random) -> bytes:
    data = bytearray(dice.choice(whole()))
    for _ in range(dice.choice((1, 1, 2, 4, 16))):
        dice.choice(_DAMAGES)(data, dice)
    return bytes(data)


def _joined(dice: random.Random) -> bytes:
    """The beginning of one file and the end of another."""
    one, other = dice.choice(whole()), dice.choice(whole())
    return one[: dice.randrange(len(one))] + other[dice.randrange(len(other)) :]


def _noise(dice: random.Random) -> bytes:
    return dice.choice(_BEGINNINGS) + dice.randbytes(dice.randrange(4000))


def _claiming(dice: random.Random) -> bytes:
    """A head that promises a large picture, just within what may be decoded or far beyond, and hardly anything behind it."""
    side = dice.choice((7_000, 7_071, 7_072, 60_000, 0xFFFF))
    width, height = dice.choice(((side, side), (side, 1), (1, side)))
    rest = dice.randbytes(dice.randrange(2000))
    heads = (_gif_head, _bmp_head, _png_head, _jpeg_head, _tiff_head, _webp_head)
    return dice.choice(heads)(width, height) + rest


def _gif_head(width: int, height: int) -> bytes:
    canvas = b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + bytes(6)
    return canvas + b"\x2c" + struct.pack("<HHHHB", 0, 0, width, height, 0) + b"\x08"


def _bmp_head(width: int, height: int) -> bytes:
    return b"BM" + struct.pack("<IHHI", 54, 0, 0, 54) + struct.pack("<IiiHHIIiiII", 40, width, height, 1, 24, 0, 0, 0, 0, 0, 0)


def _png_head(width: int, height: int) -> bytes:
    head = pictures.chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 1))
    return b"\x89PNG\r\n\x1a\n" + head + struct.pack(">I", 1 << 20) + b"IDAT\x78\x9c"


def _jpeg_head(width: int, height: int) -> bytes:
    """A progressive one of three colours, whose coefficients all have to be held."""
    return b"\xff\xd8\xff\xc2" + struct.pack(">HBHHB", 17, 8, height, width, 3) + b"\1\x22\0\2\x22\1\3\x22\1"


def _tiff_head(width: int, height: int) -> bytes:
    entries = ((256, width), (257, height), (273, 8))
    return b"II*\0" + struct.pack("<IH", 8, len(entries)) + b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in entries)


def _webp_head(width: int, height: int) -> bytes:
    size = struct.pack("<HH", width & 0x3FFF, height & 0x3FFF)
    return b"RIFF" + struct.pack("<I", 100) + b"WEBPVP8 " + struct.pack("<I", 90) + b"\x50\x03\0\x9d\x01\x2a" + size


def _flip(data: bytearray, dice: random.Random) -> None:
    if data:
        data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)


def _number(data: bytearray, dice: random.Random) -> None:
    """A number of one, two or four bytes becomes an extreme one; most often near the front, where lengths and sizes stand."""
    size = dice.choice((1, 2, 4))
    at = dice.randrange(max(1, min(len(data), dice.choice((64, 512, 1 << 30)))))
    data[at : at + size] = (dice.choice(_EXTREME) & ((1 << 8 * size) - 1)).to_bytes(size, dice.choice(("little", "big")))


def _cut(data: bytearray, dice: random.Random) -> None:
    del data[dice.randrange(len(data) + 1) :]


def _lose(data: bytearray, dice: random.Random) -> None:
    at = dice.randrange(len(data) + 1)
    del data[at : at + dice.choice((1, 4, 100, 4000))]


def _repeat(data: bytearray, dice: random.Random) -> None:
    at = dice.randrange(len(data) + 1)
    data[at:at] = bytes(data[at : at + 500]) * dice.choice((1, 2, 50))


def _blank(data: bytearray, dice: random.Random) -> None:
    at, length = dice.randrange(len(data) + 1), dice.choice((4, 64, 1000))
    data[at : at + length] = bytes([dice.choice((0, 0xFF, 0x41))]) * length


def _garble(data: bytearray, dice: random.Random) -> None:
    at, length = dice.randrange(len(data) + 1), dice.choice((2, 16, 300))
    data[at : at + length] = dice.randbytes(length)


_DAMAGES: tuple[Callable[[bytearray, random.Random], None], ...] = (_flip, _number, _number, _cut, _lose, _repeat, _blank, _garble)


@cache
def whole() -> tuple[bytes, ...]:
    """Sound files of every kind that is decoded, small ones, and those of other people."""
    colour, more = pictures.scene(96, 72), os.environ.get("SOAK_PICTURES")
    found = sorted(file for file in Path(more).rglob("*") if file.is_file() and file.stat().st_size < _LARGE) if more else []
    return (*_photographs(colour), *_drawings(colour), *_tiffs(colour), *_films(), *(file.read_bytes() for file in found))


def _photographs(colour: Image.Image) -> Iterator[bytes]:
    told = Image.Exif()
    told[0x010E], told[0x0112] = "drawn", 6
    yield pictures.encoded(colour, "JPEG")
    yield pictures.encoded(colour, "JPEG", progressive=True, quality=60)
    yield pictures.encoded(colour, "JPEG", subsampling=0, exif=told, icc_profile=b"no profile" * 20, comment=b"drawn")
    yield pictures.encoded(colour, "JPEG", restart_marker_rows=1)
    yield pictures.encoded(colour.convert("L"), "JPEG")
    yield pictures.encoded(colour.convert("CMYK"), "JPEG")
    yield pictures.encoded(colour, "MPO", save_all=True, append_images=[pictures.scene(96, 72, seed=2)])
    yield pictures.encoded(colour, "WEBP")
    yield pictures.encoded(colour, "WEBP", lossless=True, exif=told)
    yield pictures.encoded(colour.convert("RGBA"), "WEBP", save_all=True, append_images=[pictures.scene(96, 72, seed=2)], duration=100)


def _drawings(colour: Image.Image) -> Iterator[bytes]:
    notes = PngInfo()
    notes.add_text("note", "drawn", zip=True)
    for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16"):
        yield pictures.encoded(colour.convert("L").convert("I").convert(mode) if mode == "I;16" else colour.convert(mode), "PNG", pnginfo=notes)
    yield pictures.encoded(colour, "PNG", save_all=True, append_images=[pictures.scene(96, 72, seed=2)], duration=100)
    yield pictures.encoded(colour.convert("P"), "GIF", save_all=True, append_images=[pictures.scene(96, 72, seed=2)], loop=0)
    yield pictures.encoded(colour.convert("P"), "GIF", transparency=3, interlace=1)
    for mode in ("1", "L", "P", "RGB", "RGBA"):
        yield pictures.encoded(colour.convert(mode), "BMP")


def _tiffs(colour: Image.Image) -> Iterator[bytes]:
    for way in (None, "tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg", "lzma", "zstd"):
        yield pictures.encoded(colour, "TIFF", compression=way)
    yield pictures.encoded(colour.convert("1"), "TIFF", compression="group4")
    yield pictures.encoded(colour.convert("F"), "TIFF")
    yield pictures.encoded(colour, "TIFF", save_all=True, append_images=[pictures.scene(96, 72, seed=2)])


def _films() -> Iterator[bytes]:
    kinds = (("libx264", "mp4"), ("libx264", "mpegts"), ("libvpx", "webm"), ("mpeg4", "avi"), ("libx264", "matroska"), ("flv", "flv"))
    for codec, container in kinds:
        quick = {"deadline": "realtime", "cpu-used": "8"} if codec == "libvpx" else {}
        yield videos.encoded(videos.cuts(1, seconds=0.5, width=160, height=96), codec=codec, container=container, options=quick)
