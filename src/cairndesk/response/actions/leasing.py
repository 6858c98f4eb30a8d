"""What one worker at a time puts out of the door: claimed for a while, and set down where it did not go."""

from datetime import datetime, timedelta

from django.db.models import F, QuerySet

from cairndesk.lib.belt import next_try
from cairndesk.lib.errors import DeskError
from cairndesk.response.models import CrossingLetter, Delivery

# Longer than the slowest conversation, so that two workers never send the same letter at once.
LEASE = timedelta(minutes=5)


def claim_row(rows: QuerySet[Delivery] | QuerySet[CrossingLetter], *, worker: str, now: datetime) -> bool:
    """Whether `worker` holds the one of `rows` now; of several that ask at once exactly one does, for five minutes."""
    due = rows.filter(rows.model.free(now), rows.model.ripe(now), done_at=None, is_dead=False)
    # The next try is as of now, so that one that was let go while the clock ran ahead is tried again if this worker ends.
    return bool(due.update(claimed_by=worker, lease_until=now + LEASE, next_try_at=now, attempts=F("attempts") + 1))


def set_down(held: Delivery | CrossingLetter, *, trouble: str, failure: DeskError, now: datetime) -> None:
    """Afterwards the next try of the locked row is set; where there is none, it is dead."""
    again = next_try(held.attempts, now) if failure.retryable else None
    held.claimed_by, held.lease_until, held.trouble = "", None, trouble
    held.next_try_at, held.is_dead = again or held.next_try_at, again is None
    held.save()
