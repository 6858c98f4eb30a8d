"""The process that is made for one file: it walls itself in, reads the file from its standard input, and answers once.

Native libraries are loaded before the walls, while only our own code runs and no byte of the file has been read; the
walls refuse to be put up when any of them has started a thread.
"""

import io
import os
import warnings
from dataclasses import replace

import numpy as np
from PIL import (
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    ImageFilter,
    JpegImagePlugin,
    MpoImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from cairndesk.signals.engine import compiled, derivative, hashing, pdq, walls
from cairndesk.signals.engine.answer import EXACTLY, Answer, Format, Path, State, Why, encode
from cairndesk.signals.engine.derivative import Derivative, Manner
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
# How a picture is turned to stand upright, by its EXIF tag.
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM, 5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270, 7: Image.Transpose.TRANSVERSE, 8: Image.Transpose.ROTATE_90,
}  # fmt: skip


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
    is_weak = level < max(minimum, walls.Level.MINIMAL)
    if asked := Manner.told(order):
        drawn = Derivative(Why.WEAK_WALLS) if is_weak else draw(_all_of_standard_input(), asked[0])
        words = derivative.encode(replace(drawn, level=level, abi=abi))
    else:
        seen = Answer(State.UNRENDERABLE, Why.WEAK_WALLS) if is_weak else look(_all_of_standard_input(), exactly=order == EXACTLY)
        words = encode(replace(seen, level=level, abi=abi))
    os.write(1, words)
    # The usual end runs destructors over a memory that a hostile file may have shaped.
    os._exit(0)


def look(data: bytes, *, exactly: bool = False) -> Answer:
    """What can be said of the picture in `data`: the state, and for a hashed one the hashes and how they were made.

    `exactly` decodes a JPEG by way of RGB, as the reference code does, in three times the time.
    """
    try:
        return _hashed(data, exactly=exactly)
    except Exception as failure:  # noqa: BLE001 - a decoder may raise anything at all; every failure is the same to the desk
        return Answer(State.UNRENDERABLE, _why(failure))


def draw(data: bytes, manner: Manner = Manner()) -> Derivative:  # noqa: B008 - nothing changes it
    """The picture in `data`, upright and on white, as small, blurred and grey as `manner` says; of several frames the first."""
    try:
        return _drawn(data, manner)
    except Exception as failure:  # noqa: BLE001 - as above
        return Derivative(_why(failure))


def _why(failure: Exception) -> Why:
    if isinstance(failure, Image.DecompressionBombError | Image.DecompressionBombWarning):
        return Why.TOO_MANY_PIXELS
    if isinstance(failure, _UnknownFormat):
        return Why.UNKNOWN_FORMAT
    return Why.TOO_MUCH_MEMORY if isinstance(failure, MemoryError) else Why.BROKEN


def _opened(data: bytes) -> Image.Image:
    """The picture, of which no pixel is decoded yet. Raises _UnknownFormat, DecompressionBombError, and whatever a decoder raises."""
    # The size is read from the header before any pixel is decoded; opening checks it against MAX_PIXELS.
    image = Image.open(io.BytesIO(data), formats=[_format(data).name])
    if image.width * image.height > MAX_PIXELS or max(image.size) > pdq.MAX_SIDE:
        raise Image.DecompressionBombError
    return image


def _orientation(image: Image.Image) -> int:
    told = int(image.getexif().get(_ORIENTATION_TAG, 1))
    return told if 1 <= told <= 8 else 1


def _drawn(data: bytes, manner: Manner) -> Derivative:
    mode = "L" if manner.is_grey else "RGB"
    with _opened(data) as image:
        # Read before the pixels: a JPEG that is drafted in fewer of them is another object to its decoder.
        turn = _UPRIGHT.get(_orientation(image))
        if not manner.is_grey:
            image.draft("RGB", (2 * manner.side, 2 * manner.side))
        strips, _ = hashing.strips(image, exactly=not manner.is_grey, on_white=image.has_transparency_data)
        pixels = np.concatenate([np.asarray(Image.fromarray(strip).convert(mode)) for strip in strips])
    copy = Image.fromarray(pixels)
    copy.thumbnail((manner.side, manner.side))
    if manner.blur:
        copy = copy.filter(ImageFilter.GaussianBlur(manner.blur))
    if turn is not None:
        copy = copy.transpose(turn)
    return Derivative(width=copy.width, height=copy.height, pixels=copy.tobytes())


def _hashed(data: bytes, *, exactly: bool) -> Answer:
    with _opened(data) as image:
        width, height = image.size
        many = getattr(image, "is_animated", False)
        strips, path = hashing.strips(image, exactly=exactly)
        orientation = _orientation(image)
        forms = pdq.of_strips(strips, height, width)
        if forms.quality < pdq.PLAIN_BELOW and image.has_transparency_data:
            strips, path = hashing.strips(image, on_white=True)
            forms = pdq.of_strips(strips, height, width)
    plain = forms.quality < pdq.PLAIN_BELOW
    return Answer(
        state=State.TOO_PLAIN if plain else State.HASHED,
        format=_format(data),
        path=path | (Path.FIRST_FRAME_OF_MANY if many else 0),
        orientation=orientation,
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
