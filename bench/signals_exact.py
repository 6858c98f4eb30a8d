"""Matching: ours beside plain programs for look-ups.

The peers of the look-ups are written here and are what one would write first: SQLite with an index for equal values,
and for likeness a NumPy comparison of the 256 flags that `pdqhash` returns. They are no product. No other package for
list matching is installed.
"""

import sqlite3

import numpy as np
from bench.report import Row, beside

from cairndesk.signals.engine.identifiers import Identifier, Kind
from cairndesk.signals.engine.index import MAX_DISTANCE, Entry, Index

QUESTIONS = 20


def rows(*, soak: bool) -> list[Row]:
    """The figures of this file; `soak` takes lists of a million."""
    size = 1_000_000 if soak else 200_000
    return [_equal(size), _near(size)]


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
