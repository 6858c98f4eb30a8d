"""How much of one video stands in another, and what frames meet in a list: by the share of frames, in both directions.

The measure is that of vPDQ: a frame counts as met where any frame of the other is within the distance; frames that are
too plain count on neither side, and frames with the same hash count once. What differs: the query is asked in all eight
forms, so that a mirrored or turned copy is met as well; the form that meets most counts.
Source: "PDQ & TMK + PDQF" and the reference code of vPDQ, published by Meta (BSD).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cairndesk.signals.engine import pdq
from cairndesk.signals.engine.answer import FORMS
from cairndesk.signals.engine.near import kernels
from cairndesk.signals.engine.near.build import build
from cairndesk.signals.engine.near.index import NearIndex
from cairndesk.signals.engine.near.layout import as_words
from cairndesk.signals.engine.near.reach import MAX_DISTANCE

_Frames = NDArray[np.void]


@dataclass(frozen=True, slots=True)
class Shares:
    """Of the frames of the query and of the reference the share that the other has, from 0 to 1, and in which form."""

    query: float
    reference: float
    form: str = FORMS[0]


@dataclass(frozen=True, slots=True)
class Met:
    """One listed video or picture that frames of a query meet.

    `frames` of `of` frames meet it, the first `at` so many seconds; `nearest` in bits; `entries` are the numbers that were met.
    """

    key: int
    frames: int
    of: int
    at: float
    nearest: int
    entries: frozenset[int]

    @property
    def share(self) -> float:
        """The share of the query's frames, from 0 to 1."""
        return self.frames / self.of


def compare(query: _Frames, reference: _Frames, *, distance: int = MAX_DISTANCE, quality: int = pdq.PLAIN_BELOW, forms: int = len(FORMS)) -> Shares:
    """How much of each video stands in the other; nothing where one of them has only plain frames. `forms`: how many of FORMS are tried."""
    asked, held = _once(query, quality), _once(reference, quality)
    if not len(asked) or not len(held):
        return Shares(0.0, 0.0)
    hashes = np.ascontiguousarray(held["hashes"][:, 0])
    search = kernels.best().searcher(build(hashes, np.arange(len(held), dtype=np.uint32), np.zeros(len(held), np.uint16)))
    best = Shares(0.0, 0.0)
    for form in range(forms):
        found = search(as_words(np.ascontiguousarray(asked["hashes"][:, form]).reshape(-1)), distance)
        shares = Shares(np.count_nonzero(found.counts) / len(asked), len(np.unique(found.places)) / len(held), FORMS[form])
        best = max(best, shares, key=lambda one: (one.query, one.reference))
    return best


def find(query: _Frames, index: NearIndex, owner: NDArray[np.integer] | None = None, *, quality: int = pdq.PLAIN_BELOW) -> list[Met]:
    """What the frames of `query` meet in `index`, most frames first.

    `owner[number]` is the video that the listed hash of that number belongs to; without it each hash stands for itself.
    """
    asked = query[query["quality"] >= quality]
    met: dict[int, list[tuple[int, float, int, int]]] = {}
    for place, frame in enumerate(asked):
        for hit in index.near([form.tobytes() for form in frame["hashes"]]):
            key = hit.ref if owner is None else int(owner[hit.ref])
            met.setdefault(key, []).append((place, float(frame["time"]), hit.distance, hit.ref))
    every = [
        Met(
            key,
            frames=len({place for place, *_ in hits}),
            of=len(asked),
            at=min(at for _, at, *_ in hits),
            nearest=min(apart for *_, apart, _ in hits),
            entries=frozenset(ref for *_, ref in hits),
        )
        for key, hits in met.items()
    ]
    return sorted(every, key=lambda one: (-one.frames, one.nearest, one.key))


def _once(frames: _Frames, quality: int) -> _Frames:
    """Frames with enough detail, of equal ones the first."""
    kept = frames[frames["quality"] >= quality]
    _, first = np.unique(kept["hashes"][:, 0], axis=0, return_index=True)
    return kept[np.sort(first)]
