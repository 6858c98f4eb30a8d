"""Videos: ours beside `vpdq`, one hash a second of the same clip, and every frame beside decoding alone."""

import tempfile
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import vpdq
from bench.report import Row, Scale, beside
from numpy.typing import NDArray

from cairndesk.signals.engine import sandbox
from cairndesk.signals.engine.answer import State
from cairndesk.signals.engine.video import reading
from cairndesk.signals.engine.video.answer import Mode, Seen

WIDTH, HEIGHT, RATE = 1280, 720, 30
LONG, SHORT = 250, 30


def rows(*, scale: Scale) -> list[Row]:
    """The figures of this file; a soak takes a longer clip and more rounds."""
    reading.load()
    seconds, rounds = scale.of(tiny=(1, 1), quick=(9, 2), usual=(20, 5), soak=(60, 7))
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        long, short = (_clip(Path(folder) / f"{key_every}.mp4", key_every, seconds) for key_every in (LONG, SHORT))
        return [
            *_each_second("video-long-gop", long, f"a key frame every {LONG / RATE:.0f} s", rounds),
            *_each_second("video-short-gop", short, f"a key frame every {SHORT / RATE:.0f} s", rounds),
            _every_frame(long, seconds * RATE, rounds),
        ]


def _clip(path: Path, key_every: int, seconds: int) -> Path:
    """A drawn scene that the view moves over, with the grain of a camera, and another every four seconds."""
    dice = np.random.default_rng(1)
    grain = dice.normal(0, 2.5, (HEIGHT + 64, WIDTH + 64))
    with av.open(path, "w") as out:
        options = {"g": str(key_every), "keyint_min": str(key_every), "sc_threshold": "0"}
        track = out.add_stream("libx264", rate=RATE, options=options)
        track.width, track.height, track.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for at in range(seconds * RATE):
            if at % (4 * RATE) == 0:
                scene = _scene(at)
            left, (up, across) = at % (4 * RATE), dice.integers(0, 64, 2)
            light = scene[left // 2 : left // 2 + HEIGHT, left : left + WIDTH] + grain[up : up + HEIGHT, across : across + WIDTH]
            out.mux(track.encode(_frame(light, at)))
        out.mux(track.encode(None))
    return path


def _scene(seed: int) -> NDArray[np.float64]:
    dice = np.random.default_rng(seed)
    across, down = np.meshgrid(np.arange(WIDTH + 4 * RATE), np.arange(HEIGHT + 2 * RATE))
    steps = dice.uniform(20, 90, 4)
    drawn = np.sin(across / steps[0] + down / steps[1]) * 60 + np.cos(across * down / (300 * steps[2]) + steps[3]) * 40 + 120
    for _ in range(40):
        left, top = dice.integers(0, WIDTH), dice.integers(0, HEIGHT)
        drawn[top : top + dice.integers(20, 200), left : left + dice.integers(20, 300)] = dice.integers(16, 235)
    return drawn


def _frame(light: NDArray[np.float64], at: int) -> av.VideoFrame:
    frame = av.VideoFrame(WIDTH, HEIGHT, "yuv420p")
    for plane, samples in zip(frame.planes, (light, light[::2, ::2] / 2 + 64, 200 - light[1::2, 1::2] / 3), strict=True):
        held = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
        held[: samples.shape[0], : samples.shape[1]] = samples.clip(16, 235)
    frame.pts, frame.time_base = at, Fraction(1, RATE)
    return frame


def _look(path: Path, mode: Mode) -> Seen:
    with path.open("rb") as stream:
        return reading.look(stream, mode)


def _each_second(row: str, path: Path, about: str, rounds: int) -> list[Row]:
    def peer() -> list[vpdq.VpdqFeature]:
        return vpdq.computeHash(str(path), seconds_per_hash=1.0)

    def walled() -> sandbox.FileHashes:
        return sandbox.hash_media(data, seconds=120)

    ours, theirs, data = _look(path, Mode.EACH_SECOND).frames, peer(), path.read_bytes()
    apart = [mine["hashes"][0] ^ np.frombuffer(bytes.fromhex(one.hex), np.uint8) for mine, one in zip(ours, theirs, strict=True)]
    bits = np.unpackbits(apart).sum() / len(apart)
    note = f"720p H.264, {about}, one hash a second in all eight forms, one thread, on average {bits:.1f} bits from the peer's; peer: vpdq"
    assert walled().seen.state is State.HASHED
    return [
        beside(row, lambda: _look(path, Mode.EACH_SECOND), peer, note=note, rounds=rounds),
        beside(f"{row}-walled", walled, peer, note="ours in a new walled-in process, with all digests; peer: the same", rounds=rounds),
        beside(
            f"{row}-key-frames", lambda: _look(path, Mode.KEY_FRAMES), peer, note="key frames only, for a first look; peer: the same", rounds=rounds
        ),
    ]


def _every_frame(path: Path, frames: int, rounds: int) -> Row:
    def peer() -> int:
        with av.open(path) as container:
            track = container.streams.video[0]
            track.codec_context.thread_count = 1
            return sum(1 for _ in container.decode(track))

    assert len(_look(path, Mode.EVERY_FRAME).frames) == peer() == frames
    note = "720p H.264, every frame hashed in all eight forms; peer: decoding alone, in one thread as ours"
    return beside("video-every-frame", lambda: _look(path, Mode.EVERY_FRAME), peer, note=note, rounds=rounds, of=frames)
