"""An index as a file: written whole or not at all, mapped into memory, refused when it is not as it was written.

    8 bytes    CAIRNPDQ
    3 x 4      little-endian: version, byte order mark, length of the header
    header     JSON: size, chunks, block_bits, wide, lists, and the SHA-256 of each 16 MiB of the body
    32 bytes   SHA-256 of all before it
    body       from the next multiple of 64: the tables in the order of `_shapes`, each on a multiple of 64

Opening reads and checks the header only, so that a large index answers at once; `check` reads the body as well. A body
that was changed without a check is never a crash: the search compares each place with the sizes before it uses it.
"""

import hashlib
import json
import mmap
import os
import struct
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cairndesk.lib.files import replace_durably
from cairndesk.signals.engine.near.layout import WORDS, Layout, layout_for
from cairndesk.signals.engine.near.tables import Postings, Tables
from cairndesk.signals.errors import IndexDamaged

VERSION = 1
_MAGIC, _ORDER, _FRONT = b"CAIRNPDQ", 0x01020304, struct.Struct("<8sIII")
_PIECE, _ALIGNED, _DIGEST = 16 << 20, 64, 32
_Shape = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Listed:
    """What an answer says of the list of a hash: whose it is, how near counts there (bits), and where it came from."""

    name: str
    distance: int
    provenance: str


def write(path: Path, tables: Tables, lists: list[Listed]) -> None:
    """`path` is the index of `tables`; a writer that dies or a full disk leaves what stood there before."""
    body = list(_padded(tables))
    header = {
        "size": len(tables.hashes),
        "chunks": len(tables.layout.chunks),
        "block_bits": tables.block_bits,
        "wide": [len(own.wide) for own in tables.postings],
        "lists": [asdict(one) for one in lists],
        "body": _digests(body),
    }
    replace_durably(path, [_front(header), *body])


def read(path: Path) -> tuple[Tables, list[Listed]]:
    """The tables of the index at `path`, mapped and not read; raises IndexDamaged where the header is not ours and whole."""
    mapped = _map(path)
    header, start = _header(mapped)
    try:
        return _view(mapped, start, header), [Listed(**one) for one in header["lists"]]
    except (KeyError, TypeError, ValueError, OverflowError) as wrong:
        raise IndexDamaged("The header does not fit the body.") from wrong


def check(path: Path) -> None:
    """Return if every byte is as it was written; raises IndexDamaged."""
    tables, _ = read(path)
    header, _ = _header(_map(path))
    if _digests(_padded(tables)) != header.get("body"):
        raise IndexDamaged("The body is not as it was written.")


def _map(path: Path) -> mmap.mmap:
    with path.open("rb") as stream:
        try:
            return mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
        except ValueError:
            raise IndexDamaged("The file is empty.") from None


def _front(header: dict[str, Any]) -> bytes:
    text = json.dumps(header, separators=(",", ":")).encode()
    front = _FRONT.pack(_MAGIC, VERSION, _ORDER, len(text)) + text
    front += hashlib.sha256(front).digest()
    return front + bytes(-len(front) % _ALIGNED)


def _header(mapped: mmap.mmap) -> tuple[dict[str, Any], int]:
    """The header and where the body begins."""
    if len(mapped) < _FRONT.size:
        raise IndexDamaged("The file is cut short.")
    magic, version, order, length = _FRONT.unpack_from(mapped)
    if magic != _MAGIC:
        raise IndexDamaged("The file is no index of ours.")
    if (version, order) != (VERSION, _ORDER):
        raise IndexDamaged(f"The index is of version {version}, or of a machine with another order of bytes.")
    end = _FRONT.size + length
    if hashlib.sha256(mapped[:end]).digest() != mapped[end : end + _DIGEST]:
        raise IndexDamaged("The header is not as it was written.")
    header: dict[str, Any] = json.loads(mapped[_FRONT.size : end])
    return header, -(-(end + _DIGEST) // _ALIGNED) * _ALIGNED


def _view(mapped: mmap.mmap, start: int, header: dict[str, Any]) -> Tables:
    size, bits = int(header["size"]), int(header["block_bits"])
    layout = layout_for(size, chunks=int(header["chunks"]))
    found: list[NDArray[Any]] = []
    for dtype, length in _shapes(layout, size, bits, header["wide"]):
        found.append(np.frombuffer(mapped, dtype=dtype, count=length, offset=start) if length else np.zeros(0, dtype))
        start += -(-found[-1].nbytes // _ALIGNED) * _ALIGNED
    if start != len(mapped):
        raise IndexDamaged("The file is cut short, or longer than its header says.")
    hashes, refs, lists, *rest = found
    postings = tuple(Postings(*rest[at : at + 5]) for at in range(0, len(rest), 5))
    return Tables(layout, bits, hashes.reshape(-1, WORDS), refs, lists, postings)


def _shapes(layout: Layout, size: int, block_bits: int, wide: list[int]) -> Iterator[_Shape]:
    """Type and length of each table, in the order in which they stand."""
    yield from (("<u8", size * WORDS), ("<u4", size), ("<u2", size))
    for at, chunk in enumerate(layout.chunks):
        yield from (("<u4", 1 << chunk.width >> block_bits), ("u1", 1 << chunk.width), ("<u4", wide[at]))
        yield from (("<u2", size), ("u1", size * layout.id_bytes if at else 0))


def _padded(tables: Tables) -> Iterator[memoryview]:
    for table in tables.every():
        yield memoryview(np.ascontiguousarray(table).reshape(-1).view(np.uint8).data)
        yield memoryview(bytes(-table.nbytes % _ALIGNED))


def _digests(parts: Iterable[memoryview]) -> list[str]:
    """The SHA-256 of each piece of at most 16 MiB, part by part, on all cores: hashing lets other threads run."""
    pieces = [part[at : at + _PIECE] for part in parts for at in range(0, len(part), _PIECE)]
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        return list(pool.map(lambda piece: hashlib.sha256(piece).hexdigest(), pieces))
