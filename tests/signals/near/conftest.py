"""Lists of random hashes and of difficult ones, and both halves of the engine."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from cairndesk.signals.engine import compiled
from cairndesk.signals.engine.near import native, plain
from cairndesk.signals.engine.near.build import build
from cairndesk.signals.engine.near.layout import as_words
from cairndesk.signals.engine.near.tables import Kernel, Near, Tables

Hashes = NDArray[np.uint8]
Answers = list[list[tuple[int, int]]]
KERNELS: dict[str, Kernel] = {"compiled": native, "NumPy": plain}


@pytest.fixture(params=KERNELS)
def kernel(request: pytest.FixtureRequest) -> Kernel:
    assert compiled.library() is not None, "the compiled half was not built: .ci/kernel does that"
    return KERNELS[request.param]


def random(size: int, seed: int = 1) -> Hashes:
    return np.random.default_rng(seed).integers(0, 256, (size, 32), dtype=np.uint8)


def flipped(one: NDArray[np.uint8], places: list[int]) -> NDArray[np.uint8]:
    flags = np.zeros(256, np.uint8)
    flags[places] = 1
    return one ^ np.packbits(flags)


def tables_of(hashes: Hashes, kernel: Kernel, chunks: int | None = None) -> Tables:
    return build(hashes, np.arange(len(hashes), dtype=np.uint32), np.zeros(len(hashes), np.uint16), chunks=chunks, kernel=kernel)


def answers(found: Near, name: Callable[[int], int] = int) -> Answers:
    """Of each question the numbers that answer, with their distances."""
    ends = np.cumsum(found.counts)
    pairs = [(name(place), int(apart)) for place, apart in zip(found.places.tolist(), found.distances.tolist(), strict=True)]
    return [sorted(pairs[end - many : end]) for many, end in zip(found.counts.tolist(), ends.tolist(), strict=True)]


def brute(hashes: Hashes, questions: Hashes, distance: int) -> Answers:
    """What a comparison of all with all gives, by arithmetic that is not the engine's."""
    found = []
    for question in questions:
        apart = np.unpackbits(hashes ^ question, axis=1).sum(axis=1) if len(hashes) else np.zeros(0, int)
        found.append([(int(place), int(apart[place])) for place in np.flatnonzero(apart <= distance)])
    return found


def ask(hashes: Hashes, questions: Hashes, distance: int, kernel: Kernel, chunks: int | None = None) -> Answers:
    tables = tables_of(hashes, kernel, chunks)
    return answers(kernel.searcher(tables)(as_words(questions), distance), lambda place: int(tables.refs[place]))
