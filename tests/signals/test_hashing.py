import hashlib
import io

import numpy as np
import pdqhash
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps
from tests.synthetic import pictures

from cairndesk.signals.engine import child, digests, pdq
from cairndesk.signals.engine.answer import LENGTH, Path, State, decode, encode

SCENE = pictures.scene(480, 360, seed=9)
UPRIGHT = pdq.of_rgb(np.asarray(SCENE)).hashes[0]


def apart(one: bytes, other: bytes) -> int:
    return (int.from_bytes(one, "big") ^ int.from_bytes(other, "big")).bit_count()


def seen(data: bytes) -> tuple[bytes, int]:
    answer = child.look(data)
    assert answer.state is State.HASHED, answer.why
    return answer.hashes[:32], answer.path


@pytest.mark.parametrize("size", [0, 1, (1 << 20) - 1, (1 << 20) + 1, 3 << 20])
def test_digests_are_those_of_the_whole_file(size: int) -> None:
    data = np.random.default_rng(size).bytes(size)
    ours = digests.digests(data)
    assert ours.md5 == hashlib.md5(data, usedforsecurity=False).hexdigest()
    assert ours.sha1 == hashlib.sha1(data, usedforsecurity=False).hexdigest()
    assert ours.sha256 == hashlib.sha256(data).hexdigest()
    assert ours.size == size


def as_16_bit() -> bytes:
    grey = np.asarray(SCENE.convert("L")).astype(np.uint16) * 257
    buffer = io.BytesIO()
    Image.fromarray(grey).save(buffer, "PNG")
    return buffer.getvalue()


COPIES = {
    "JPEG": (pictures.encoded(SCENE, "JPEG", quality=90), Path.STORED_LUMINANCE, 8),
    "WebP": (pictures.encoded(SCENE, "WEBP", quality=90), Path.PLAIN_RGB, 8),
    "GIF palette": (pictures.encoded(SCENE, "GIF"), Path.FROM_PALETTE, 16),
    "PNG palette": (pictures.encoded(SCENE.quantize(200), "PNG"), Path.FROM_PALETTE, 16),
    "BMP": (pictures.encoded(SCENE, "BMP"), Path.PLAIN_RGB, 0),
    "TIFF": (pictures.encoded(SCENE, "TIFF", compression="tiff_lzw"), Path.PLAIN_RGB, 0),
    "CMYK JPEG": (pictures.encoded(SCENE.convert("CMYK"), "JPEG", quality=95), Path.FROM_CMYK, 16),
    "CMYK TIFF": (pictures.encoded(SCENE.convert("CMYK"), "TIFF"), Path.FROM_CMYK, 16),
    "grey": (pictures.encoded(SCENE.convert("L"), "PNG"), Path.FROM_GREY, 4),
    "full alpha": (pictures.encoded(SCENE.convert("RGBA"), "PNG"), Path.PLAIN_RGB, 0),
    "16 bit": (as_16_bit(), Path.FROM_16_BIT, 4),
}


@pytest.mark.parametrize("copy", COPIES)
def test_a_copy_in_another_colour_mode_stays_near_and_tells_its_path(copy: str) -> None:
    data, path, most = COPIES[copy]
    digits, way = seen(data)
    assert apart(digits, UPRIGHT) <= most
    assert way == path


def test_a_veil_over_a_known_picture_hides_nothing() -> None:
    veiled = SCENE.copy()
    veiled.putalpha(Image.linear_gradient("L").resize(SCENE.size))
    assert seen(pictures.encoded(veiled)) == (UPRIGHT, Path.PLAIN_RGB)


def test_a_drawing_that_stands_in_the_transparency_alone_is_laid_on_white() -> None:
    drawing = Image.new("RGBA", SCENE.size)
    drawing.putalpha(ImageOps.invert(SCENE.convert("L")))
    digits, path = seen(pictures.encoded(drawing))
    assert path == Path.ON_WHITE
    assert apart(digits, UPRIGHT) <= 8


@pytest.mark.slow
def test_stored_luminance_is_near_the_way_by_rgb_and_exactly_gives_the_bits_of_the_reference_code() -> None:
    distances = []
    for seed in range(12):
        data = pictures.encoded(pictures.scene(640 + 7 * seed, 480 - 5 * seed, seed=seed), "JPEG", quality=70 + seed)
        flags, _ = pdqhash.compute(np.asarray(Image.open(io.BytesIO(data)).convert("RGB")))
        exact = child.look(data, exactly=True)
        assert exact.path == Path.PLAIN_RGB
        assert exact.hashes[:32] == np.packbits(flags.astype(np.uint8)).tobytes()
        distances.append(apart(child.look(data).hashes[:32], exact.hashes[:32]))
    assert np.mean(distances) < 1
    assert max(distances) <= 4


def test_a_transparent_colour_of_a_palette_keeps_its_colour() -> None:
    palette = SCENE.quantize(64)
    data, path = seen(pictures.encoded(palette, transparency=0))
    assert path == Path.FROM_PALETTE
    assert data == seen(pictures.encoded(palette))[0]


def test_the_orientation_tag_is_noted_and_not_applied() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    answer = child.look(pictures.encoded(SCENE, "JPEG", quality=95, exif=exif))
    assert answer.orientation == 6
    assert apart(answer.hashes[:32], UPRIGHT) <= 8
    # The viewer shows it turned clockwise by 90, that is counter-clockwise by 270: that form meets the upright copy.
    shown = pdq.of_rgb(np.asarray(SCENE.transpose(Image.Transpose.ROTATE_270))).hashes[0]
    at = pdq.FORMS.index("turned 270")
    assert apart(answer.hashes[at * 32 : at * 32 + 32], shown) <= 20


def test_samples_that_are_not_numbers_are_no_picture() -> None:
    values = np.full((80, 80), np.nan, dtype=np.float32)
    assert child.look(pictures.encoded(Image.fromarray(values), "TIFF")).state is State.UNRENDERABLE


@pytest.mark.slow
def test_a_moving_picture_says_that_only_its_first_frame_was_seen() -> None:
    frames = [pictures.scene(seed=seed) for seed in (1, 2, 3)]
    data = pictures.encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert seen(data)[1] & Path.FIRST_FRAME_OF_MANY


def test_a_plain_picture_is_too_plain_to_hash() -> None:
    answer = child.look(pictures.encoded(pictures.plain()))
    assert (answer.state, answer.quality) == (State.TOO_PLAIN, 0)


WHOLE = [pictures.encoded(pictures.scene(80, 60), form) for form in ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")]


@pytest.mark.slow
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(WHOLE), st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 255)), max_size=12), st.integers(0, 4000))
def test_a_damaged_file_always_gets_an_answer_that_fits_the_header(whole: bytes, changes: list[tuple[int, int]], cut: int) -> None:
    data = bytearray(whole)
    for place, value in changes:
        data[place % len(data)] = value
    answer = child.look(bytes(data[: max(1, len(data) - cut)]))
    raw = encode(answer)
    assert len(raw) == LENGTH
    assert decode(raw) == answer


@pytest.mark.slow
def test_one_strip_stands_in_the_memory_of_the_last() -> None:
    """Or fresh pages for each would take a third of the time of a large photograph."""
    assert Image.core.get_blocks_max() == 4
    before = Image.core.get_stats()["reused_blocks"]
    child.look(pictures.encoded(pictures.scene(2000, 1500)))
    assert Image.core.get_stats()["reused_blocks"] >= before + 5
