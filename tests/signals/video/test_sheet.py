"""Of a video only a sheet of still frames can be looked at: evenly from its length, upright, without sound, and nothing of the file."""

import io

import numpy as np
import pytest
from PIL import Image
from tests.synthetic import videos

from cairndesk.signals.engine import sandbox
from cairndesk.signals.engine.answer import Why
from cairndesk.signals.engine.derivative import Derivative, Manner
from cairndesk.signals.engine.video import sheet

pytestmark = pytest.mark.slow
GREYS = range(10, 250, 20)


def lit(*greys: int, seconds: int = 2) -> bytes:
    """A video that shows one grey after the other."""
    frames = (np.full((180, 320, 3), grey, np.uint8) for grey in greys for _ in range(10 * seconds))
    return videos.encoded(frames, sound=True)


def cells(drawn: Derivative) -> list[float]:
    """How light each still is, row by row."""
    grey = np.frombuffer(drawn.pixels, np.uint8).reshape(drawn.height, drawn.width, -1).astype(int)
    return [float(cell.mean()) for row in np.array_split(grey, 3) for cell in np.array_split(row, 3, axis=1)]


def test_a_long_video_is_nine_stills_from_its_beginning_to_its_end() -> None:
    drawn = sandbox.draw(lit(*GREYS), Manner(), seconds=60)
    assert (drawn.why, drawn.width, drawn.height, drawn.channels) == (Why.NOTHING, 240, 135, 1)
    light = cells(drawn)
    assert light == sorted(light)
    assert (light[0] < 30, light[-1] > 190) == (True, True)
    assert drawn.pixels == sheet.draw(io.BytesIO(lit(*GREYS)), Manner(), 60).pixels


def test_of_one_with_few_seconds_there_are_few_stills_and_however_long_it_is_never_more_than_nine() -> None:
    short = sandbox.draw(lit(100, seconds=1), Manner(), seconds=60)
    assert (short.width, short.height) == (80, 45)
    long = sheet._Stills(io.BytesIO(lit(*GREYS, seconds=4)), Manner(), 1e18)
    assert (long.end(), len(long.stills)) == (Why.NOTHING, 24)


@pytest.mark.parametrize("manner", [Manner(), Manner(64, 8), Manner(640, 0, is_grey=False)])
def test_it_is_as_small_blurred_and_grey_as_it_is_asked_for(manner: Manner) -> None:
    drawn = sandbox.draw(videos.encoded(videos.cuts(3, 4, 5, seconds=4)), manner, seconds=60)
    assert (drawn.width, drawn.channels) == (3 * manner.cell, 1 if manner.is_grey else 3)
    shown = np.asarray(Image.open(io.BytesIO(drawn.as_png())).convert("L")).astype(int)
    # The edges within one still.
    sharpest = np.abs(np.diff(shown[: drawn.height // 3, : manner.cell])).max()
    assert (sharpest < 25, sharpest > 80) == (manner.blur > 0, manner.blur == 0)


def test_it_stands_upright() -> None:
    half = np.full((180, 320, 3), 255, np.uint8)
    half[:, :160] = 0
    drawn = sandbox.draw(videos.encoded((half for _ in range(10)), turned=90), Manner(), seconds=60)
    assert (drawn.width, drawn.height) == (45, 80)
    pixels = np.frombuffer(drawn.pixels, np.uint8).reshape(80, 45).astype(int)
    # What was at the left is at the bottom once it is turned against the clock.
    assert (pixels[-5:].mean() < 60, pixels[:5].mean() > 200) == (True, True)


def test_what_cannot_be_decoded_has_the_reason_instead() -> None:
    whole = lit(50, 100, 150)
    assert sandbox.draw(whole[:200], Manner(), seconds=60).why is Why.BROKEN
    assert sandbox.draw(whole, Manner(), seconds=60).why is Why.NOTHING


def test_without_the_extra_nothing_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "is_here", lambda: False)
    assert sandbox.draw(lit(50), Manner()).why is Why.NO_DECODER
