"""Hashing: ours beside `pdqhash` and `threatexchange`, of pixels at hand and of files, by each half of the engine and by each way of decoding.

The picture of 12 megapixels is a mosaic of photographs that come with scikit-learn and scikit-image, at their own size: an enlarged or
drawn one would be compressed, and so decoded, unlike a photograph.
"""

import io
import multiprocessing
import tempfile
from pathlib import Path
from unittest import mock

import numpy as np
import pdqhash
from bench.report import Row, Scale, beside, more_is_better, seconds
from numpy.typing import NDArray
from PIL import Image
from skimage import data
from sklearn.datasets import load_sample_image
from threatexchange.signal_type.pdq.pdq_hasher import pdq_from_bytes

from cairndesk.signals.engine import child, means, pdq, sandbox
from cairndesk.signals.engine.answer import State
from cairndesk.signals.engine.video.answer import Mode
from cairndesk.signals.scan import many as scan

ROUNDS = 5
CORES, OURS, THEIRS = 2, 120, 8


def rows(*, scale: Scale) -> list[Row]:
    """The figures of this file; a soak takes more rounds, `quick` fewer and no kinds of files besides JPEG, `tiny` a part of the picture."""
    rounds = scale.of(tiny=1, quick=2, usual=ROUNDS, soak=4 * ROUNDS)
    mosaic, many = _mosaic(), scale.of(tiny=THEIRS, quick=OURS, usual=OURS)
    if scale is Scale.TINY:
        mosaic = mosaic[:600, :800]
    others = [] if scale is Scale.QUICK else _of_other_kinds(mosaic, rounds)
    return [*_of_pixels(mosaic, rounds), *_of_files(mosaic, rounds), *others, _of_a_folder(mosaic, many)]


def _mosaic() -> NDArray[np.uint8]:
    """Photographs beside each other, each next one mirrored, of shape (3000, 4000, 3)."""
    tiles = [load_sample_image("china.jpg"), data.astronaut(), load_sample_image("flower.jpg"), data.coffee(), data.chelsea()]
    band = np.concatenate([tile[:300, :400] for tile in tiles] + [tile[-300:, -400:][:, ::-1] for tile in tiles], axis=1)
    return np.concatenate([np.roll(band, 700 * row, axis=1) for row in range(10)])


def _of_pixels(picture: NDArray[np.uint8], rounds: int) -> list[Row]:
    def peer() -> bytes:
        flags, _ = pdqhash.compute(picture)
        return np.packbits(flags.astype(np.uint8)).tobytes()

    def ours() -> bytes:
        return pdq.of_rgb(picture).hashes[0]

    assert ours() == peer()
    compiled = beside(
        "hash-stage-12mp", ours, peer, note="12 megapixels of RGB to PDQ; ours gives all eight forms, pdqhash one; the bits are equal", rounds=rounds
    )
    with mock.patch.object(means, "library", return_value=None), mock.patch.object(pdq, "library", return_value=None):
        assert ours() == peer()
        plain = beside("hash-stage-12mp-numpy", ours, peer, note="the same by the half in NumPy", rounds=rounds)
    return [compiled, plain]


def _of_files(mosaic: NDArray[np.uint8], rounds: int) -> list[Row]:
    file = _file(Image.fromarray(mosaic), "JPEG", quality=85)

    def peer() -> bytes:
        return bytes.fromhex(pdq_from_bytes(file)[0])

    def exactly() -> bytes:
        return child.look(file, exactly=True).hashes[:32]

    def ours() -> bytes:
        return child.look(file).hashes[:32]

    apart = np.unpackbits(np.frombuffer(ours(), np.uint8) ^ np.frombuffer(peer(), np.uint8)).sum()
    assert exactly() == peer()
    return [
        beside("hash-12mp-jpeg", ours, peer, note=f"12 megapixel JPEG to PDQ by its stored luminance, {apart} bits from the peer's", rounds=rounds),
        beside("hash-12mp-jpeg-exact", exactly, peer, note="the same by way of RGB, the bits are equal", rounds=rounds),
        beside(
            "hash-12mp-jpeg-walled", lambda: sandbox.hash_media(file), peer, note="ours in a new walled-in process, with all digests", rounds=rounds
        ),
    ]


def _of_other_kinds(mosaic: NDArray[np.uint8], rounds: int) -> list[Row]:
    """Files that are no plain JPEG: nothing but decoding and turning them into RGB differs."""
    picture = Image.fromarray(mosaic)
    veiled = Image.fromarray(np.dstack([mosaic, np.full(mosaic.shape[:2], 200, np.uint8)]))
    deep = Image.fromarray(mosaic[..., 1].astype(np.uint16) << 8)
    moving = [Image.fromarray(np.roll(mosaic[:1500, :1500], 30 * at, axis=1)) for at in range(8)]
    kinds = {
        "png": (_file(picture, "PNG", compress_level=6), "12 megapixel PNG"),
        "alpha": (_file(veiled, "PNG", compress_level=6), "the same with an alpha channel"),
        "16-bit": (_file(deep, "PNG", compress_level=6), "the same in grey of 16 bits"),
        "webp": (_file(picture, "WEBP", quality=85, method=0), "12 megapixel WebP"),
        "animated": (_file(moving[0], "GIF", save_all=True, append_images=moving[1:]), "GIF of eight frames of two megapixels; both take the first"),
    }
    return [
        beside(f"hash-{name}", lambda file=file: child.look(file), lambda file=file: pdq_from_bytes(file), note=f"{about} to PDQ", rounds=rounds)  # type: ignore[misc]
        for name, (file, about) in kinds.items()
    ]


def _file(picture: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def _of_a_folder(mosaic: NDArray[np.uint8], many: int) -> Row:
    """As a scan of an archive looks at it, each file in a walled process of its own, starting included; the peer in two processes in the open."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder, multiprocessing.get_context("fork").Pool(CORES) as pool:
        paths = [str(Path(folder) / f"{number}.jpg") for number in range(THEIRS)]
        for number, path in enumerate(paths):
            Image.fromarray(np.roll(mosaic, 50 * number, axis=1)).save(path, "JPEG", quality=85)
        many_paths = paths * (many // THEIRS)

        def ours() -> None:
            looks = scan.on_this_machine(many_paths, Mode.EACH_SECOND, workers=CORES)
            assert all(one.hashes and one.hashes.seen.state is State.HASHED for one in looks)

        pool.map(_by_peer, paths[:CORES])
        mine, theirs = many / seconds(ours), THEIRS / seconds(lambda: pool.map(_by_peer, paths, chunksize=1))
    note = "12 megapixel JPEGs of a folder on two cores, each in a walled process of its own, with all digests; peer: threatexchange in two processes"
    return more_is_better("hash-throughput-2core", mine, theirs, unit="images/s", note=note)


def _by_peer(path: str) -> str:
    return str(pdq_from_bytes(Path(path).read_bytes())[0])
