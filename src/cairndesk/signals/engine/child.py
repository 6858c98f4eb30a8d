"""The process that is made for one file: it walls itself in, reads the file from its standard input, and answers once.

Native libraries are loaded before the walls, while only our own code runs and no byte of the file has been read; the
walls refuse to be put up when any of them has started a thread.
"""

import io
import os
import warnings

from PIL import (
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    JpegImagePlugin,
    MpoImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from cairndesk.signals.engine import compiled, hashing, pdq, walls
from cairndesk.signals.engine.answer import EXACTLY, Answer, Format, Path, State, Why, encode
from cairndesk.signals.engine.stem import copy_for_each

MAX_PIXELS = 50_000_000
_ORIENTATION_TAG = 0x0112
# Loaded now, because the walls allow no file to be opened later.
DECODERS = (JpegImagePlugin, MpoImagePlugin, PngImagePlugin, WebPImagePlugin, GifImagePlugin, BmpImagePlugin, TiffImagePlugin)
# Only what begins like an allowed format is shown to a decoder, and only to that one.
_BEGINNINGS = {
    b"\xff\xd8\xff": Format.JPEG,
    b"\x89PNG\r\n\x1a\n": Format.PNG,
    b"RIFF": Format.WEBP,
    b"GIF87a": Format.GIF,
    b"GIF89a": Format.GIF,
    b"BM": Format.BMP,
    b"II*\0": Format.TIFF,
    b"MM\0*": Format.TIFF,
}


class _UnknownFormat(Exception):
    """The file does not begin like any format that may be decoded."""


def main(minimum: str, order: str) -> None:
    """Answer for one file and end. Below level `minimum` the file is not even read."""
    _load()
    _answer(int(minimum), bytes.fromhex(order), is_apart=False)


def stem(minimum: str, line: str) -> None:
    """The same for each file that comes by the socket `line`, in a copy of this process."""
    _load()
    copy_for_each(int(line), lambda is_apart, order: _answer(int(minimum), order, is_apart=is_apart))


def _load() -> None:
    """Everything that has to be read from the disk is read; the walls allow no file to be opened later."""
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    Image.preinit()
    compiled.library()


def _answer(minimum: int, order: bytes, *, is_apart: bool) -> None:
    level, abi = walls.put_up(is_apart=is_apart)
    if level < max(minimum, walls.Level.MINIMAL):
        answer = Answer(State.UNRENDERABLE, Why.WEAK_WALLS, level=level, abi=abi)
    else:
        answer = look(_all_of_standard_input(), level=level, abi=abi, exactly=order == EXACTLY)
    os.write(1, encode(answer))
    # The usual end runs destructors over a memory that a hostile file may have shaped.
    os._exit(0)


def look(data: bytes, *, level: int = 0, abi: int = 0, exactly: bool = False) -> Answer:
    """What can be said of the picture in `data`: the state, and for a hashed one the hashes and how they were made.

    `exactly` decodes a JPEG by way of RGB, as the reference code does, in three times the time.
    """
    try:
        return _hashed(data, level, abi, exactly=exactly)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        why = Why.TOO_MANY_PIXELS
    except _UnknownFormat:
        why = Why.UNKNOWN_FORMAT
    except MemoryError:
        why = Why.TOO_MUCH_MEMORY
    except Exception:  # noqa: BLE001 - a decoder may raise anything at all; every failure is the same to the desk
        why = Why.BROKEN
    return Answer(State.UNRENDERABLE, why, level=level, abi=abi)


def _hashed(data: bytes, level: int, abi: int, *, exactly: bool) -> Answer:
    kind = _format(data)
    # The size is read from the header before any pixel is decoded; opening checks it against MAX_PIXELS.
    with Image.open(io.BytesIO(data), formats=[kind.name]) as image:
        width, height = image.size
        if width * height > MAX_PIXELS or max(width, height) > pdq.MAX_SIDE:
            raise Image.DecompressionBombError
        many = getattr(image, "is_animated", False)
        strips, path = hashing.strips(image, exactly=exactly)
        orientation = int(image.getexif().get(_ORIENTATION_TAG, 1))
        forms = pdq.of_strips(strips, height, width)
        if forms.quality < pdq.PLAIN_BELOW and image.has_transparency_data:
            strips, path = hashing.strips(image, on_white=True)
            forms = pdq.of_strips(strips, height, width)
    plain = forms.quality < pdq.PLAIN_BELOW
    return Answer(
        state=State.TOO_PLAIN if plain else State.HASHED,
        level=level,
        abi=abi,
        format=kind,
        path=path | (Path.FIRST_FRAME_OF_MANY if many else 0),
        orientation=orientation if 1 <= orientation <= 8 else 1,
        quality=forms.quality,
        width=width,
        height=height,
        hashes=b"".join(forms.hashes),
    )


def _format(data: bytes) -> Format:
    for beginning, kind in _BEGINNINGS.items():
        if data.startswith(beginning) and (kind is not Format.WEBP or data[8:12] == b"WEBP"):
            return kind
    raise _UnknownFormat


def _all_of_standard_input() -> bytes:
    chunks = []
    while chunk := os.read(0, 1 << 20):
        chunks.append(chunk)
    return b"".join(chunks)
