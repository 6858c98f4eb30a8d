"""Look-ups of equal values: ours beside a dictionary of hex texts with a list for each, which is what `threatexchange` holds, and SQLite."""

import gc
import sqlite3
import sys
import tempfile
from pathlib import Path

import numpy as np
from bench.report import Row, Scale, beside, less_is_better
from numpy.typing import NDArray

from cairndesk.signals.engine.container import Listed
from cairndesk.signals.engine.exact.build import build
from cairndesk.signals.engine.exact.index import ExactIndex
from cairndesk.signals.engine.identifiers import Kind

# So many that no processor keeps in its cache what they read.
EXACT_QUESTIONS = 100_000


class Match:
    """What the dictionary's answer is made of."""

    __slots__ = ("distance", "ref")

    def __init__(self, distance: int, ref: int) -> None:
        self.distance, self.ref = distance, ref


def rows(*, scale: Scale) -> list[Row]:
    """The figures of this file: of ten million MD5 hashes, or in a quick run of a million."""
    size, questions = scale.of(tiny=(5_000, 1_000), quick=(1_000_000, EXACT_QUESTIONS), usual=(10_000_000, EXACT_QUESTIONS))
    dice = np.random.default_rng(3)
    keys = dice.integers(0, 256, (size, 16), dtype=np.uint8)
    index = _mapped(keys)
    asked = keys[dice.integers(0, len(keys), questions)]
    texts = [key.tobytes().hex() for key in asked]
    held = less_is_better("exact-10m-bytes", _each(index), 25, unit="bytes", note="bytes a hash; peer: the goal")
    return [held, *_beside_dictionary(index, keys, asked, texts), _beside_sqlite(index, keys, texts)]


def _each(index: ExactIndex) -> float:
    """The bytes of one hash."""
    return sum(table.nbytes for table in index.tables.values()) / len(index)


def _mapped(keys: NDArray[np.uint8]) -> ExactIndex:
    table = build(keys, np.arange(len(keys), dtype=np.uint32), np.zeros(len(keys), np.uint8))
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        ExactIndex({Kind.MD5: table}, [Listed("list", 0, "")]).write(Path(folder) / "exact.index")
        return ExactIndex.open(Path(folder) / "exact.index")


def _beside_dictionary(index: ExactIndex, keys: NDArray[np.uint8], asked: NDArray[np.uint8], texts: list[str]) -> list[Row]:
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
    each = _each(index)
    theirs = sys.getsizeof(held) / len(keys) + sum(map(sys.getsizeof, (texts[0], [0], len(keys))))
    note = f"one MD5 among {len(keys):,} in plain Python, mapped, {each:.1f} bytes a hash; peer: dictionary of hex texts, {theirs:.0f} bytes"
    many = f"{len(asked):,} at once in NumPy; peer: the dictionary"
    found = [
        beside("exact-10m", lambda: ours(texts), lambda: peer(texts), note=note, of=len(texts)),
        beside("exact-10m-unlisted", lambda: ours(others), lambda: peer(others), note="one that is not listed; peer: the same", of=len(others)),
        beside("exact-10m-batch", batch, lambda: peer(texts), note=many, of=len(texts)),
    ]
    gc.unfreeze()
    return found


def _beside_sqlite(index: ExactIndex, keys: NDArray[np.uint8], texts: list[str]) -> Row:
    table = sqlite3.connect(":memory:")
    table.execute("CREATE TABLE entry (value BLOB PRIMARY KEY, ref INTEGER) WITHOUT ROWID")
    table.executemany("INSERT INTO entry VALUES (?, ?)", sorted((key.tobytes(), ref) for ref, key in enumerate(keys)))

    def ours() -> list[int]:
        return [index.find(Kind.MD5, text)[0].ref for text in texts]

    def peer() -> list[int]:
        return [table.execute("SELECT ref FROM entry WHERE value = ?", (bytes.fromhex(text),)).fetchone()[0] for text in texts]

    assert ours() == peer()
    return beside("exact-10m-sqlite", ours, peer, note="one MD5; peer: SQLite in memory, indexed", of=len(texts))
