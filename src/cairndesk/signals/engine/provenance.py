"""What a file says of how it was made: the IPTC digital source type in an XMP packet, and a C2PA manifest, whose signature is not checked.

Anybody can write or strip either, so that this is a hint and never a verdict. The bytes are read in a child of their own
(`telling.py`), which says no word of the file: only which values of a closed list stand where.

Sources: IPTC NewsCodes, digital source type; XMP specification, part 3 (packets may be found by scanning); ISO/IEC 19566-5 (boxes of
JUMBF, and how they stand in the APP11 segments of a JPEG); C2PA specification 2 (the manifest store); RFC 8949 (text in CBOR).
"""

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from cairndesk.signals.engine.answer import Why

MAGIC = b"CDO1"
_LAYOUT = struct.Struct(">4sBBBII")
LENGTH = _LAYOUT.size
_REASONS = tuple(Why)


class Made(StrEnum):
    """The values of the digital source type, by the names under which IPTC and C2PA publish them; ANOTHER is one that is not known here."""

    DIGITAL_CAPTURE = "digitalCapture"
    COMPUTATIONAL_CAPTURE = "computationalCapture"
    NEGATIVE_FILM = "negativeFilm"
    POSITIVE_FILM = "positiveFilm"
    PRINT = "print"
    HUMAN_EDITS = "humanEdits"
    COMPOSITE_CAPTURE = "compositeCapture"
    COMPOSITE = "composite"
    COMPOSITE_SYNTHETIC = "compositeSynthetic"
    COMPOSITE_WITH_TRAINED = "compositeWithTrainedAlgorithmicMedia"
    ENHANCED = "algorithmicallyEnhanced"
    DIGITAL_CREATION = "digitalCreation"
    DATA_DRIVEN = "dataDrivenMedia"
    TRAINED = "trainedAlgorithmicMedia"
    ALGORITHMIC = "algorithmicMedia"
    SCREEN = "screenCapture"
    VIRTUAL = "virtualRecording"
    EMPTY = "empty"
    TRAINED_DATA = "trainedAlgorithmicData"
    ANOTHER = "another"


_VALUES = tuple(Made)
_PLACE = re.compile(rb"https?://(?:cv\.iptc\.org/newscodes|c2pa\.org)/digitalsourcetype/([A-Za-z]{1,64})")
# How far is read: bytes of all XMP packets together, of one manifest store, and segments of a JPEG.
MOST_XMP, MOST_STORE, MOST_SEGMENTS = 1 << 20, 8 << 20, 1 << 16
_PACKET, _END = b"<x:xmpmeta", b"</x:xmpmeta>"
# The description of the box that holds all manifests begins like this, and the box itself that many bytes before.
_STORE, _BEFORE = b"jumdc2pa\x00\x11\x00\x10\x80\x00\x00\xaa\x00\x38\x9b\x71", 12
_APP11, _START_OF_SCAN, _STANDALONE = 0xEB, 0xDA, frozenset({0x01, *range(0xD0, 0xD9)})
_CBOR_TEXT_OF_ONE_BYTE_LENGTH = 0x78


@dataclass(frozen=True, slots=True)
class Provenance:
    """Which values stand in XMP, whether there is a C2PA manifest, and which stand in that; of the file itself or of what it was made from."""

    why: Why = Why.NOTHING
    level: int = 0
    abi: int = 0
    in_xmp: frozenset[Made] = frozenset()
    has_manifest: bool = False
    in_manifest: frozenset[Made] = frozenset()

    def as_row(self) -> dict[str, list[str]]:
        """As the database keeps it: no key where there was nothing."""
        xmp = {"xmp": [made.value for made in sorted(self.in_xmp)]} if self.in_xmp else {}
        return xmp | ({"manifest": [made.value for made in sorted(self.in_manifest)]} if self.has_manifest else {})


def read(data: bytes) -> Provenance:
    """What the file in `data` says of how it was made. Whatever the bytes are, it ends, and raises nothing but MemoryError."""
    store = _store(_of_segments(data) if data.startswith(b"\xff\xd8\xff") else data)
    in_xmp = frozenset(made for packet in _packets(data) for made in _said(packet))
    return Provenance(in_xmp=in_xmp, has_manifest=bool(store), in_manifest=frozenset(_said(store)))


def encode(told: Provenance) -> bytes:
    """`told` as LENGTH bytes."""
    walls = told.level << 4 | told.abi
    return _LAYOUT.pack(MAGIC, _REASONS.index(told.why), walls, told.has_manifest, _mask(told.in_xmp), _mask(told.in_manifest))


def decode(raw: bytes) -> Provenance | None:
    """What a child said, or None when any field is outside of what it may say."""
    if len(raw) != LENGTH or not raw.startswith(MAGIC):
        return None
    _, why, walls, has_manifest, xmp, manifest = _LAYOUT.unpack(raw)
    if why >= len(_REASONS) or has_manifest > 1 or max(xmp, manifest) >> len(_VALUES) or (manifest and not has_manifest):
        return None
    if why != _REASONS.index(Why.NOTHING) and (xmp or has_manifest):
        return None
    return Provenance(_REASONS[why], walls >> 4, walls & 15, _unmasked(xmp), bool(has_manifest), _unmasked(manifest))


def _mask(values: frozenset[Made]) -> int:
    return sum(1 << place for place, value in enumerate(_VALUES) if value in values)


def _unmasked(mask: int) -> frozenset[Made]:
    return frozenset(value for place, value in enumerate(_VALUES) if mask >> place & 1)


def _packets(data: bytes) -> Iterator[bytes]:
    left, at = MOST_XMP, data.find(_PACKET)
    while at >= 0 and left > 0:
        end = data.find(_END, at, at + left)
        packet = data[at : at + left if end < 0 else end]
        yield packet
        left -= len(packet)
        at = data.find(_PACKET, at + len(packet))


def _said(text: bytes) -> Iterator[Made]:
    for found in _PLACE.finditer(text):
        name = found[1]
        if found.start() >= 2 and text[found.start() - 2] == _CBOR_TEXT_OF_ONE_BYTE_LENGTH:
            # What follows a text in CBOR may look like one more letter of it; its length stands before it.
            name = name[: max(text[found.start() - 1] - (found.start(1) - found.start()), 0)]
        word = name.decode("ascii")
        yield Made(word) if word in set(Made) else Made.ANOTHER


def _store(data: bytes) -> bytes:
    """The box that holds all manifests; empty where there is none."""
    at = data.find(_STORE) - _BEFORE
    if at < 0 or data[at + 4 : at + 8] != b"jumb":
        return b""
    return data[at : at + min(int.from_bytes(data[at : at + 4], "big") or len(data), MOST_STORE)]


def _of_segments(data: bytes) -> bytes:
    """What the APP11 segments of a JPEG hold, put together."""
    found, size, at = [], 0, 2
    for _ in range(MOST_SEGMENTS):
        if at + 4 > len(data) or data[at] != 0xFF or size > MOST_STORE:
            break
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        if marker == _START_OF_SCAN:
            break
        if marker == 0xFF or marker in _STANDALONE:
            at += 1 if marker == 0xFF else 2
            continue
        body = data[at + 4 : at + 2 + length]
        if marker == _APP11 and body.startswith(b"JP"):
            # Two bytes JP, two to tell boxes apart, four to count. Each further piece says length and kind of its box again.
            piece = body[8:] if int.from_bytes(body[4:8], "big") <= 1 else body[16:]
            found.append(piece)
            size += len(piece)
        at += 2 + max(length, 2)
    return b"".join(found)
