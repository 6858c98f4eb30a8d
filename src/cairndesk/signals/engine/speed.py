"""How fast the engine is on the machine at hand: hashing one picture, and looking up among lists of growing size.

No peers here, so that an operator needs nothing but the desk; `make bench` of the source tree compares with them.
"""

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from cairndesk.signals.engine import pdq
from cairndesk.signals.engine.container import Listed
from cairndesk.signals.engine.near.build import build
from cairndesk.signals.engine.near.index import NearIndex
from cairndesk.signals.engine.near.layout import HASH_BYTES
from cairndesk.signals.engine.near.reach import MAX_DISTANCE

_QUESTIONS, _ROUNDS = 500, 5
_SIDES = (3000, 4000)


@dataclass(frozen=True, slots=True)
class Speed:
    """Of a list of random hashes: seconds to build, bytes a hash, and milliseconds of a look-up, the middle one and the slowest of a hundred."""

    size: int
    build_s: float
    hash_bytes: float
    middle_ms: float
    late_ms: float


def hashing_ms() -> float:
    """Milliseconds from twelve megapixels of RGB in memory to a hash in all eight forms, the middle one of five."""
    down, across = np.indices(_SIDES, dtype=np.uint16)
    picture = np.stack([across + down, across ^ down, down * 3], axis=-1).astype(np.uint8)
    return statistics.median(_seconds(lambda: pdq.of_rgb(picture)) for _ in range(_ROUNDS)) * 1000


def sizes(most: int) -> list[int]:
    """A thousand, ten thousand and so on, up to `most`, and that."""
    powers = [10**power for power in range(3, 12) if 10**power < most]
    return [*powers, most]


def looking_up(of: Sequence[int]) -> Iterator[Speed]:
    """One line for each size, as soon as it is measured; the same lists every time."""
    for size in of:
        hashes = np.random.default_rng(size).integers(0, 256, (size, HASH_BYTES), dtype=np.uint8)
        start = time.perf_counter()
        tables = build(hashes, np.arange(size, dtype=np.uint32), np.zeros(size, np.uint16))
        built = time.perf_counter() - start
        index = NearIndex(tables, [Listed("random", MAX_DISTANCE, "")])
        times = sorted(_seconds(partial(index.near, [one])) * 1000 for one in _questions(hashes))
        yield Speed(size, built, tables.nbytes() / size, statistics.median(times), times[len(times) * 99 // 100])


def _questions(hashes: NDArray[np.uint8]) -> list[bytes]:
    """Listed hashes with a few bits turned over."""
    dice = np.random.default_rng(1)
    veil = dice.integers(0, 256, (_QUESTIONS, HASH_BYTES), dtype=np.uint8) & np.where(np.arange(HASH_BYTES) < 4, 255, 0).astype(np.uint8)
    return [one.tobytes() for one in hashes[dice.integers(0, len(hashes), _QUESTIONS)] ^ veil]


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
