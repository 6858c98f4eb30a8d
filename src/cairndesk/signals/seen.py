"""What was seen before, as it is kept: sealed batches, opened one after the other for a look-back."""

from collections.abc import Iterator
from uuid import UUID

import structlog

from cairndesk.custody.errors import CannotOpen, Erased
from cairndesk.custody.queries import unseal_bytes
from cairndesk.signals.engine import seen
from cairndesk.signals.engine.seen import Block
from cairndesk.signals.errors import IndexDamaged
from cairndesk.signals.models import SeenBatch

log = structlog.get_logger()


def opened(batch: SeenBatch) -> Block | None:
    """What is in the batch; None where it is not as it was sealed. Raises DeskLocked."""
    try:
        return seen.decode(unseal_bytes(batch.sealed))
    except (CannotOpen, Erased, IndexDamaged) as wrong:
        log.warning("seen_batch_damaged", batch=str(batch.pk), code=wrong.code)
        return None


def every(organisation: UUID) -> Iterator[tuple[SeenBatch, Block | None]]:
    """Each batch of the organisation, also those that were packed anew meanwhile; a case may come twice, and none is left out."""
    read: set[UUID] = set()
    while new := set(SeenBatch.objects.filter(organisation=organisation).values_list("pk", flat=True)) - read:
        for pk in sorted(new):
            read.add(pk)
            batch = SeenBatch.objects.select_related("sealed").filter(pk=pk).first()
            if batch is not None:
                yield batch, opened(batch)
