"""One figure beside its peer's, taken in turns in the same run so that a busy machine slows both."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

Size = TypeVar("Size")


class Scale(StrEnum):
    """How large a run is: so small that it tells nothing but that it can be run, two minutes, the sizes that the rows are named for, or hours."""

    TINY = "tiny"
    QUICK = "quick"
    USUAL = "usual"
    SOAK = "soak"

    def of(self, *, tiny: Size, quick: Size, usual: Size, soak: Size | None = None) -> Size:
        """Which of these sizes; a soak takes the usual one where it has none of its own."""
        held = {Scale.TINY: tiny, Scale.QUICK: quick, Scale.USUAL: usual, Scale.SOAK: usual if soak is None else soak}
        return held[self]


@dataclass(frozen=True)
class Row:
    """One line of the table. `ratio` above 1 means better than the peer."""

    id: str
    ours: float
    peer: float
    ratio: float
    unit: str
    note: str


def beside(row: str, ours: Callable[[], object], peer: Callable[[], object], *, note: str, rounds: int = 7, of: int = 1, peer_of: int = 0) -> Row:
    """The median time of one of the `of` pieces of work in a call (`peer_of` in the peer's), ours and the peer's, in milliseconds."""
    times: dict[str, list[float]] = {"ours": [], "peer": []}
    for _ in range(rounds):
        for name, work, pieces in (("ours", ours, of), ("peer", peer, peer_of or of)):
            times[name].append(seconds(work) * 1000 / pieces)
    return less_is_better(row, statistics.median(times["ours"]), statistics.median(times["peer"]), unit="ms", note=note)


def less_is_better(row: str, ours: float, peer: float, *, unit: str, note: str) -> Row:
    """A row of two figures of which the smaller one is the better: a time, or bytes."""
    return Row(row, round(ours, 6), round(peer, 6), round(peer / ours, 2), unit, note)


def more_is_better(row: str, ours: float, peer: float, *, unit: str, note: str) -> Row:
    """A row of two figures of which the larger one is the better: a number of things a second."""
    return Row(row, round(ours, 6), round(peer, 6), round(ours / peer, 2), unit, note)


def seconds(work: Callable[[], object]) -> float:
    """How long `work` takes, once."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
