"""The records of what was added to an index and taken away since its base was written: fixed length, each with a CRC-32."""

import struct
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum

from cairndesk.signals.engine.near.index import Entry
from cairndesk.signals.errors import IndexDamaged

_RECORD = struct.Struct("<BxHI32s")
LENGTH = _RECORD.size + 4


class Change(IntEnum):
    """What a record says of its entry."""

    ADDED = 1
    GONE = 2


@dataclass(frozen=True, slots=True)
class Record:
    """One change. Of an entry that is gone only the number counts."""

    change: Change
    entry: Entry


def encode(records: Iterable[Record]) -> bytes:
    """The records one after the other, LENGTH bytes each."""
    packed = (_RECORD.pack(record.change, record.entry.list, record.entry.ref, record.entry.hash) for record in records)
    return b"".join(one + zlib.crc32(one).to_bytes(4, "little") for one in packed)


def decode(data: bytes) -> Iterator[Record]:
    """The records in `data`, less one that is cut short at its end; raises IndexDamaged."""
    for at in range(0, len(data) - LENGTH + 1, LENGTH):
        packed = data[at : at + _RECORD.size]
        if zlib.crc32(packed).to_bytes(4, "little") != data[at + _RECORD.size : at + LENGTH]:
            raise IndexDamaged("The journal is not as it was written.")
        change, listed, ref, value = _RECORD.unpack(packed)
        if change not in tuple(Change):
            raise IndexDamaged("The journal says what this version does not know.")
        yield Record(Change(change), Entry(value, ref, listed))
