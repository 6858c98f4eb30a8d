"""What a child may say of a video: one record for each hashed frame, and at the end a header, which the parent checks."""

import struct
from dataclasses import dataclass, replace
from enum import IntEnum
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from cairndesk.signals.engine import pdq
from cairndesk.signals.engine.answer import FORMS, Path, State, Why

# By which rules the pixels were chosen (see the package).
RULES = "stored-luminance/as-stored/video/1"
MAGIC = b"CDV1"
MAX_FRAMES = 200_000
MAX_SECONDS = 1e6
FRAME = np.dtype([("time", "<f8"), ("quality", "u1"), ("hashes", "u1", (len(FORMS), 32))])
_LAYOUT = struct.Struct(">4sBBBBBBBHIIdI")
MOST = MAX_FRAMES * FRAME.itemsize + _LAYOUT.size


class Mode(IntEnum):
    """Which frames are hashed. `KEY_FRAMES` is for a first look at much material: a scene without a key frame of its own is not seen."""

    EACH_SECOND = 0
    EVERY_FRAME = 1
    KEY_FRAMES = 2


class Container(IntEnum):
    """The containers that may be opened, by their names in FFmpeg."""

    NONE = 0
    MOV = 1
    MATROSKA = 2
    AVI = 3
    FLV = 4
    MPEGTS = 5
    MPEG = 6
    ASF = 7


_STATES, _REASONS = tuple(State), tuple(Why)
_ORDER = struct.Struct(">Bd")


def order(mode: Mode, seconds: float) -> bytes:
    """What a child is told: which frames to hash, and how many seconds it may take for it."""
    return _ORDER.pack(mode, seconds)


def told(order: bytes) -> tuple[Mode, float]:
    """The same as the child reads it."""
    mode, seconds = _ORDER.unpack(order)
    return Mode(mode), seconds


@dataclass(frozen=True)
class Seen:
    """One video as the child saw it. `records` are those of FRAME: seconds from the first frame, quality, hashes by FORMS.

    `why` with a state other than UNRENDERABLE says why the reading ended early; what was hashed until then counts.
    `turned`: by how many degrees, counter-clockwise, a player turns the picture. Sizes are in pixels as stored.
    """

    state: State
    why: Why = Why.NOTHING
    level: int = 0
    abi: int = 0
    format: Container = Container.NONE
    mode: Mode = Mode.EACH_SECOND
    path: Path = Path.STORED_LUMINANCE
    turned: int = 0
    width: int = 0
    height: int = 0
    seconds: float = 0.0
    records: bytes = b""

    @cached_property
    def frames(self) -> NDArray[np.void]:
        """The hashed frames in the order in which they are shown."""
        return np.frombuffer(self.records, FRAME)

    @cached_property
    def plain(self) -> NDArray[np.bool_]:
        """Which frames are too plain to be looked up."""
        return self.frames["quality"] < pdq.PLAIN_BELOW

    @property
    def orientation(self) -> int:
        """How a player turns the picture, in the numbers of EXIF."""
        return {90: 8, 180: 3, 270: 6}.get(self.turned, 1)

    @property
    def quality(self) -> int:
        """That of the frame with the most detail, from 0 to 100."""
        return int(self.frames["quality"].max(initial=0))

    @property
    def is_whole(self) -> bool:
        """Whether the video was read to its end."""
        return self.why is Why.NOTHING


def ended(seen: Seen, records: bytes, why: Why) -> Seen:
    """What is said of a video when its reading has come to an end with these frames."""
    if not records:
        return replace(seen, state=State.UNRENDERABLE, why=Why.BROKEN if why is Why.NOTHING else why)
    found = replace(seen, why=why, records=records)
    return replace(found, state=State.TOO_PLAIN if found.plain.all() else State.HASHED)


def encode(seen: Seen, *, level: int, abi: int) -> tuple[bytes, bytes]:
    """The records of the frames, and the header that follows them."""
    head = _LAYOUT.pack(
        MAGIC, _STATES.index(seen.state), _REASONS.index(seen.why), level, abi, seen.format, seen.mode, seen.turned // 90,
        seen.path, seen.width, seen.height, seen.seconds, len(seen.frames),
    )  # fmt: skip
    return seen.records, head


def decode(raw: bytes) -> Seen | None:
    """The answer in `raw`, or None when anything in it is outside of what a child may say."""
    frames, head = raw[: -_LAYOUT.size], raw[-_LAYOUT.size :]
    if len(head) != _LAYOUT.size or not head.startswith(MAGIC) or len(frames) % FRAME.itemsize:
        return None
    _, state, why, level, abi, container, mode, turned, path, width, height, seconds, count = _LAYOUT.unpack(head)
    held = np.frombuffer(frames, FRAME)
    if state >= len(_STATES) or why >= len(_REASONS) or container > max(Container) or mode > max(Mode) or turned > 3 or count != len(held):
        return None
    # A comparison with what is no number is false.
    if not (0 <= seconds <= MAX_SECONDS and (held["quality"] <= 100).all() and ((held["time"] >= 0) & (held["time"] <= MAX_SECONDS)).all()):
        return None
    if (_STATES[state] is State.UNRENDERABLE) != (not count):
        return None
    return Seen(
        state=_STATES[state], why=_REASONS[why], level=level, abi=abi, format=Container(container), mode=Mode(mode), path=Path(path),
        turned=turned * 90, width=width, height=height, seconds=seconds, records=frames,
    )  # fmt: skip
