"""A file of moving pictures to its hashed frames. Runs behind walls only: it hands hostile bytes to FFmpeg."""

from __future__ import annotations

import importlib
import io
import math
import struct
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np

from cairndesk.signals.engine import pdq
from cairndesk.signals.engine.answer import State, Why
from cairndesk.signals.engine.video import luminance, plan
from cairndesk.signals.engine.video.answer import MAX_FRAMES, MAX_SECONDS, Container, Mode, Seen, ended
from cairndesk.signals.engine.video.kinds import LOOKED_AT, kind_of
from cairndesk.signals.engine.video.plan import Plan

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.packet import Packet
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

MAX_PIXELS = 36_000_000
MAX_PACKETS = 2_000_000
# Decoders that people's videos need; what else FFmpeg can do is not offered to a hostile file.
_DECODERS = (
    "h264", "hevc", "av1", "libdav1d", "vp8", "vp9", "mpeg4", "mpeg1video", "mpeg2video", "mjpeg", "h263", "flv", "wmv1", "wmv2", "wmv3", "vc1",
    "msmpeg4v2", "msmpeg4", "theora", "prores",
)  # fmt: skip
_OPTIONS = {"codec_whitelist": ",".join(_DECODERS), "protocol_whitelist": "", "max_pixels": str(MAX_PIXELS)}
_BUFFER = 1 << 18
# These tell of each packet whether any other frame leans on its own, so that one that nobody wants is left out.
_KNOWS_LEANING = frozenset({"h264", "hevc"})
_USUAL_RATE = 25.0
_RECORD = struct.Struct("<dB")
# A clock that jumps back by more than this (in seconds) has been set anew; less is how frames are ordered in a file.
_JUMP = 5.0


class _Ended(Exception):
    """The reading ends here; what was hashed until now counts."""

    def __init__(self, why: Why) -> None:
        super().__init__(why)
        self.why = why


class _Unsteady(Exception):
    """A frame that should stand by itself does not; only decoding everything tells."""


def load() -> None:
    """Everything of FFmpeg and PyAV is read from the disk. Raises ImportError without the extra `video`."""
    # The others are loaded by PyAV itself when it meets such a stream, which behind walls it cannot.
    for name in ("av", "av.subtitles.stream", "av.subtitles.codeccontext", "av.sidedata.motionvectors", "av.sidedata.encparams"):
        importlib.import_module(name)
    # Nothing of a hostile file goes into a text that somebody reads.
    importlib.import_module("av.logging").set_level(None)


def look(stream: io.IOBase, mode: Mode = Mode.EACH_SECOND, *, seconds: float = math.inf) -> Seen:
    """What can be said of the video in `stream`, which can be sought in, after at most about `seconds`. Never raises for what is in it."""
    reading = Reading(stream, mode, time.monotonic() + seconds)
    why = reading.end()
    return ended(reading.seen, b"".join(reading.frames), why)


class Reading:
    """One video as it is read: what is known of it, and the records of the frames that are hashed."""

    def __init__(self, stream: io.IOBase, mode: Mode, until: float) -> None:
        self._stream, self._mode, self._until = stream, mode, until
        self.seen = Seen(State.UNRENDERABLE, mode=mode)
        self._plan: Plan | None = None
        self._begin()

    def end(self) -> Why:
        """Read it, as far as that goes; returns why it went no further, or NOTHING. Never raises for what is in the file."""
        try:
            self.read()
        except _Ended as end:
            return end.why
        except MemoryError:
            return Why.TOO_MUCH_MEMORY
        except Exception:  # noqa: BLE001 - a decoder may raise anything at all; every failure is the same to the desk
            return Why.BROKEN
        return Why.NOTHING

    def read(self) -> None:
        """Hash what the mode wants. Raises _Ended, and whatever a decoder raises."""
        if self._mode is not Mode.EVERY_FRAME:
            self._plan = self._planned()
        try:
            self._run()
        except _Unsteady:
            self._plan = None
            self._begin()
            self._run()
        if self._is_broken:
            raise _Ended(Why.BROKEN)

    def _begin(self) -> None:
        self.frames: list[bytes] = []
        self._first: float | None = None
        self._last, self._due, self._is_broken = 0.0, 0, False

    def _planned(self) -> Plan | None:
        """Which packets are decoded; None for all of them. Reads the packets once and decodes none."""
        with self._opened() as container:
            track = self._track(container)
            # Asked while it is open: afterwards it is nothing.
            tick = float(track.time_base or 0)
            found = [(packet.pts, packet.is_keyframe, packet.is_discard) for packet in self._packets(container, track)]
        times = np.array([math.nan if is_hidden or time is None else time for time, _, is_hidden in found], float)
        key = np.array([is_key for _, is_key, _ in found], bool)
        if self._mode is Mode.KEY_FRAMES:
            return plan.key_frames(key)
        if any(time is None for time, _, _ in found):
            return None
        return plan.each_second(times * tick, key, jump=_JUMP, longest=MAX_SECONDS)

    def _run(self) -> None:
        with self._opened() as container:
            track = self._track(container)
            self.seen = replace(self.seen, seconds=min(MAX_SECONDS, max(0.0, (container.duration or 0) / 1_000_000)))
            # Frames that a decoder held back do not know their clock.
            tick, step = float(track.time_base or 0), 1 / (float(track.average_rate or 0) or _USUAL_RATE)
            for frame in self._decoded(container, track):
                self._look_at_the_clock()
                self._take(frame, self._time(None if frame.pts is None else frame.pts * tick, step))

    def _opened(self) -> InputContainer:
        import av  # noqa: PLC0415 - the core must load without the extra

        self._stream.seek(0)
        kind = kind_of(self._stream.read(LOOKED_AT))
        if kind is Container.NONE:
            raise _Ended(Why.UNKNOWN_FORMAT)
        self.seen = replace(self.seen, format=kind)
        self._stream.seek(0)
        return av.open(self._stream, "r", format=kind.name.lower(), options=dict(_OPTIONS), buffer_size=_BUFFER)

    def _track(self, container: InputContainer) -> VideoStream:
        """The moving pictures; a cover is none. Raises _Ended."""
        from av.stream import Disposition  # noqa: PLC0415 - the core must load without the extra

        moving = [one for one in container.streams.video if not one.disposition & Disposition.attached_pic]
        if not moving:
            raise _Ended(Why.UNKNOWN_FORMAT)
        decoder = moving[0].codec_context
        if decoder.width * decoder.height > MAX_PIXELS or max(decoder.width, decoder.height) > pdq.MAX_SIDE:
            raise _Ended(Why.TOO_MANY_PIXELS)
        # The walls allow no other.
        decoder.thread_count = 1
        return moving[0]

    def _packets(self, container: InputContainer, track: VideoStream) -> Iterator[Packet[VideoStream]]:
        for many, packet in enumerate(container.demux(track)):
            if many > MAX_PACKETS:
                raise _Ended(Why.TOO_LONG)
            self._look_at_the_clock()
            if packet.size:
                yield packet

    def _decoded(self, container: InputContainer, track: VideoStream) -> Iterator[VideoFrame]:
        """The frames of the packets that are fed, which come in runs with gaps between them."""
        fed = None if self._plan is None else self._plan.fed
        packets = enumerate(self._packets(container, track))
        for place, (is_fed, run) in enumerate(groupby(packets, lambda one: fed is None or bool(fed[one[0]]))):
            if is_fed:
                yield from self._run_of(track, run, after_gap=place > 0)
                track.codec_context.flush_buffers()

    def _run_of(self, track: VideoStream, run: Iterable[tuple[int, Packet[VideoStream]]], *, after_gap: bool) -> Iterator[VideoFrame]:
        """The frames of one run. Raises _Unsteady where its first frame does not stand by itself though there was a gap before it."""
        decoder, key, stands = track.codec_context, None, not after_gap
        wanted = self._plan.wanted if self._plan and decoder.name in _KNOWS_LEANING else None
        for place, packet in run:
            key = packet.pts if key is None else key
            if wanted is not None:
                decoder.skip_frame = "DEFAULT" if wanted[place] else "NONREF"
            for frame in self._out(track, packet):
                stands |= frame.key_frame and frame.pts == key
                yield frame
        for frame in self._out(track, None):
            stands |= frame.key_frame and frame.pts == key
            yield frame
        if not stands:
            raise _Unsteady

    def _out(self, track: VideoStream, packet: Packet[VideoStream] | None) -> list[VideoFrame]:
        """What the decoder gives for a packet, or what it still holds; a packet that is damaged is passed over."""
        from av.error import FFmpegError  # noqa: PLC0415 - the core must load without the extra

        try:
            return track.codec_context.decode(packet)
        except MemoryError:
            raise
        except FFmpegError:
            self._is_broken = True
            return []

    def _take(self, frame: VideoFrame, at: float) -> None:
        """Hash `frame`, which is shown `at` seconds from the first, if it is wanted."""
        if not self._is_wanted(frame, at):
            return
        if len(self.frames) == MAX_FRAMES:
            raise _Ended(Why.TOO_LONG)
        if frame.width * frame.height > MAX_PIXELS:
            raise _Ended(Why.TOO_MANY_PIXELS)
        self._keep(frame, at)

    def _keep(self, frame: VideoFrame, at: float) -> None:
        light, path = luminance.of(frame)
        forms = pdq.of_light(light, contrast=luminance.contrast(frame))
        self.frames.append(_RECORD.pack(at, forms.quality) + b"".join(forms.hashes))
        if len(self.frames) == 1 or path & ~self.seen.path:
            turned = round(frame.rotation / 90) % 4 * 90
            self.seen = replace(self.seen, path=self.seen.path | path, width=frame.width, height=frame.height, turned=turned)

    def _is_wanted(self, frame: VideoFrame, at: float) -> bool:
        if self._mode is Mode.KEY_FRAMES:
            return bool(frame.key_frame)
        if self._mode is Mode.EVERY_FRAME:
            return True
        if at < self._due - plan.SLACK:
            return False
        self._due = int(at + plan.SLACK) + 1
        return True

    def _time(self, told: float | None, step: float) -> float:
        """Seconds from the first frame, of which each is shown for about `step`.

        A frame without a time follows the one before. A clock that is set back does not hide what follows.
        """
        if self._first is None:
            self._first = told or 0.0
            return 0.0
        if told is None:
            told = self._first + self._last + step
        elif told - self._first < self._last - _JUMP:
            self._first = told - self._last - step
        self._last = min(MAX_SECONDS, max(0.0, told - self._first))
        return self._last

    def _look_at_the_clock(self) -> None:
        if time.monotonic() > self._until:
            raise _Ended(Why.TOO_SLOW)
