"""Videos behind walls: the same answer as in the open, and nothing that a file does reaches this process."""

import struct
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.synthetic import videos

from cairndesk.signals.engine import children, sandbox, walls
from cairndesk.signals.engine.answer import FORMS, State, Why
from cairndesk.signals.engine.decoders import Decoders
from cairndesk.signals.engine.digests import digests
from cairndesk.signals.engine.identifiers import Kind
from cairndesk.signals.engine.video import reading
from cairndesk.signals.engine.video.answer import FRAME, Container, Mode, Seen, decode, encode, ended, order
from cairndesk.signals.engine.video.walled import VIDEO, VideoHashes
from cairndesk.signals.errors import SandboxTooWeak

reading.load()
CUTS = (1, 2)


@pytest.fixture(scope="module")
def film() -> bytes:
    return videos.encoded(videos.cuts(*CUTS), key_every=7)


def hashed(data: bytes, **options: object) -> VideoHashes:
    made = sandbox.hash_media(data, **options)  # type: ignore[arg-type]
    assert isinstance(made, VideoHashes)
    return made


@pytest.mark.slow
@pytest.mark.parametrize(("codec", "container"), [("libx264", "mp4"), ("libvpx-vp9", "webm"), ("libsvtav1", "mp4"), ("mpeg2video", "mpegts")])
def test_each_decoder_works_behind_the_walls(codec: str, container: str) -> None:
    quick = {"libvpx-vp9": {"deadline": "realtime", "cpu-used": "8"}, "libsvtav1": {"preset": "12"}}.get(codec, {})
    data = videos.encoded(videos.cuts(*CUTS), codec=codec, container=container, options=quick, rate=25 if codec == "mpeg2video" else 10)
    made = hashed(data, seconds=60)
    assert (made.seen.state, made.seen.why) == (State.HASHED, Why.NOTHING)
    assert made.seen.level >= walls.Level.MINIMAL
    with tempfile.TemporaryFile() as stream:
        stream.write(data)
        assert made.seen.records == reading.look(stream).records


@pytest.mark.slow
def test_a_stem_reads_the_file_where_it_lies_and_outlives_a_broken_one(film: bytes) -> None:
    with Decoders(VIDEO) as decoders, tempfile.TemporaryFile() as stream:
        for data, state in ((film[:300], State.UNRENDERABLE), (film, State.HASHED)):
            stream.seek(0)
            stream.truncate()
            stream.write(data)
            stream.flush()
            seen = decoders.look(stream.fileno(), order(Mode.KEY_FRAMES, 30), seconds=60)
            assert (seen.state, seen.mode if state is State.HASHED else Mode.KEY_FRAMES) == (state, Mode.KEY_FRAMES)


@pytest.mark.slow
def test_its_digests_and_all_forms_of_its_frames_are_looked_for(film: bytes) -> None:
    made = hashed(film + film[:0])
    kinds = [one.kind for one in made.identifiers()]
    assert kinds[:3] == [Kind.MD5, Kind.SHA1, Kind.SHA256]
    assert len(kinds) == 3 + len(made.scenes) * len(FORMS)
    assert sum(scene.frames for scene in made.scenes) == len(made.seen.frames) == 4


def test_without_the_extra_only_the_digests_count(film: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "is_here", lambda: False)
    made = hashed(film)
    assert (made.seen.state, made.seen.why) == (State.UNRENDERABLE, Why.NO_DECODER)
    assert [one.kind for one in made.identifiers()] == [Kind.MD5, Kind.SHA1, Kind.SHA256]


@pytest.mark.slow
def test_below_the_minimum_nothing_is_parsed(film: bytes) -> None:
    class Better:
        name = "BETTER"

        def __int__(self) -> int:
            return 9

    with pytest.raises(SandboxTooWeak):
        sandbox.hash_media(film, minimum=Better())  # type: ignore[arg-type]


SMALL = {
    container: videos.encoded(videos.cuts(1, 2, seconds=0.7, width=96, height=64), container=container) for container in ("mp4", "matroska", "mpegts")
}


@pytest.fixture(scope="module")
def decoders() -> Iterator[Decoders[Seen]]:
    with Decoders(VIDEO) as made:
        yield made


@pytest.mark.slow
@settings(max_examples=150)
@given(
    st.sampled_from(sorted(SMALL)),
    st.lists(st.tuples(st.one_of(st.integers(0, 1500), st.integers(0, 1 << 20)), st.integers(0, 255)), max_size=20),
    st.integers(0, 9000),
)
def test_a_damaged_video_always_gets_an_answer(decoders: Decoders[Seen], container: str, changes: list[tuple[int, int]], cut: int) -> None:
    data = bytearray(SMALL[container])
    for place, value in changes:
        data[place % len(data)] = value
    del data[max(1, len(data) - cut) :]
    with tempfile.TemporaryFile() as stream:
        stream.write(data)
        stream.flush()
        seen = decoders.look(stream.fileno(), order(Mode.EVERY_FRAME, 10), seconds=20)
        # The child says itself what it met; none is brought down.
        assert seen.why is not Why.CHILD_DIED
        assert (seen.state is State.UNRENDERABLE) == (not len(seen.frames))


def test_what_a_child_says_is_believed_only_whole_and_in_range() -> None:
    frames = np.zeros(2, FRAME)
    frames["quality"] = 60
    seen = ended(Seen(State.UNRENDERABLE, format=Container.MOV, turned=270, width=9, height=8, seconds=1.5), frames.tobytes(), Why.NOTHING)
    raw = b"".join(encode(seen, level=3, abi=7))
    assert decode(raw) == replace(seen, level=3, abi=7)
    head = len(raw) - len(frames.tobytes())
    for broken in (b"", raw[:-1], raw[1:], raw[FRAME.itemsize :], raw + b"\0", raw[-head:], bytes(len(raw))):
        assert decode(broken) is None
    for place, value in ((8, 101), (-head + 4, 9), (-head + 5, 99), (-head + 8, 9), (-head + 9, 9), (-head + 10, 4)):
        changed = bytearray(raw)
        changed[place] = value
        assert decode(bytes(changed)) is None, place
    for time in (float("nan"), -1.0, float("inf")):
        assert decode(struct.pack("<d", time) + raw[8:]) is None


@pytest.mark.parametrize("saying", ["pass", "os.write(1, b'CDV1')", "os.abort()"])
def test_a_child_that_says_anything_else_is_not_believed(saying: str) -> None:
    seen = children.hear(VIDEO, [sys.executable, "-I", "-c", f"import os; {saying}"], bytes(1 << 20), seconds=30)
    assert seen == Seen(State.UNRENDERABLE, Why.CHILD_DIED)


@pytest.mark.slow
def test_a_video_for_which_there_is_no_time_is_ended_and_its_digests_are_kept(film: bytes) -> None:
    made = hashed(film, seconds=0.0)
    assert (made.seen.state, made.seen.why, made.digests) == (State.UNRENDERABLE, Why.TOO_SLOW, digests(film))
