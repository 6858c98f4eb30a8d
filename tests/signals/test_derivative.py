"""Of a picture only a small, grey, blurred copy of its pixels can be looked at; nothing else of the file gets through, whatever it also is."""

import gzip
import io
import re
import struct
import tarfile
import time
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from tests.support.watched_stem import read, watched
from tests.synthetic import pictures

from cairndesk.signals.engine import bubblewrap, derivative, sandbox, walls
from cairndesk.signals.engine.answer import AS_USUAL, EXACTLY, State, Why
from cairndesk.signals.engine.child import draw
from cairndesk.signals.engine.decoders import Decoders
from cairndesk.signals.engine.derivative import Derivative, Manner
from cairndesk.signals.engine.stem import LONGEST_ORDER
from cairndesk.signals.engine.video.answer import Mode, order
from cairndesk.signals.errors import SandboxTooWeak

CANARY = "canary-5551"
SCENE = pictures.scene(320, 180)


def told() -> Image.Exif:
    """What a camera writes: words, a place, and a picture within the picture."""
    exif = Image.Exif()
    exif[0x010E], exif[0x0112] = CANARY, 1
    exif.get_ifd(0x8825)[1] = CANARY
    return exif


def with_notes() -> PngInfo:
    notes = PngInfo()
    notes.add_text(CANARY, CANARY)
    notes.add_itxt("XML:com.adobe.xmp", CANARY)
    return notes


PROFILE = (CANARY * 50).encode()
TALKATIVE = {
    "JPEG": {"exif": told(), "icc_profile": PROFILE, "comment": CANARY, "xmp": CANARY.encode()},
    "PNG": {"exif": told(), "icc_profile": PROFILE, "pnginfo": with_notes()},
    "WEBP": {"exif": told().tobytes(), "icc_profile": PROFILE, "xmp": CANARY.encode()},
    "TIFF": {"exif": told(), "icc_profile": PROFILE},
    "GIF": {"comment": CANARY},
}


def pieces(png: bytes) -> list[bytes]:
    """The kinds of the pieces of a PNG file, whose checksums must be right, and nothing may stand behind the last."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    at, kinds = 8, []
    while at < len(png):
        (length,) = struct.unpack_from(">I", png, at)
        kind, body = png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        assert png[at + 8 + length : at + 12 + length] == struct.pack(">I", zlib.crc32(kind + body))
        kinds.append(kind)
        at += 12 + length
    return kinds


def drawn(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(png))).astype(int)


@pytest.mark.slow
@pytest.mark.parametrize("kind", TALKATIVE)
def test_nothing_that_a_file_tells_is_in_the_copy(kind: str) -> None:
    quiet, talkative = pictures.encoded(SCENE, kind), pictures.encoded(SCENE, kind, **TALKATIVE[kind])
    assert CANARY.encode() in talkative
    made = draw(talkative)
    assert pieces(made.as_png()) == [b"IHDR", b"IDAT", b"IEND"]
    assert CANARY.encode() not in made.as_png()
    assert made == draw(quiet)


def test_it_is_small_grey_and_blurred() -> None:
    board = np.kron(np.indices((9, 16)).sum(axis=0) % 2, np.ones((40, 40))) * 255
    made = draw(pictures.encoded(Image.fromarray(board.astype(np.uint8)), "PNG"))
    shown = Image.open(io.BytesIO(made.as_png()))
    assert (shown.mode, shown.size) == ("L", (160, 90))
    # Fields of ten pixels are gone.
    assert drawn(made.as_png())[20:70, 20:140].std() < 10
    assert drawn(draw(pictures.encoded(SCENE)).as_png()).std() > 10


def test_a_picture_within_the_picture_is_not_what_is_shown() -> None:
    """Programs that blur a photograph have left the sharp one in its EXIF part."""
    inner = pictures.encoded(pictures.scene(160, 120, seed=9), "JPEG")
    exif = told()
    exif[0xEA1C] = inner
    made = draw(pictures.encoded(SCENE, "JPEG", exif=exif))
    assert made == draw(pictures.encoded(SCENE, "JPEG"))


@pytest.mark.parametrize("turn", range(1, 9))
def test_it_stands_upright(turn: int) -> None:
    half = Image.new("L", (200, 100), 255)
    half.paste(0, (0, 0, 100, 100))
    exif = Image.Exif()
    exif[0x0112] = turn
    shown = drawn(draw(pictures.encoded(half.convert("RGB"), "PNG", exif=exif)).as_png())
    dark = {1: "left", 2: "right", 3: "right", 4: "left", 5: "top", 6: "top", 7: "bottom", 8: "bottom"}[turn]
    sides = {"left": shown[:, 0].mean(), "right": shown[:, -1].mean(), "top": shown[0].mean(), "bottom": shown[-1].mean()}
    assert min(sides, key=sides.__getitem__) == dark


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16"])
def test_each_way_to_hold_pixels_can_be_drawn(mode: str) -> None:
    picture = SCENE.convert("L").convert("I").convert(mode) if mode == "I;16" else SCENE.convert(mode)
    made = draw(pictures.encoded(picture, "PNG"))
    assert (made.why, made.width, made.height) == (Why.NOTHING, 160, 90)


# Behind the walls.


@pytest.mark.slow
def test_a_child_draws_it_and_says_so_within_what_it_may_say() -> None:
    made = sandbox.draw(pictures.encoded(SCENE, "JPEG"), seconds=60)
    assert (made.why, made.width, made.height, len(made.pixels)) == (Why.NOTHING, 160, 90, 160 * 90)
    assert made.level >= walls.Level.MINIMAL
    assert made.pixels == draw(pictures.encoded(SCENE, "JPEG")).pixels


@pytest.mark.slow
def test_nothing_is_drawn_below_the_level_that_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    class Better:
        name = "BETTER"

        def __int__(self) -> int:
            return 9

    with pytest.raises(SandboxTooWeak):
        sandbox.draw(pictures.encoded(SCENE), minimum=Better())  # type: ignore[arg-type]


def test_what_a_child_says_is_believed_only_within_its_bounds() -> None:
    said = Derivative(level=3, abi=7, width=3, height=2, pixels=b"abcdef")
    raw = derivative.encode(said)
    assert derivative.decode(raw, Manner()) == said
    assert derivative.decode(derivative.encode(Derivative(Why.BROKEN, 2, 5)), Manner()) == Derivative(Why.BROKEN, 2, 5)
    for wrong in (raw + b"g", raw[:-1], raw[:5], b"", b"CDM1" + raw[4:], raw[:4] + b"\xff" + raw[5:], raw[:4] + b"\3" + raw[5:]):
        assert derivative.decode(wrong, Manner()) is None
    for width, manner in ((241, Manner()), (97, Manner(side=64))):
        assert derivative.decode(derivative.encode(Derivative(width=width, height=1, pixels=bytes(width))), manner) is None
    # What was to be grey is not believed in colour, nor the other way round.
    assert derivative.decode(derivative.encode(Derivative(width=1, height=1, pixels=b"abc")), Manner()) is None
    assert derivative.decode(derivative.encode(Derivative(width=1, height=1, pixels=b"a")), Manner(is_grey=False)) is None
    assert derivative.decode(derivative.encode(Derivative()), Manner()) is None


def test_a_child_is_told_how_to_draw_in_an_order_that_asks_for_no_hashes() -> None:
    clear = Manner(derivative.CLEAR_SIDE, 0, is_grey=False)
    assert Manner.told(clear.order(2.5)) == (clear, 2.5)
    others = (AS_USUAL, EXACTLY, *(order(mode, 2.5) for mode in Mode), clear.order()[:-1])
    assert [Manner.told(one) for one in others] == [None] * len(others)
    assert len(clear.order()) <= LONGEST_ORDER


@pytest.mark.parametrize("mode", ["L", "RGB"])
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_what_is_shown_at_most_is_sharp_and_still_nothing_but_pixels(kind: str, mode: str) -> None:
    red, is_grey = Image.new("RGB", (320, 180), (220, 20, 20)), mode == "L"
    made = draw(pictures.encoded(red, kind), Manner(100, 0, is_grey))
    shown = Image.open(io.BytesIO(made.as_png()))
    assert (shown.mode, shown.size, pieces(made.as_png())) == (mode, (100, 56), [b"IHDR", b"IDAT", b"IEND"])
    seen = drawn(made.as_png())
    assert seen.std(axis=(0, 1)).max() < 3
    assert is_grey or np.abs(seen.mean(axis=(0, 1)) - (220, 20, 20)).max() < 6
    sharp, blurred = (draw(pictures.encoded(SCENE, kind), Manner(160, blur)) for blur in (0, 8))
    edges = [np.abs(np.diff(drawn(one.as_png()))).max() for one in (sharp, blurred)]
    assert edges[0] > 4 * edges[1]


# Files that are two things, and archives.


def script() -> bytes:
    return b"=1;alert('" + CANARY.encode() + b"')//"


def packed(name: str = CANARY, data: bytes = CANARY.encode()) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return buffer.getvalue()


POLYGLOTS = {
    "a GIF that is a script": pictures.encoded(SCENE.convert("P"), "GIF", comment=script()),
    "a JPEG that is a page": pictures.encoded(SCENE, "JPEG", comment=b"<html><script>alert('" + CANARY.encode() + b"')</script>"),
    "a JPEG that is an archive": pictures.encoded(SCENE, "JPEG") + packed(),
    "a PNG that is an archive": pictures.encoded(SCENE, "PNG") + packed(),
    "a BMP that is a document": pictures.encoded(SCENE, "BMP") + b"%PDF-1.7\n" + CANARY.encode(),
}


@pytest.mark.parametrize("both", POLYGLOTS)
def test_of_a_file_that_is_two_things_only_the_picture_is_left(both: str) -> None:
    assert CANARY.encode() in POLYGLOTS[both]
    made = draw(POLYGLOTS[both])
    assert made.why is Why.NOTHING
    png = made.as_png()
    assert pieces(png) == [b"IHDR", b"IDAT", b"IEND"]
    assert not [part for part in (CANARY.encode(), b"script", b"PK\3\4", b"%PDF", b"alert") if part in png]


def tarred() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        member = tarfile.TarInfo("../../etc/drawn")
        member.size = 64 << 20
        archive.addfile(member, io.BytesIO(bytes(64 << 20)))
    return buffer.getvalue()


def nested(deep: int) -> bytes:
    """An archive of archives, whose innermost file is large and empty."""
    data = bytes(32 << 20)
    for _ in range(deep):
        data = packed("inner.zip", data)
    return data


ARCHIVES = {
    "a bomb (ZIP)": lambda: packed("large", bytes(128 << 20)),
    "archives in archives (ZIP)": lambda: nested(5),
    "a path that leads out (ZIP)": lambda: packed("../../../../tmp/drawn"),
    "a picture in an archive (ZIP)": lambda: packed("drawn.png", pictures.encoded(SCENE)),
    "a bomb (gzip)": lambda: gzip.compress(bytes(128 << 20)),
    "a bomb with a path that leads out (tar)": tarred,
    "a document of streams (PDF)": lambda: b"%PDF-1.7\n1 0 obj<</Filter/FlateDecode>>stream\n" + zlib.compress(bytes(64 << 20)) + b"\nendstream",
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", ARCHIVES)
def test_an_archive_is_never_unpacked(kind: str, tmp_path: Path) -> None:
    data, note = ARCHIVES[kind](), tmp_path / "took"
    file = tmp_path / "archive"
    file.write_bytes(data)
    with Decoders(watched(sandbox.PICTURE, note)) as hashing, file.open("rb") as stream:
        for _ in range(2):
            begun = time.monotonic()
            seen = hashing.look(stream.fileno(), b"\0", seconds=sandbox.SECONDS)
            assert time.monotonic() - begun < sandbox.SECONDS
            assert (seen.state, seen.why) == (State.UNRENDERABLE, Why.UNKNOWN_FORMAT)
    took = read(note)
    assert took
    assert max(one.memory for one in took) < 100
    assert max(one.seconds for one in took) < 1
    assert sum(one.written for one in took) == 0
    assert sandbox.draw(data, seconds=60).why is Why.UNKNOWN_FORMAT
    assert {path.name for path in tmp_path.iterdir()} == {"archive", "took"}


def test_no_part_of_the_engine_can_unpack_an_archive() -> None:
    unpacking = re.compile(r"import (zipfile|tarfile|gzip|bz2|lzma)|unpack_archive")
    for file in Path(bubblewrap.__file__).parent.rglob("*.py"):
        assert not unpacking.search(file.read_text()), file
