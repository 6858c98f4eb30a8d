"""Hashing: ours beside `pdqhash`, of pixels at hand and of files, by each half of the engine and by each way of decoding."""

import io
from unittest import mock

import numpy as np
import pdqhash
from bench.report import Row, beside
from numpy.typing import NDArray
from PIL import Image

from cairndesk.signals.engine import child, means, pdq, sandbox

ROUNDS = 5


def rows(*, soak: bool) -> list[Row]:
    """The figures of this file; `soak` takes more rounds."""
    rounds = 4 * ROUNDS if soak else ROUNDS
    return [*_of_pixels(rounds), *_of_files(rounds)]


def _drawing() -> NDArray[np.uint8]:
    across, down = np.meshgrid(np.arange(4000), np.arange(3000))
    waves = (np.sin(across / 37 + down / 23) * 110 + 128, np.cos(across * down / 9000) * 110 + 128, (across + 2 * down) % 256)
    return np.stack(waves, axis=-1).clip(0, 255).astype(np.uint8)


def _of_pixels(rounds: int) -> list[Row]:
    picture = _drawing()

    def peer() -> bytes:
        flags, _ = pdqhash.compute(picture)
        return np.packbits(flags.astype(np.uint8)).tobytes()

    def ours() -> bytes:
        return pdq.of_rgb(picture).hashes[0]

    assert ours() == peer()
    compiled = beside(
        "hash-stage-12mp", ours, peer, note="12 megapixels of RGB to PDQ; ours gives all eight forms, pdqhash one; the bits are equal", rounds=rounds
    )
    with mock.patch.object(means, "library", return_value=None):
        assert ours() == peer()
        plain = beside("hash-stage-12mp-numpy", ours, peer, note="the same by the half in NumPy", rounds=rounds)
    return [compiled, plain]


def _of_files(rounds: int) -> list[Row]:
    buffer = io.BytesIO()
    Image.fromarray(_drawing()).save(buffer, "JPEG", quality=85)
    data = buffer.getvalue()

    def peer() -> bytes:
        with Image.open(io.BytesIO(data)) as image:
            flags, _ = pdqhash.compute(np.asarray(image.convert("RGB")))
        return np.packbits(flags.astype(np.uint8)).tobytes()

    def exactly() -> bytes:
        return child.look(data, exactly=True).hashes[:32]

    def ours() -> bytes:
        return child.look(data).hashes[:32]

    apart = np.unpackbits(np.frombuffer(ours(), np.uint8) ^ np.frombuffer(peer(), np.uint8)).sum()
    assert exactly() == peer()
    return [
        beside("hash-12mp-jpeg", ours, peer, note=f"12 megapixel JPEG to PDQ by its stored luminance, {apart} bits from the peer's", rounds=rounds),
        beside("hash-12mp-jpeg-exact", exactly, peer, note="the same by way of RGB, the bits are equal", rounds=rounds),
        beside(
            "hash-12mp-jpeg-walled", lambda: sandbox.hash_media(data), peer, note="ours in a new walled-in process, with all digests", rounds=rounds
        ),
    ]
