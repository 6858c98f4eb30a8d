"""An index as a file: written whole or not at all, mapped into memory, refused when it is not as it was written.

    8 bytes    the magic of its form
    3 x 4      little-endian: version, byte order mark, length of the header
    header     JSON: what the form says of its tables, the lists, and the SHA-256 of each 16 MiB of the body
    32 bytes   SHA-256 of all before it
    body       from the next multiple of 64: the tables in the order of the form's shapes, each on a multiple of 64

Opening reads and checks the header only, so that a large index answers at once; `check` reads the body as well. A body
that was changed without a check is never a crash: the search compares each place with the sizes before it uses it.
"""

import hashlib
import json
import mmap
import os
import struct
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cairndesk.lib.files import replace_durably
from cairndesk.signals.errors import IndexDamaged

_ORDER, _FRONT = 0x01020304, struct.Struct("<8sIII")
_PIECE, _ALIGNED = 16 << 20, 64
_MOST_APART = 255

Header = dict[str, Any]
Shape = tuple[np.dtype[Any], int]
Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Listed:
    """What an answer says of the list of a hash: whose it is, how near counts there (bits), and where it came from."""

    name: str
    distance: int
    provenance: str


@dataclass(frozen=True, slots=True)
class Form:
    """One kind of index file: 8 bytes of magic, a version, and what its header says of the type and length of each table.

    `shapes` raises LookupError, TypeError, ValueError or OverflowError where the header makes no sense.
    """

    magic: bytes
    version: int
    shapes: Callable[[Header], Iterable[Shape]]


@dataclass(frozen=True, slots=True)
class Content:
    """A file that was opened: its header, its lists, and its tables as views of the mapped bytes."""

    header: Header
    lists: list[Listed]
    tables: list[Array]


def write(path: Path, form: Form, content: Content) -> None:
    """`path` is the index of `content`; a writer that dies or a full disk leaves what stood there before."""
    body = list(_padded(content.tables))
    header = content.header | {"lists": [asdict(one) for one in content.lists], "body": _digests(body)}
    replace_durably(path, [_front(form, header), *body])


def read(path: Path, form: Form) -> Content:
    """What the file at `path` holds, mapped and not read; raises IndexDamaged where the header is not ours and whole."""
    header, cut = _opened(path, form)
    try:
        lists = [Listed(**one) for one in header["lists"]]
    except (KeyError, TypeError) as wrong:
        raise IndexDamaged("The header names no lists.") from wrong
    if not all(isinstance(one.distance, int) and 0 <= one.distance <= _MOST_APART for one in lists):
        raise IndexDamaged("The header names a list with a distance that is none.")
    return Content(header, lists, [np.ndarray(length, dtype, table) for (dtype, length), table, _ in cut])


def check(path: Path, form: Form) -> None:
    """Return if every byte is as it was written; raises IndexDamaged."""
    header, cut = _opened(path, form)
    if _digests(part for _, *parts in cut for part in parts) != header.get("body"):
        raise IndexDamaged("The body is not as it was written.")


def _opened(path: Path, form: Form) -> tuple[Header, list[tuple[Shape, memoryview, memoryview]]]:
    """The header, and of each table its shape, its bytes and the padding behind it."""
    mapped = _map(path)
    try:
        header, start = _header(mapped, form)
        return header, list(_cut(memoryview(mapped)[start:], form.shapes(header)))
    except (LookupError, TypeError, ValueError, OverflowError, RecursionError) as wrong:
        raise IndexDamaged("The header does not fit the body.") from wrong


def _map(path: Path) -> mmap.mmap:
    with path.open("rb") as stream:
        try:
            return mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
        except ValueError:
            raise IndexDamaged("The file is empty.") from None


def _front(form: Form, header: Header) -> bytes:
    text = json.dumps(header, separators=(",", ":")).encode()
    return _closed(_FRONT.pack(form.magic, form.version, _ORDER, len(text)) + text)


def _header(mapped: mmap.mmap, form: Form) -> tuple[Header, int]:
    """The header and where the body begins."""
    if len(mapped) < _FRONT.size:
        raise IndexDamaged("The file is cut short.")
    magic, version, order, length = _FRONT.unpack_from(mapped)
    if magic != form.magic:
        raise IndexDamaged("The file is no index of ours.")
    if (version, order) != (form.version, _ORDER):
        raise IndexDamaged(f"The index is of version {version}, or of a machine with another order of bytes.")
    end = _FRONT.size + length
    front = _closed(mapped[:end])
    if front != mapped[: len(front)]:
        raise IndexDamaged("The header is not as it was written.")
    header: Header = json.loads(mapped[_FRONT.size : end])
    return header, len(front)


def _closed(front: bytes) -> bytes:
    """The front of a file with its digest, up to where the body begins."""
    front += hashlib.sha256(front).digest()
    return front + bytes(-len(front) % _ALIGNED)


def _cut(body: memoryview, shapes: Iterable[Shape]) -> Iterator[tuple[Shape, memoryview, memoryview]]:
    start = 0
    for dtype, length in shapes:
        end = start + dtype.itemsize * length
        after = end + -end % _ALIGNED
        if not start <= end <= after <= len(body):
            raise IndexDamaged("The file is cut short.")
        yield (dtype, length), body[start:end], body[end:after]
        start = after
    if start != len(body):
        raise IndexDamaged("The file is longer than its header says.")


def _padded(tables: Iterable[Array]) -> Iterator[memoryview]:
    for table in tables:
        little = table.astype(table.dtype.newbyteorder("<"), copy=False)
        yield memoryview(np.ascontiguousarray(little).reshape(-1).view(np.uint8).data)
        yield memoryview(bytes(-table.nbytes % _ALIGNED))


def _digests(parts: Iterable[memoryview]) -> list[str]:
    """The SHA-256 of each piece of at most 16 MiB, part by part, on all cores: hashing lets other threads run."""
    pieces = [part[at : at + _PIECE] for part in parts for at in range(0, len(part), _PIECE)]
    if sum(map(len, pieces)) <= _PIECE:
        # Threads would take longer to start than the work takes.
        return [hashlib.sha256(piece).hexdigest() for piece in pieces]
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        return list(pool.map(lambda piece: hashlib.sha256(piece).hexdigest(), pieces))
