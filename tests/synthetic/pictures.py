"""Pictures drawn by code for tests: waves, shapes and test cards; nothing in them ever was a photograph."""

import io
import struct
import zlib

import numpy as np
from PIL import Image, ImageDraw


def scene(width: int = 400, height: int = 300, *, seed: int = 1) -> Image.Image:
    """A drawing with much detail, the same for the same seed."""
    dice = np.random.default_rng(seed)
    across, down = np.meshgrid(np.arange(width), np.arange(height))
    step = dice.uniform(6, 60, 6)
    waves = (
        np.sin(across / step[0] + down / step[1]) * 110 + 128,
        np.cos(across / step[2] * down / (width + height) + step[5]) * 110 + 128,
        (across * step[3] / 30 + down * step[4] / 30) % 256,
    )
    drawing = Image.fromarray(np.stack(waves, axis=-1).clip(0, 255).astype(np.uint8))
    pen = ImageDraw.Draw(drawing)
    for _ in range(12):
        left, top = int(dice.integers(0, width)), int(dice.integers(0, height))
        colour = tuple(int(part) for part in dice.integers(0, 256, 3))
        pen.ellipse((left, top, left + width // 5, top + height // 4), fill=colour)
    return drawing


def plain(width: int = 200, height: int = 200) -> Image.Image:
    """One colour: it has no hash that means anything."""
    return Image.new("RGB", (width, height), (90, 120, 150))


def chunk(kind: bytes, body: bytes) -> bytes:
    """A piece of a PNG file, with a checksum that is right."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def encoded(picture: Image.Image, form: str = "PNG", **options: object) -> bytes:
    """The bytes of a picture file."""
    buffer = io.BytesIO()
    picture.save(buffer, form, **options)
    return buffer.getvalue()
