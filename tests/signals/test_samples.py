"""Real photographs and scans, which come with scikit-image and scikit-learn, in every colour mode and odd size: the bits of the reference code."""

import io
from hashlib import sha256
from importlib.util import find_spec
from itertools import product
from pathlib import Path

import numpy as np
import pdqhash
import pytest
from PIL import Image
from tests.synthetic import pictures

from cairndesk.signals.engine import answer, child, pdq
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
_SAID: dict[tuple[tuple[int, ...], bytes], tuple[list[bytes], int]] = {}


def reference(rgb: np.ndarray) -> tuple[list[bytes], int]:
    """What `pdqhash` says of a picture as 8-bit RGB; it is slow, and many modes lead to the same pixels."""
    key = rgb.shape, sha256(np.ascontiguousarray(rgb)).digest()
    if key not in _SAID:
        vectors, quality = pdqhash.compute_dihedral(rgb)
        _SAID[key] = [np.packbits(vector.astype(np.uint8)).tobytes() for vector in vectors], quality
    return _SAID[key]


def compare(data: bytes, rgb: np.ndarray | None = None) -> State:
    """The file has the bits and the quality of the reference code for `rgb`, without which Pillow converts; gives what was said of it.

    Where it is too plain to be looked up, the file has no hash: the bits that were thrown away are compared too.
    """
    if rgb is None:
        with Image.open(io.BytesIO(data)) as image:
            rgb = np.asarray(image.convert("RGB"))
    hashes, quality = reference(rgb)
    said = child.look(data, exactly=True)
    assert said.why is Why.NOTHING
    assert said.quality == quality
    assert said.state is (State.HASHED if quality >= pdq.PLAIN_BELOW else State.TOO_PLAIN)
    found = [said.hashes[at : at + 32] for at in range(0, len(said.hashes), 32)] or list(pdq.of_rgb(rgb).hashes)
    # The reference code has no hash either for fewer than five rows or columns.
    assert found == hashes or min(rgb.shape[:2]) < 5
    return said.state


def in_mode(picture: Image.Image, mode: str) -> bytes:
    options = {"WEBP": {"lossless": True, "method": 0, "quality": 0}, "PNG": {"compress_level": 1}}
    return pictures.encoded(picture.convert(mode.split(" ", maxsplit=1)[0]), MODES[mode], **options.get(MODES[mode], {}))


def test_there_are_pictures_of_both_packages() -> None:
    assert {"china.jpg", "flower.jpg", "astronaut.png", "retina.jpg"} <= {path.name for path in PHOTOGRAPHS}
    assert len(PHOTOGRAPHS) >= 28


@pytest.mark.slow
@pytest.mark.parametrize("path", PHOTOGRAPHS, ids=lambda path: path.stem)
def test_a_photograph_has_the_bits_of_the_reference_code(path: Path) -> None:
    compare(path.read_bytes())


@pytest.mark.slow
@pytest.mark.parametrize("mode", MODES)
def test_a_photograph_in_each_mode_has_the_bits_of_the_reference_code(mode: str) -> None:
    for name in ("astronaut", "china", "chelsea"):
        (path,) = (path for path in PHOTOGRAPHS if path.stem == name)
        with Image.open(path) as image:
            assert compare(in_mode(image.convert("RGB"), mode)) is State.HASHED


@pytest.mark.slow
@pytest.mark.parametrize("size", [(64, 64), (65, 63), (400, 300), (1237, 811)], ids=str)
def test_wide_samples_have_the_bits_of_the_reference_code_for_their_upper_byte(size: tuple[int, int]) -> None:
    """Pillow's own way to RGB cuts them off at 255, so the reference code is given the upper byte; 32-bit floats are spread over their range."""
    grey = np.array(pictures.scene(*size, seed=7).convert("L"))
    grey[0, :2] = 0, 255
    rgb, dice = np.stack([grey] * 3, axis=-1), np.random.default_rng(1)
    wide = (grey.astype(np.uint16) << 8) + dice.integers(0, 256, grey.shape, dtype=np.uint16)
    for samples, form in ((wide, "PNG"), (wide, "TIFF"), (wide.astype(np.int32), "TIFF"), (grey.astype(np.float32), "TIFF")):
        compare(pictures.encoded(Image.fromarray(samples), form), rgb)


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


@pytest.mark.parametrize(("mode", "size"), [*product(MODES, SIZES)], ids=str)
def test_each_mode_and_size_has_the_bits_of_the_reference_code(mode: str, size: tuple[int, int]) -> None:
    state = compare(in_mode(pictures.scene(*size, seed=7), mode))
    assert state is State.TOO_PLAIN or min(size) >= 5


@pytest.mark.slow
def test_twelve_megapixels_have_the_bits_of_the_reference_code_in_each_mode() -> None:
    """In one test, because drawing the picture takes longer than hashing it."""
    picture = pictures.scene(4095, 3001, seed=7)
    assert {compare(in_mode(picture, mode)) for mode in MODES} == {State.HASHED}


@pytest.mark.parametrize("quality", [5, 20, 36])
def test_a_jpeg_that_was_pressed_hard_has_the_bits_of_the_reference_code(quality: int) -> None:
    data = pictures.encoded(pictures.scene(300, 200, seed=5), "JPEG", quality=quality)
    said = child.look(data)
    assert (said.path, said.hashes) == (answer.Path.PLAIN_RGB, child.look(data, exactly=True).hashes)
    compare(data)


def test_another_jpeg_is_hashed_by_its_stored_luminance() -> None:
    assert child.look(pictures.encoded(pictures.scene(300, 200, seed=5), "JPEG", quality=37)).path == answer.Path.STORED_LUMINANCE
