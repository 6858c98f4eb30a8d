"""Frames of drawn videos against the library vpdq, and against decoding every frame."""

import io
import itertools
from pathlib import Path

import numpy as np
import pytest
import vpdq
from tests.synthetic import videos

from cairndesk.signals.engine.answer import Path as Way
from cairndesk.signals.engine.answer import State, Why
from cairndesk.signals.engine.video import reading
from cairndesk.signals.engine.video.answer import Container, Mode, Seen

reading.load()
CUTS = (1, 2, 3)


def seen(data: bytes, mode: Mode = Mode.EACH_SECOND) -> Seen:
    return reading.look(io.BytesIO(data), mode)


def bits(one: object, other: object) -> int:
    return int(np.unpackbits(np.asarray(one) ^ np.asarray(other)).sum())


@pytest.fixture(scope="module")
def film() -> bytes:
    return videos.encoded(videos.cuts(*CUTS, seconds=2.5), key_every=7)


@pytest.mark.slow
@pytest.mark.parametrize("key_every", [3, 10, 250])
def test_frames_are_those_of_vpdq_at_the_same_times(key_every: int, tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    # Half of them so faint that the quality tells of the range of the samples.
    drawn = itertools.chain(videos.cuts(*CUTS, seconds=2.5), (frame // 6 + 100 for frame in videos.cuts(4, 5, seconds=2.5)))
    path.write_bytes(videos.encoded(drawn, key_every=key_every))
    theirs, ours = vpdq.computeHash(str(path), seconds_per_hash=1.0), seen(path.read_bytes())
    assert (ours.state, ours.why, ours.format, (ours.width, ours.height)) == (State.HASHED, Why.NOTHING, Container.MOV, (320, 180))
    assert [one.timestamp for one in theirs] == pytest.approx(ours.frames["time"], abs=0.01)
    apart = [bits(np.frombuffer(bytes.fromhex(one.hex), np.uint8), frame["hashes"][0]) for one, frame in zip(theirs, ours.frames, strict=True)]
    assert np.mean(apart[:7]) < 3
    assert max(apart[:7]) <= 10
    # Of faint ones the way through RGB, which the library takes, rounds more away.
    assert max(apart[7:]) <= 24
    qualities = [one.quality for one in theirs]
    assert min(qualities) < 90
    assert qualities == pytest.approx(ours.frames["quality"].astype(int), abs=4)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("codec", "container"),
    [("libx264", "mp4"), ("libx264", "matroska"), ("libx264", "mpegts"), ("libx265", "mp4"), ("mpeg4", "avi"), ("libvpx", "webm")],
)
@pytest.mark.parametrize("key_every", [2, 9, 40])
def test_what_is_left_out_changes_no_frame(codec: str, container: str, key_every: int) -> None:
    quiet = {"libx265": {"x265-params": "log-level=none:pools=none"}, "libvpx": {"deadline": "realtime", "cpu-used": "8"}}.get(codec, {})
    data = videos.encoded(videos.cuts(*CUTS, seconds=1.5), codec=codec, container=container, key_every=key_every, options=quiet)
    each, every = seen(data), seen(data, Mode.EVERY_FRAME)
    assert each.is_whole
    assert every.is_whole
    assert len(every.frames) == 45
    due = [next(frame for frame in every.frames if frame["time"] >= second - 0.002) for second in range(5)]
    assert [frame.tobytes() for frame in each.frames] == [frame.tobytes() for frame in due]


def test_key_frames_only_are_those_of_all_that_stand_by_themselves(film: bytes) -> None:
    only, every = seen(film, Mode.KEY_FRAMES), seen(film, Mode.EVERY_FRAME)
    assert only.mode is Mode.KEY_FRAMES
    assert 0 < len(only.frames) < len(every.frames) / 3
    assert {frame.tobytes() for frame in only.frames} <= {frame.tobytes() for frame in every.frames}


def test_a_player_turns_it_and_we_only_note_it(film: bytes) -> None:
    turned = seen(videos.encoded(videos.cuts(*CUTS, seconds=2.5), key_every=7, turned=90))
    assert (turned.turned, turned.orientation) == (90, 8)
    assert (turned.width, turned.height) == (320, 180)
    assert turned.records == seen(film).records


def test_sound_beside_it_changes_nothing(film: bytes) -> None:
    assert seen(videos.encoded(videos.cuts(*CUTS, seconds=2.5), key_every=7, sound=True)).records == seen(film).records


@pytest.mark.slow
@pytest.mark.parametrize(
    ("codec", "container", "pixels", "path"),
    [
        ("libx264", "mp4", "yuv444p", Way.STORED_LUMINANCE),
        ("libx264", "mp4", "yuv420p10le", Way.STORED_LUMINANCE | Way.FROM_16_BIT),
        ("libx264rgb", "mp4", "rgb24", Way.STORED_LUMINANCE | Way.FROM_OTHER),
        ("mjpeg", "avi", "yuvj420p", Way.STORED_LUMINANCE),
    ],
)
def test_each_kind_of_samples_gives_nearly_the_same_frames(codec: str, container: str, pixels: str, path: Way, film: bytes) -> None:
    made = seen(videos.encoded(videos.cuts(*CUTS, seconds=2.5), codec=codec, container=container, pixels=pixels, options={"q": "3"}))
    assert made.path == path
    apart = [bits(one["hashes"][0], other["hashes"][0]) for one, other in zip(made.frames, seen(film).frames, strict=True)]
    assert np.mean(apart) <= 12


def test_a_video_of_one_colour_is_too_plain() -> None:
    made = seen(videos.encoded(videos.plain()))
    assert (made.state, made.quality, made.plain.tolist()) == (State.TOO_PLAIN, 0, [True])


def test_of_frames_far_apart_each_is_hashed_once() -> None:
    made = seen(videos.encoded(videos.cuts(1, 2, seconds=0.5), times=lambda at: at * 23))
    assert made.frames["time"] == pytest.approx([2.3 * at for at in range(10)], abs=0.01)


@pytest.mark.slow
def test_a_clock_that_is_set_back_hides_nothing() -> None:
    whole = videos.encoded(videos.cuts(1, seconds=8), container="mpegts")
    both = seen(whole + videos.encoded(videos.cuts(2, seconds=8), container="mpegts"))
    assert len(both.frames) >= 15
    assert min(bits(frame["hashes"][0], seen(videos.encoded(videos.cuts(2))).frames[0]["hashes"][0]) for frame in both.frames) <= 16


def test_a_file_cut_short_counts_as_far_as_it_can_be_read(film: bytes) -> None:
    data = videos.encoded(videos.cuts(*CUTS, seconds=2), container="matroska")
    made = seen(data[: len(data) // 2])
    assert made.state is State.HASHED
    assert made.records == seen(data).records[: len(made.records)]
    whole = videos.encoded(videos.cuts(*CUTS, seconds=2), container="mpegts")
    broken = bytearray(whole)
    broken[len(broken) // 2 : len(broken) // 2 + 5000] = bytes(5000)
    assert seen(bytes(broken)).state is State.HASHED


def test_time_that_runs_out_ends_the_reading_with_a_reason(film: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = itertools.count()
    monkeypatch.setattr(reading.time, "monotonic", lambda: next(ticks))
    made = reading.look(io.BytesIO(film), Mode.EVERY_FRAME, seconds=40)
    assert made.why is Why.TOO_SLOW
    assert 0 < len(made.frames) < 75
    assert not made.is_whole


def test_too_many_frames_end_the_reading_with_a_reason(film: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_FRAMES", 3)
    assert (seen(film).why, len(seen(film).frames)) == (Why.TOO_LONG, 3)
    monkeypatch.setattr(reading, "MAX_PACKETS", 10)
    assert seen(film).why is Why.TOO_LONG


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", Why.UNKNOWN_FORMAT),
        (b"no film", Why.UNKNOWN_FORMAT),
        (b"\0\0\0\x18ftypavif", Why.UNKNOWN_FORMAT),
        (b"\0\0\0\x18ftypmp42" + bytes(400), Why.BROKEN),
        (b"\x1a\x45\xdf\xa3" + bytes(400), Why.BROKEN),
    ],
)
def test_what_is_no_video_is_refused_with_a_reason(data: bytes, why: Why) -> None:
    assert seen(data) == Seen(State.UNRENDERABLE, why, format=seen(data).format)


def test_frames_over_the_size_are_refused(monkeypatch: pytest.MonkeyPatch, film: bytes) -> None:
    monkeypatch.setattr(reading, "MAX_PIXELS", 320 * 179)
    assert seen(film).why is Why.TOO_MANY_PIXELS
