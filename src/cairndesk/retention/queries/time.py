"""Who else told the time last: a witness, a time-stamping authority, or a person who confirmed a schedule on that day."""

from datetime import datetime

from django.db.models import Max

from cairndesk.custody.models import Cosignature, TimeStamp
from cairndesk.directory.models import Schedule
from cairndesk.retention.models import Timekeeping
from cairndesk.retention.rules import Count, agree, count_on, told_anew


def told_last() -> datetime | None:
    """The latest moment that somebody outside of this machine's clock vouched for; None where nobody has yet."""
    moments = (
        Cosignature.objects.aggregate(at=Max("at"))["at"],
        TimeStamp.objects.aggregate(at=Max("at"))["at"],
        Schedule.objects.aggregate(at=Max("confirmed_at"))["at"],
    )
    return max((at for at in moments if at is not None), default=None)


def is_doubted(*, ticks: float, now: datetime) -> bool:
    """Whether `now`, the clock of the machine, and our own counting part; `ticks`: seconds since the machine was started.

    Before anybody else has told the time there is nothing to compare it with.
    """
    row, told = timekeeping(), told_last()
    if row is None:
        return False
    count = count_on(Count(row.told, row.counted, row.ticks), ticks)
    return not agree(told_anew(count, told) if told is not None else count, now)


def timekeeping() -> Timekeeping | None:
    """Our own counting; None before it began."""
    return Timekeeping.objects.first()
