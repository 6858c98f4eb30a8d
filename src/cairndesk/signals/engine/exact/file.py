"""The tables of all kinds as one file; the rules of such files stand in `container.py`."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from cairndesk.signals.engine import container
from cairndesk.signals.engine.container import Content, Form, Header, Listed, Shape
from cairndesk.signals.engine.exact.keys import key_bytes
from cairndesk.signals.engine.exact.tables import PREFIXES, Table, row_type
from cairndesk.signals.engine.kinds import Kind


def write(path: Path, tables: Mapping[Kind, Table], lists: list[Listed]) -> None:
    """`path` is the index of `tables`; a writer that dies or a full disk leaves what stood there before."""
    header = {"tables": [_said(kind, table) for kind, table in tables.items()]}
    container.write(path, _FORM, Content(header, lists, [array for table in tables.values() for array in (table.offsets, table.rows)]))


def read(path: Path) -> tuple[dict[Kind, Table], list[Listed]]:
    """The tables of the index at `path`, mapped and not read; raises IndexDamaged where the header is not ours and whole."""
    found = container.read(path, _FORM)
    pairs = zip(found.header["tables"], found.tables[::2], found.tables[1::2], strict=True)
    return {Kind(said["kind"]): Table(said["bits"], offsets, rows) for said, offsets, rows in pairs}, found.lists


def check(path: Path) -> None:
    """Return if every byte is as it was written; raises IndexDamaged."""
    container.check(path, _FORM)


def _said(kind: Kind, table: Table) -> dict[str, Any]:
    return {"kind": kind.value, "bits": table.bits, "size": len(table.rows), "list_bytes": table.rows.dtype["list"].itemsize}


def _shapes(header: Header) -> Iterator[Shape]:
    for said in header["tables"]:
        bits = PREFIXES[PREFIXES.index(said["bits"])]
        yield np.dtype("<u4"), (1 << bits) + 1
        yield row_type(key_bytes(Kind(said["kind"])), bits, said["list_bytes"]), said["size"]


_FORM = Form(b"CAIRNEQL", 1, _shapes)
