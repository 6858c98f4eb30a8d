"""One figure beside its peer's, taken in turns in the same run so that a busy machine slows both."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One line of the table. `ratio` above 1 means better than the peer."""

    id: str
    ours: float
    peer: float
    ratio: float
    unit: str
    note: str


def beside(row: str, ours: Callable[[], object], peer: Callable[[], object], *, note: str, rounds: int = 7, of: int = 1) -> Row:
    """The median time of one of the `of` pieces of work in a call, ours and the peer's, in milliseconds."""
    times: dict[str, list[float]] = {"ours": [], "peer": []}
    for _ in range(rounds):
        for name, work in (("ours", ours), ("peer", peer)):
            start = time.perf_counter()
            work()
            times[name].append((time.perf_counter() - start) * 1000 / of)
    mine, theirs = statistics.median(times["ours"]), statistics.median(times["peer"])
    return Row(row, round(mine, 6), round(theirs, 6), round(theirs / mine, 2), "ms", note)
