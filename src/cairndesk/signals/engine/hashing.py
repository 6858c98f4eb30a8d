"""Which pixels of a picture are hashed.

Rules, kept with every hash (`answer.RULES`):
- Colour: the picture becomes 8-bit RGB first. CMYK and palettes are converted, 16-bit samples keep their upper byte.
  Hashing the raw channels instead puts a known photograph hundreds of bits away.
- Transparency: the colours are hashed as stored, like those who make lists do, so that a veil over a known picture hides
  nothing. Only where that is too plain (a drawing whose shapes stand in the transparency alone) it is laid on white.
- Luminance: of a colour JPEG only the luminance that it stores is decoded, at full size: a third of the time, and on
  average less than half a bit away from the same by way of RGB (at most 4 on photographs, 8 on a chart of the strongest
  colours). One that was pressed hard (`_COARSE`) is many bits from its original already, and the strongest colours, which
  overflow on the way to RGB, cost it the match: it is decoded to RGB, and `exactly` does that for every file.
- Orientation: the pixels are hashed as stored; the EXIF tag is noted, not applied. Lists are made that way, and because
  every question is asked in all eight forms, an upright copy of a turned photograph is still met.
"""

import math
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cairndesk.signals.engine.answer import Path
from cairndesk.signals.engine.means import rows_of

_Convert = Callable[[Image.Image], Image.Image]
# Memory that one strip gave back serves the next (at most 64 MiB are kept): fresh pages for each cost more time than hashing does.
Image.core.set_blocks_max(4)  # type: ignore[attr-defined] # documented as Pillow's block allocator

# The sum of the 64 steps in which a JPEG stores its luminance: quality 36 and less of the usual tables (50 has 3,688, 20 has 9,056).
_COARSE = 5000

_COLOUR = {
    "RGB": Path.PLAIN_RGB, "RGBA": Path.PLAIN_RGB, "RGBa": Path.PLAIN_RGB,
    "1": Path.FROM_GREY, "L": Path.FROM_GREY, "LA": Path.FROM_GREY, "La": Path.FROM_GREY,
    "P": Path.FROM_PALETTE, "PA": Path.FROM_PALETTE, "CMYK": Path.FROM_CMYK,
}  # fmt: skip


def strips(image: Image.Image, *, exactly: bool = False, on_white: bool = False) -> tuple[Iterator[NDArray[np.uint8]], Path]:
    """The picture, which was opened and not yet decoded, as strips from top to bottom, and what has to be done for it.

    A strip is 8-bit RGB of shape (rows, width, 3), or luminance alone of shape (rows, width). Only one stands in memory beside the
    decoded picture. `exactly` gives the pixels that the reference code sees, `on_white` lays what can be seen through on white.
    """
    luminance = image.format == "JPEG" and image.mode == "RGB" and not (exactly or _is_coarse(image)) and image.draft("L", image.size) is not None
    image.load()
    convert, path = (_on_white, _path(image) | Path.ON_WHITE) if on_white else _way(image)
    return _strips(image, convert), Path.STORED_LUMINANCE if luminance else path


def _is_coarse(image: Image.Image) -> bool:
    tables: dict[int, list[int]] = getattr(image, "quantization", {})
    return sum(tables.get(0, ())) > _COARSE


def _strips(image: Image.Image, convert: _Convert) -> Iterator[NDArray[np.uint8]]:
    width, height = image.size
    rows = rows_of(width)
    for top in range(0, height, rows):
        yield np.asarray(convert(image.crop((0, top, width, min(top + rows, height)))))


def _way(image: Image.Image) -> tuple[_Convert, Path]:
    mode = image.mode
    if mode.startswith("I;16"):
        return _upper_byte, Path.FROM_16_BIT
    if mode in {"I", "F"}:
        return _stretched(image)
    if mode == "L":
        return (lambda strip: strip), _path(image)
    return (lambda strip: strip.convert("RGB")), _path(image)


def _path(image: Image.Image) -> Path:
    return _COLOUR.get(image.mode, Path.FROM_OTHER)


def _on_white(strip: Image.Image) -> Image.Image:
    layered = strip.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", layered.size, "white"), layered).convert("RGB")


def _upper_byte(strip: Image.Image) -> Image.Image:
    return Image.fromarray((np.asarray(strip).astype(np.uint16) >> 8).astype(np.uint8)).convert("RGB")


def _stretched(image: Image.Image) -> tuple[_Convert, Path]:
    """32-bit samples have no agreed white: up to 65535 they are 16-bit, beyond it the range is stretched."""
    low, high = (float(end) for end in image.getextrema() if not isinstance(end, tuple))
    if not (math.isfinite(low) and math.isfinite(high)):
        raise ValueError("samples that are not numbers")
    if image.mode == "I" and low >= 0 and 255 < high <= 65_535:
        return _upper_byte, Path.FROM_16_BIT
    scale = 255.0 / (high - low) if high > low else 0.0
    return (lambda strip: Image.fromarray(((np.asarray(strip) - low) * scale).astype(np.uint8)).convert("RGB")), Path.FROM_OTHER
