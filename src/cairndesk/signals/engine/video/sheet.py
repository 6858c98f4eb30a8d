"""What may be looked at of a video: still frames in one picture, from its beginning to its end, without sound. Runs behind walls only."""

from __future__ import annotations

import io
import time
from typing import TYPE_CHECKING

from PIL import Image, ImageFile, ImageFilter

from cairndesk.signals.engine.answer import Why
from cairndesk.signals.engine.derivative import ACROSS, Derivative, Manner
from cairndesk.signals.engine.video.answer import Mode
from cairndesk.signals.engine.video.reading import Reading

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

FRAMES = ACROSS * ACROSS
# Loaded now, because a picture gives its pixels by it and the walls allow no file to be opened later.
LOADED = (ImageFile,)
_UPRIGHT = {90: Image.Transpose.ROTATE_90, 180: Image.Transpose.ROTATE_180, 270: Image.Transpose.ROTATE_270}


def draw(stream: io.IOBase, manner: Manner, seconds: float) -> Derivative:
    """At most nine frames of the video in `stream`, evenly from its length; what was read until something went wrong counts."""
    reading = _Stills(stream, manner, time.monotonic() + seconds)
    why = reading.end()
    stills = reading.stills
    if not stills:
        return Derivative(Why.BROKEN if why is Why.NOTHING else why)
    wanted = [stills[place * len(stills) // min(FRAMES, len(stills))] for place in range(min(FRAMES, len(stills)))]
    width, height = max(one.width for one in wanted), max(one.height for one in wanted)
    across = min(ACROSS, len(wanted))
    mode = wanted[0].mode
    # By its number: names of colours are in a file that the walls no longer let in.
    sheet = Image.new(mode, (across * width, -(-len(wanted) // across) * height), 255 if mode == "L" else (255, 255, 255))
    for place, one in enumerate(wanted):
        sheet.paste(one, (place % across * width, place // across * height))
    return Derivative(width=sheet.width, height=sheet.height, pixels=sheet.tobytes())


class _Stills(Reading):
    """Reads a frame of each second, and keeps few of them, small: whenever they become too many every other goes."""

    def __init__(self, stream: io.IOBase, manner: Manner, until: float) -> None:
        self._manner = manner
        super().__init__(stream, Mode.EACH_SECOND, until)

    def _begin(self) -> None:
        super()._begin()
        self.stills: list[Image.Image] = []
        self._met, self._every = 0, 1

    def _keep(self, frame: VideoFrame, at: float) -> None:
        self._met += 1
        if (self._met - 1) % self._every:
            return
        self.stills.append(self._drawn(frame))
        if len(self.stills) == 4 * FRAMES:
            self.stills, self._every = self.stills[::2], 2 * self._every

    def _drawn(self, frame: VideoFrame) -> Image.Image:
        """One frame as a picture, small and upright; FFmpeg makes it small before there is a picture at all."""
        cell, manner = self._manner.cell, self._manner
        scale = min(1.0, cell / max(frame.width, frame.height))
        size = max(1, round(frame.width * scale)), max(1, round(frame.height * scale))
        small = frame.reformat(*size, format="gray" if manner.is_grey else "rgb24").to_ndarray()
        still = Image.fromarray(small)
        if manner.blur:
            still = still.filter(ImageFilter.GaussianBlur(max(1, manner.blur * cell / manner.side)))
        turn = _UPRIGHT.get(round(frame.rotation / 90) % 4 * 90)
        return still if turn is None else still.transpose(turn)
