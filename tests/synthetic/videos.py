"""Videos drawn by code for tests: test cards that move, cuts between drawn scenes, and what a container can do to them."""

import io
from collections.abc import Callable, Iterator
from fractions import Fraction

import av
import numpy as np
from numpy.typing import NDArray
from tests.synthetic import pictures

Frame = NDArray[np.uint8]


def cuts(*seeds: int, seconds: float = 2, rate: int = 10, width: int = 320, height: int = 180) -> Iterator[Frame]:
    """RGB frames: of each seed a drawn scene over which the view moves slowly, one after the other."""
    for seed in seeds:
        scene = np.asarray(pictures.scene(width + 40, height, seed=seed))
        for at in range(round(seconds * rate)):
            yield scene[:, at % 40 : at % 40 + width]


def plain(*, frames: int = 10, width: int = 320, height: int = 180) -> Iterator[Frame]:
    """One colour."""
    for _ in range(frames):
        yield np.full((height, width, 3), 90, np.uint8)


def encoded(
    frames: Iterator[Frame],
    *,
    rate: int = 10,
    key_every: int = 250,
    codec: str = "libx264",
    container: str = "mp4",
    pixels: str = "yuv420p",
    times: Callable[[int], int] = int,
    options: dict[str, str] | None = None,
    turned: int = 0,
    sound: bool = False,
) -> bytes:
    """The bytes of a video file. `times`: of each frame when it is shown, in frames."""
    buffer = io.BytesIO()
    fast = {"preset": "ultrafast", "bf": "2", "crf": "20"} if codec == "libx264" else {}
    with av.open(buffer, "w", format=container) as out:
        track = out.add_stream(codec, rate=rate, options={"g": str(key_every)} | fast | (options or {}))
        hum = out.add_stream("aac", rate=44_100) if sound else None
        for at, pixel in enumerate(frames):
            if at == 0:
                track.height, track.width = pixel.shape[:2]
                track.pix_fmt = pixels
                if turned:
                    track.set_display_rotation(turned)
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixel), format="rgb24")
            frame.pts, frame.time_base = times(at), Fraction(1, rate)
            out.mux(track.encode(frame))
        out.mux(track.encode(None))
        if hum is not None:
            samples = av.AudioFrame.from_ndarray(np.zeros((1, 44_100), np.float32), format="fltp", layout="mono")
            samples.sample_rate = 44_100
            out.mux(hum.encode(samples))
            out.mux(hum.encode(None))
    return buffer.getvalue()
