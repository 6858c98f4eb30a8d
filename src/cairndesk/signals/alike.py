"""Cases with a picture that looks like one of another case, found in the sealed batches of what was seen: no hash is kept in clear for it."""

from collections import defaultdict
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from cairndesk.signals import seen
from cairndesk.signals.engine.identifiers import Kind
from cairndesk.signals.engine.lookback import Additions
from cairndesk.signals.engine.near.reach import MAX_DISTANCE
from cairndesk.signals.engine.seen import Block
from cairndesk.signals.models import Seen, SeenBatch


def alike(*, organisation: UUID, case: UUID) -> dict[UUID, int]:
    """Other cases of `organisation` with a picture within 31 bits of 256 of one of `case`, in any of the eight forms, and how near.

    Reads every batch of the organisation: some seconds where a million files were seen. A batch that does not open is passed over; the
    next look-back has its cases remembered anew. Raises DeskLocked.
    """
    mine = {one.tobytes() for block in _holding(organisation, {case}) for one in block.hashes[_is_of(block, case)]}
    if not mine:
        return {}
    asked = Additions([(Kind.PDQ, one.hex()) for one in mine], distance=MAX_DISTANCE)
    found = asked.nearest_in(block for _, block in seen.every(organisation) if block is not None)
    found.pop(case, None)
    return found


def nearest(*, organisation: UUID, cases: AbstractSet[UUID]) -> dict[UUID, dict[UUID, int]]:
    """Of each of `cases` the same as `alike` gives, for all of them in one reading of the batches. Raises DeskLocked."""
    held: defaultdict[bytes, set[UUID]] = defaultdict(set)
    for block in _holding(organisation, cases):
        for place, case in enumerate(block.ids(range(len(block.cases)))):
            if case in cases:
                for one in block.hashes[block.hash_cases == place]:
                    held[one.tobytes()].add(case)
    found: defaultdict[UUID, dict[UUID, int]] = defaultdict(dict)
    asked = Additions([(Kind.PDQ, one.hex()) for one in held], distance=MAX_DISTANCE)
    for at, other, distance in asked.pairs_in(block for _, block in seen.every(organisation) if block is not None):
        for case in held[asked.hashes[at]] - {other}:
            found[case][other] = min(distance, found[case].get(other, distance))
    return found


def _holding(organisation: UUID, cases: AbstractSet[UUID]) -> Iterator[Block]:
    held = Seen.objects.filter(organisation=organisation, case__in=cases).exclude(batch=None).values("batch")
    opened = (seen.opened(batch) for batch in SeenBatch.objects.select_related("sealed").filter(pk__in=held))
    return (block for block in opened if block is not None)


def _is_of(block: Block, case: UUID) -> NDArray[np.bool_]:
    return np.isin(block.hash_cases, np.flatnonzero((block.cases == np.frombuffer(case.bytes, np.uint8)).all(axis=1)))
