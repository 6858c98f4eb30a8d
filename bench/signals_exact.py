"""Matching: ours beside plain programs for look-ups.

The peers of the look-ups are written here and are what one would write first: for equal values SQLite with an index, and
a dictionary of hex texts with a list for each, which is what `threatexchange` holds; for likeness a NumPy comparison of the
256 flags that `pdqhash` returns. They are no product. No other package for list matching is installed.
"""

import gc
import sqlite3
import sys
import tempfile
from pathlib import Path

import numpy as np
from bench.report import Row, beside
from numpy.typing import NDArray

from cairndesk.signals.engine.container import Listed
from cairndesk.signals.engine.exact.build import build
from cairndesk.signals.engine.exact.index import ExactIndex
from cairndesk.signals.engine.identifiers import Identifier, Kind
from cairndesk.signals.engine.index import Entry, Index
from cairndesk.signals.engine.near.reach import MAX_DISTANCE

QUESTIONS = 20
# So many that no processor keeps in its cache what they read.
EXACT_QUESTIONS = 100_000


class Match:
    """What the dictionary's answer is made of."""

    __slots__ = ("distance", "ref")

    def __init__(self, distance: int, ref: int) -> None:
        self.distance, self.ref = distance, ref


def rows(*, soak: bool) -> list[Row]:
    """The figures of this file; `soak` takes lists of a million, and of ten million MD5 hashes."""
    size = 1_000_000 if soak else 200_000
    return [*_exact(10 if soak else 1), _equal(size), _near(size)]


def _exact(millions: int) -> list[Row]:
    dice = np.random.default_rng(3)
    keys = dice.integers(0, 256, (millions * 1_000_000, 16), dtype=np.uint8)
    index = _mapped(keys)
    asked = keys[dice.integers(0, len(keys), EXACT_QUESTIONS)]
    texts = [key.tobytes().hex() for key in asked]
    return [*_beside_dictionary(index, keys, asked, texts, f"{millions}m"), _beside_sqlite(index, keys, texts, f"{millions}m")]


def _mapped(keys: NDArray[np.uint8]) -> ExactIndex:
    table = build(keys, np.arange(len(keys), dtype=np.uint32), np.zeros(len(keys), np.uint8))
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        ExactIndex({Kind.MD5: table}, [Listed("list", 0, "")]).write(Path(folder) / "exact.index")
        return ExactIndex.open(Path(folder) / "exact.index")


def _beside_dictionary(index: ExactIndex, keys: NDArray[np.uint8], asked: NDArray[np.uint8], texts: list[str], size: str) -> list[Row]:
    held = {key.tobytes().hex(): [ref] for ref, key in enumerate(keys)}
    # Or the collector would go through the dictionary's lists whenever either of the two answers.
    gc.freeze()
    others = [text[::-1] for text in texts]

    def ours(of: list[str]) -> list[list[int]]:
        return [[hit.ref for hit in index.find(Kind.MD5, text)] for text in of]

    def peer(of: list[str]) -> list[list[int]]:
        return [[match.ref for match in [Match(0, ref) for ref in held.get(text, [])]] for text in of]

    def batch() -> list[int]:
        return index.find_many(Kind.MD5, asked).refs.tolist()

    assert ours(texts) == peer(texts) == [[ref] for ref in batch()]
    assert not any(ours(others))
    each = sum(table.nbytes for table in index.tables.values()) / len(keys)
    theirs = sys.getsizeof(held) / len(keys) + sum(map(sys.getsizeof, (texts[0], [0], len(keys))))
    note = f"one MD5 among {len(keys):,} in plain Python, mapped, {each:.1f} bytes a hash; peer: dictionary of hex texts, {theirs:.0f} bytes"
    many = f"{len(asked):,} at once in NumPy; peer: the dictionary"
    found = [
        beside(f"exact-{size}", lambda: ours(texts), lambda: peer(texts), note=note, of=len(texts)),
        beside(f"exact-{size}-unlisted", lambda: ours(others), lambda: peer(others), note="one that is not listed; peer: the same", of=len(others)),
        beside(f"exact-batch-{size}", batch, lambda: peer(texts), note=many, of=len(texts)),
    ]
    gc.unfreeze()
    return found


def _beside_sqlite(index: ExactIndex, keys: NDArray[np.uint8], texts: list[str], size: str) -> Row:
    table = sqlite3.connect(":memory:")
    table.execute("CREATE TABLE entry (value BLOB PRIMARY KEY, ref INTEGER) WITHOUT ROWID")
    table.executemany("INSERT INTO entry VALUES (?, ?)", sorted((key.tobytes(), ref) for ref, key in enumerate(keys)))

    def ours() -> list[int]:
        return [index.find(Kind.MD5, text)[0].ref for text in texts]

    def peer() -> list[int]:
        return [table.execute("SELECT ref FROM entry WHERE value = ?", (bytes.fromhex(text),)).fetchone()[0] for text in texts]

    assert ours() == peer()
    return beside(f"exact-{size}-sqlite", ours, peer, note="one MD5; peer: SQLite in memory, indexed", of=len(texts))


def _equal(size: int) -> Row:
    dice = np.random.default_rng(1)
    values = [dice.bytes(32).hex() for _ in range(size)]
    index = Index(Entry(ref, Kind.SHA256, value) for ref, value in enumerate(values))
    table = sqlite3.connect(":memory:")
    table.execute("CREATE TABLE entry (value TEXT PRIMARY KEY, ref INTEGER) WITHOUT ROWID")
    table.executemany("INSERT INTO entry VALUES (?, ?)", ((value, ref) for ref, value in enumerate(values)))
    asked = [values[int(place)] for place in dice.integers(0, size, 1000)]

    def ours() -> list[int]:
        return [index.find(Identifier(Kind.SHA256, value))[0].ref for value in asked]

    def peer() -> list[int]:
        return [table.execute("SELECT ref FROM entry WHERE value = ?", (value,)).fetchone()[0] for value in asked]

    assert ours() == peer()
    return beside(f"exact-{size // 1000}k", ours, peer, note=f"one SHA-256 among {size:,}; peer: SQLite in memory, indexed", of=len(asked))


def _near(size: int) -> Row:
    dice = np.random.default_rng(2)
    packed = dice.integers(0, 256, (size, 32), dtype=np.uint8)
    index = Index(Entry(ref, Kind.PDQ, row.tobytes().hex()) for ref, row in enumerate(packed))
    flags = np.unpackbits(packed, axis=1)
    asked = [packed[int(place)] ^ np.packbits(np.arange(256) < 20) for place in dice.integers(0, size, QUESTIONS)]

    def ours() -> list[list[int]]:
        return [sorted(hit.ref for hit in index.near(question.tobytes().hex())) for question in asked]

    def peer() -> list[list[int]]:
        return [np.flatnonzero((flags != np.unpackbits(question)).sum(axis=1) <= MAX_DISTANCE).tolist() for question in asked]

    assert ours() == peer()
    note = f"one PDQ among {size:,}, recall 100 %; peer: plain NumPy over the flags of pdqhash, which reads the whole list"
    return beside(f"match-{size // 1000}k", ours, peer, note=note, rounds=3, of=QUESTIONS)
