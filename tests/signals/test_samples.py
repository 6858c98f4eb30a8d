"""Real photographs and scans, which come with scikit-image and scikit-learn, in every colour mode and odd size: the bits of the reference code."""

import io
from importlib.util import find_spec
from itertools import product
from pathlib import Path

import numpy as np
import pdqhash
import pytest
from PIL import Image
from tests.synthetic import pictures

from cairndesk.signals.engine import child, pdq
from cairndesk.signals.engine.answer import State, Why


def folder_of(package: str, *inside: str) -> Path:
    """Found without being loaded, which would take longer than the quick tests here."""
    spec = find_spec(package)
    assert spec
    assert spec.origin
    return Path(spec.origin).parent.joinpath(*inside)


PHOTOGRAPHS = sorted(
    path
    for folder in (folder_of("skimage", "data"), folder_of("sklearn", "datasets", "images"))
    for path in folder.iterdir()
    if path.suffix in {".png", ".jpg", ".gif"}
)
# How a picture is written in a mode, and read by whoever asks the reference code.
MODES = {
    **dict.fromkeys(("RGB", "L", "1", "P", "LA", "RGBA"), "PNG"),
    "CMYK": "TIFF",
    "YCbCr": "JPEG",
    "RGB of WebP": "WEBP",
    "RGB of BMP": "BMP",
}
SIZES = [(64, 64), (5, 7), (65, 63), (1, 1), (1, 5000), (5000, 1)]


def reference(data: bytes) -> tuple[list[bytes], int]:
    """What `pdqhash` says of the picture as 8-bit RGB."""
    with Image.open(io.BytesIO(data)) as image:
        vectors, quality = pdqhash.compute_dihedral(np.asarray(image.convert("RGB")))
    return [np.packbits(vector.astype(np.uint8)).tobytes() for vector in vectors], quality


def forms(answer: child.Answer) -> list[bytes]:
    return [answer.hashes[at : at + 32] for at in range(0, len(answer.hashes), 32)]


def test_there_are_pictures_of_both_packages() -> None:
    assert {"china.jpg", "flower.jpg", "astronaut.png", "retina.jpg"} <= {path.name for path in PHOTOGRAPHS}
    assert len(PHOTOGRAPHS) >= 28


@pytest.mark.slow
@pytest.mark.parametrize("path", PHOTOGRAPHS, ids=lambda path: path.stem)
def test_a_photograph_has_the_bits_of_the_reference_code(path: Path) -> None:
    data = path.read_bytes()
    hashes, quality = reference(data)
    answer = child.look(data, exactly=True)
    assert answer.quality == quality
    if quality >= pdq.PLAIN_BELOW:
        assert answer.state is State.HASHED
        assert forms(answer) == hashes
    else:
        assert answer.state is State.TOO_PLAIN


@pytest.mark.slow
def test_by_its_stored_luminance_a_photograph_is_hardly_a_bit_away() -> None:
    apart = {}
    for path in PHOTOGRAPHS:
        with Image.open(path) as image:
            data = pictures.encoded(image.convert("RGB"), "JPEG", quality=88)
        exact, quick = child.look(data, exactly=True), child.look(data)
        if exact.state is State.HASHED:
            apart[path.stem] = (int.from_bytes(exact.hashes[:32], "big") ^ int.from_bytes(quick.hashes[:32], "big")).bit_count()
    # A chart of the strongest colours there are: their brightness does not survive the way to RGB.
    assert apart.pop("color") <= 8
    assert len(apart) >= 20
    assert np.mean(list(apart.values())) < 0.5
    assert max(apart.values()) <= 4


@pytest.mark.parametrize(
    ("mode", "size"),
    [*product(MODES, SIZES), *(pytest.param(mode, (4095, 3001), marks=pytest.mark.slow) for mode in ("RGB", "YCbCr", "CMYK"))],
    ids=str,
)
def test_each_mode_and_size_has_the_bits_of_the_reference_code(mode: str, size: tuple[int, int]) -> None:
    picture = pictures.scene(*size, seed=7).convert(mode.split(" ", maxsplit=1)[0])
    data = pictures.encoded(picture, MODES[mode], **({"lossless": True} if MODES[mode] == "WEBP" else {}))
    hashes, quality = reference(data)
    answer = child.look(data, exactly=True)
    assert answer.why is Why.NOTHING
    assert answer.quality == quality
    if min(size) < 5:
        # The reference code has no hash there either.
        assert answer.state is State.TOO_PLAIN
        assert quality == 0
    elif answer.state is State.HASHED:
        assert forms(answer) == hashes
