"""The one thing that a decoder child may say: a header of fixed length, which the parent checks field by field."""

import struct
from dataclasses import dataclass
from enum import IntEnum, IntFlag, StrEnum

# What has to be done to the picture in hand for it to look like the listed one; turns are counter-clockwise.
FORMS = ("identity", "turned 90", "turned 180", "turned 270", "flipped", "mirrored", "transposed", "transversed")
# By which rules the pixels were chosen (hashing.py).
RULES = "luminance-or-rgb/as-stored/4"
MAGIC = b"CDM1"
_LAYOUT = struct.Struct(">4sBBBBHBBII256s")
LENGTH = _LAYOUT.size
NO_HASHES = bytes(256)
# What a child may be told about a picture: to decode it as the lists do, or as the reference code does.
AS_USUAL, EXACTLY = b"\0", b"\1"


class State(StrEnum):
    """What became of a file."""

    HASHED = "hashed"
    TOO_PLAIN = "too_plain"
    UNRENDERABLE = "unrenderable"


class Why(StrEnum):
    """Why a file could not be rendered; a reason for a person, never a detail of the decoder."""

    NOTHING = "nothing"
    UNKNOWN_FORMAT = "unknown_format"
    TOO_MANY_PIXELS = "too_many_pixels"
    BROKEN = "broken"
    TOO_MUCH_MEMORY = "too_much_memory"
    TOO_SLOW = "too_slow"
    CHILD_DIED = "child_died"
    WEAK_WALLS = "weak_walls"
    TOO_LONG = "too_long"
    NO_DECODER = "no_decoder"


class Path(IntFlag):
    """What was done to the pixels on the way to RGB; kept with the hash, so that a distance can be explained."""

    PLAIN_RGB = 0
    FROM_GREY = 1
    FROM_CMYK = 2
    FROM_PALETTE = 4
    ON_WHITE = 8
    FROM_16_BIT = 16
    FROM_OTHER = 32
    FIRST_FRAME_OF_MANY = 64
    STORED_LUMINANCE = 128


class Format(IntEnum):
    """The decoders that may run."""

    NONE = 0
    JPEG = 1
    PNG = 2
    WEBP = 3
    GIF = 4
    BMP = 5
    TIFF = 6


_STATES, _REASONS = tuple(State), tuple(Why)


@dataclass(frozen=True, slots=True)
class Answer:
    """One file as the child saw it. `hashes` are 8 PDQ hashes of 32 bytes, in the order of FORMS; sizes are in pixels as stored."""

    state: State
    why: Why = Why.NOTHING
    level: int = 0
    abi: int = 0
    format: Format = Format.NONE
    path: int = 0
    orientation: int = 1
    quality: int = 0
    width: int = 0
    height: int = 0
    hashes: bytes = NO_HASHES


def encode(answer: Answer) -> bytes:
    """`answer` as LENGTH bytes."""
    return _LAYOUT.pack(
        MAGIC, _STATES.index(answer.state), _REASONS.index(answer.why), answer.level, answer.abi << 4 | answer.format,
        answer.path, answer.orientation, answer.quality, answer.width, answer.height, answer.hashes,
    )  # fmt: skip


def decode(raw: bytes) -> Answer | None:
    """The answer in `raw`, or None when any field is outside of what a child may say."""
    if len(raw) != LENGTH or not raw.startswith(MAGIC):
        return None
    _, state, why, level, kind, path, orientation, quality, width, height, hashes = _LAYOUT.unpack(raw)
    if state >= len(_STATES) or why >= len(_REASONS) or kind & 15 > max(Format) or quality > 100 or not 1 <= orientation <= 8:
        return None
    return Answer(
        state=_STATES[state], why=_REASONS[why], level=level, abi=kind >> 4, format=Format(kind & 15),
        path=path, orientation=orientation, quality=quality, width=width, height=height, hashes=hashes,
    )  # fmt: skip
