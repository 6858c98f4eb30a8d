"""Canaries: words that must never be found in raw storage, in any of the forms in which they could hide there."""

import base64
import functools
import re
import secrets
import tempfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import ahocorasick
import pysqlite3
from django.db import connection
from django.db.backends.utils import CursorWrapper

# How compressed bytes begin once they are in base64.
_PACKED_RUN = re.compile(rb"(?=((?:H4sI|eJ|eN|eA)[A-Za-z0-9+/_-]{16,4096}))")


@dataclass(frozen=True)
class Hit:
    """Where a canary was found, and in which form."""

    where: str
    canary: str
    form: str


def a_canary(kind: str = "canary") -> str:
    """A word that occurs nowhere by chance."""
    return f"{kind}{secrets.token_hex(8)}"


def forms(canary: str) -> dict[str, bytes]:
    """The canary in every form in which it would still be readable; case differences are left to `hits_in`."""
    plain = canary.encode()
    return {
        "plain": plain,
        "reversed": plain[::-1],
        "utf-16-le": canary.encode("utf-16-le"),
        "utf-16-be": canary.encode("utf-16-be"),
        "utf-32-le": canary.encode("utf-32-le"),
        "hex": plain.hex().encode(),
        "hex of utf-16": canary.encode("utf-16-le").hex().encode(),
        "percent": "".join(f"%{byte:02x}" for byte in plain).encode(),
        "quoted": quote(canary).encode(),
        "backslash": "".join(f"\\u{ord(c):04x}" for c in canary).encode(),
        **{f"base64 at {shift}": core for shift, core in _base64_cores(plain).items()},
    }


def hits_in(data: bytes, canaries: Mapping[str, str], where: str) -> list[Hit]:
    """Every canary (named by what it stands for) in `data`, also inside compressed or base64-coded runs of it."""
    found = [hit for piece in (data, *_unpacked(data)) for hit in _plain_hits(piece, canaries, where)]
    return list(dict.fromkeys(found))


def hits_in_files(folder: Path, canaries: Mapping[str, str]) -> list[Hit]:
    """Every canary in the names and bytes of the files below `folder`."""
    found: list[Hit] = []
    for path in sorted(folder.rglob("*")):
        found += hits_in(str(path.relative_to(folder)).encode(), canaries, f"the name of {path.name}")
        if path.is_file():
            found += hits_in(path.read_bytes(), canaries, str(path.relative_to(folder)))
    return found


def hits_in_database(canaries: Mapping[str, str]) -> list[Hit]:
    """Every canary in any column of any table, as the database gives it back, and on SQLite, outside a transaction, in its raw pages too."""
    found: list[Hit] = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            for row in _rows(cursor, table):
                found += hits_in(row, canaries, table)
    # A copy of the pages can be had between transactions only; inside one, SQLite would wait for itself.
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        found += hits_in(_pages(), canaries, "the pages of the database")
    return list(dict.fromkeys(found))


def _pages() -> bytes:
    """Every page of the SQLite database, also those that no row uses any more."""
    connection.ensure_connection()
    with tempfile.NamedTemporaryFile() as copy:
        copied = pysqlite3.connect(copy.name)
        connection.connection.backup(copied)
        copied.close()
        return Path(copy.name).read_bytes()


def _rows(cursor: CursorWrapper, table: str) -> Iterator[bytes]:
    cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608 - a table's own name, quoted
    for row in cursor.fetchall():
        yield b"\0".join(bytes(cell) if isinstance(cell, bytes | memoryview) else str(cell).encode() for cell in row)


def _plain_hits(data: bytes, canaries: Mapping[str, str], where: str) -> list[Hit]:
    exact, lowered = _readers(frozenset(canaries.items()))
    found = dict.fromkeys(one for reader, text in ((exact, data), (lowered, data.lower())) for _, one in reader.iter(text.decode("latin-1")))
    return [Hit(where, *one) for one in found]


@functools.lru_cache(maxsize=8)
def _readers(canaries: frozenset[tuple[str, str]]) -> tuple[ahocorasick.Automaton, ahocorasick.Automaton]:
    """What reads a text once for all forms of all canaries: those in which case counts, and the others for a text in small letters."""
    exact, lowered = ahocorasick.Automaton(), ahocorasick.Automaton()
    for name, canary in canaries:
        for form, needle in forms(canary).items():
            if form.startswith("base64"):
                exact.add_word(needle.decode("latin-1"), (name, form))
            else:
                lowered.add_word(needle.lower().decode("latin-1"), (name, form))
    exact.make_automaton()
    lowered.make_automaton()
    return exact, lowered


def _base64_cores(plain: bytes) -> dict[int, bytes]:
    """The characters of base64 that depend on the canary alone, for each of the three places it can start at."""
    return {shift: base64.b64encode(bytes(shift) + plain)[-(-shift * 8 // 6) : (shift + len(plain)) * 8 // 6] for shift in range(3)}


def _unpacked(data: bytes) -> Iterator[bytes]:
    for magic, unpack in ((b"\x1f\x8b\x08", _gunzipped), (b"\x78", _inflated)):
        for start in (match.start() for match in re.finditer(re.escape(magic), data)):
            if content := unpack(data[start:]):
                yield content
    for match in _PACKED_RUN.finditer(data):
        run = match[1].translate(bytes.maketrans(b"-_", b"+/"))
        content = base64.b64decode(run[: len(run) // 4 * 4])
        yield _gunzipped(content) or _inflated(content)


def _gunzipped(data: bytes) -> bytes:
    try:
        return zlib.decompressobj(wbits=zlib.MAX_WBITS | 16).decompress(data, 1 << 24) if data.startswith(b"\x1f") else b""
    except zlib.error:
        return b""


def _inflated(data: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(data, 1 << 24)
    except zlib.error:
        return b""
