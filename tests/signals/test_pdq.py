"""Our PDQ gives the bits of the reference code, in every form and at every size."""

import numpy as np
import pdqhash
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from tests.synthetic import pictures

from cairndesk.signals.engine import means, pdq

LARGE = [(4095, 3001), (300, 9001), (9001, 300)]
SIZES = [(64, 64), (63, 65), (5, 5), (5, 900), (900, 5), (128, 129), (127, 1000), (400, 300), (1237, 811)]


def reference(rgb: np.ndarray) -> tuple[list[bytes], int]:
    vectors, quality = pdqhash.compute_dihedral(np.ascontiguousarray(rgb))
    return [np.packbits(vector.astype(np.uint8)).tobytes() for vector in vectors], quality


# Of sides of 8 and 16 pixels some waves are nothing but rounding; they have a test of their own.
SIDES = st.integers(5, 400).filter(lambda side: side not in {8, 16})


@pytest.fixture(params=["compiled", "plain"])
def half(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each half of the engine in turn."""
    if request.param == "plain":
        monkeypatch.setattr(means, "library", lambda: None)
        monkeypatch.setattr(pdq, "library", lambda: None)
    assert (means.library() is None) == (request.param == "plain")
    return str(request.param)


@pytest.mark.parametrize("size", [*SIZES, *(pytest.param(size, marks=pytest.mark.slow) for size in LARGE)])
@pytest.mark.usefixtures("half")
def test_it_gives_the_bits_of_the_reference_code(size: tuple[int, int]) -> None:
    rgb = np.asarray(pictures.scene(*size, seed=sum(size)))
    hashes, quality = reference(rgb)
    ours = pdq.of_rgb(rgb)
    assert list(ours.hashes) == hashes
    assert ours.quality == quality


@pytest.mark.parametrize("size", [*SIZES, (700, 9001)])
def test_both_halves_come_to_the_same_means(size: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    width, height = size
    rgb = np.random.default_rng(width).integers(0, 256, (height, width, 3), dtype=np.uint8)
    for strip in (rgb, rgb[:, :, 1]):
        compiled = means.means([strip], height, width)
        with monkeypatch.context() as patch:
            patch.setattr(means, "library", lambda: None)
            patch.setattr(pdq, "library", lambda: None)
            np.testing.assert_allclose(means.means([strip], height, width), compiled, atol=1e-3)


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(SIDES, SIDES, st.integers(0, 2**32 - 1))
def test_it_gives_the_bits_of_the_reference_code_for_any_noise(height: int, width: int, seed: int) -> None:
    rgb = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    hashes, quality = reference(rgb)
    ours = pdq.of_rgb(rgb)
    assert list(ours.hashes) == hashes
    assert ours.quality == quality


@pytest.mark.parametrize("size", [(8, 8), (8, 100), (100, 8), (16, 77), (77, 16), (8, 16)])
def test_only_bits_that_rounding_makes_differ_where_a_side_has_eight_or_sixteen_pixels(size: tuple[int, int]) -> None:
    rgb = np.random.default_rng(sum(size)).integers(0, 256, (*size, 3), dtype=np.uint8)
    ours, theirs = (np.unpackbits(np.frombuffer(one[0], np.uint8))[::-1] for one in (pdq.of_rgb(rgb).hashes, reference(rgb)[0]))
    cosines = pdq._cosines()
    waves = (cosines @ means.means([rgb], *size) @ cosines.T).ravel()
    above = np.abs(waves - np.partition(waves, 127)[127])
    # Waves reach some thousands, and the reference code keeps seven digits of them.
    assert above[ours != theirs].max(initial=0) < 0.01


@pytest.mark.parametrize("size", [(1, 1), (4, 400), (400, 4), (1, 5000)])
def test_it_has_no_hash_for_a_sliver(size: tuple[int, int]) -> None:
    assert pdq.of_rgb(np.asarray(pictures.scene(*size))) == pdq.PdqForms((bytes(32),) * 8, 0)


def test_it_finds_a_plain_picture_too_plain() -> None:
    assert pdq.of_rgb(np.asarray(pictures.plain())).quality < pdq.PLAIN_BELOW
    assert pdq.of_rgb(np.asarray(pictures.scene())).quality >= pdq.PLAIN_BELOW


TURNS = {
    "turned 90": Image.Transpose.ROTATE_90,
    "turned 180": Image.Transpose.ROTATE_180,
    "turned 270": Image.Transpose.ROTATE_270,
    "flipped": Image.Transpose.FLIP_TOP_BOTTOM,
    "mirrored": Image.Transpose.FLIP_LEFT_RIGHT,
    "transposed": Image.Transpose.TRANSPOSE,
    "transversed": Image.Transpose.TRANSVERSE,
}


@pytest.mark.parametrize("form", TURNS)
def test_each_form_is_named_after_what_has_to_be_done_to_the_picture(form: str) -> None:
    picture = pictures.scene(512, 384, seed=5)
    ours = pdq.of_rgb(np.asarray(picture)).hashes[pdq.FORMS.index(form)]
    turned = pdq.of_rgb(np.asarray(picture.transpose(TURNS[form]))).hashes[0]
    assert (int.from_bytes(ours, "big") ^ int.from_bytes(turned, "big")).bit_count() <= 20


def test_strips_of_any_height_give_the_same_hash() -> None:
    rgb = np.asarray(pictures.scene(300, 211))
    whole = pdq.of_strips([rgb], 211, 300)
    for rows in (1, 7, 100):
        assert pdq.of_strips((rgb[top : top + rows] for top in range(0, 211, rows)), 211, 300) == whole


@pytest.mark.parametrize("size", [*SIZES, (1, 9), pytest.param((3840, 2160), marks=pytest.mark.slow)])
@pytest.mark.usefixtures("half")
def test_a_frame_in_one_call_gives_what_strips_give_wherever_its_rows_begin(size: tuple[int, int]) -> None:
    width, height = size
    held = np.asarray(pictures.scene(width + 7, height, seed=width).convert("L"))
    for frame in (held[:, :width], held[::-1, :width], held[:, 7:], np.asfortranarray(held)[:, :width]):
        assert pdq.of_light(frame, contrast=255 / 219) == pdq.of_strips([frame], height, width, contrast=255 / 219)
