"""The tables of a near search as a file; the rules of such files stand in `container.py`."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from cairndesk.signals.engine import container
from cairndesk.signals.engine.container import Content, Form, Header, Listed, Shape
from cairndesk.signals.engine.near.layout import WORDS, Layout, layout_for, packed_bytes
from cairndesk.signals.engine.near.tables import MOST_BLOCK_BITS, Postings, Tables


def write(path: Path, tables: Tables, lists: list[Listed]) -> None:
    """`path` is the index of `tables`; a writer that dies or a full disk leaves what stood there before."""
    header = {
        "size": len(tables.hashes),
        "chunks": len(tables.layout.chunks),
        "block_bits": tables.block_bits,
        "wide": [len(own.wide) for own in tables.postings],
    }
    container.write(path, _FORM, Content(header, lists, list(tables.every())))


def read(path: Path) -> tuple[Tables, list[Listed]]:
    """The tables of the index at `path`, mapped and not read; raises IndexDamaged where the header is not ours and whole."""
    found = container.read(path, _FORM)
    hashes, refs, lists, *rest = found.tables
    postings = tuple(Postings(*rest[at : at + 5]) for at in range(0, len(rest), 5))
    return Tables(_layout(found.header), int(found.header["block_bits"]), hashes.reshape(-1, WORDS), refs, lists, postings), found.lists


def check(path: Path) -> None:
    """Return if every byte is as it was written; raises IndexDamaged."""
    container.check(path, _FORM)


def _layout(header: Header) -> Layout:
    return layout_for(int(header["size"]), chunks=int(header["chunks"]))


def _shapes(header: Header) -> Iterator[Shape]:
    layout, size, block_bits = _layout(header), int(header["size"]), int(header["block_bits"])
    if not 0 <= block_bits <= MOST_BLOCK_BITS:
        raise ValueError(f"2^{block_bits} values in a block")
    yield from ((_U8, size * WORDS), (_U4, size), (_U2, size))
    for at, chunk in enumerate(layout.chunks):
        yield from ((_U4, 1 << chunk.width >> block_bits), (_U1, 1 << chunk.width), (_U4, int(header["wide"][at])))
        yield from ((_U2, size), (_U1, packed_bytes(size, layout.id_bits) if at else 0))


_U1, _U2, _U4, _U8 = (np.dtype(name) for name in ("u1", "<u2", "<u4", "<u8"))
_FORM = Form(b"CAIRNPDQ", 2, _shapes)
