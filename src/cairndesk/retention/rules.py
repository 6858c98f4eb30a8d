"""Whether the time of day may be believed before anything is destroyed by it."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

# Reboots are not counted to the second, and clocks drift; a clock that was set is further off than that.
TOLERANCE = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Count:
    """The time by our own counting: somebody else told it at `told`, and `counted` seconds have passed since by a counter that nobody can set.

    `ticks` is where that counter, seconds since the machine was started, stood last.
    """

    told: datetime
    counted: float
    ticks: float

    @property
    def believed(self) -> datetime:
        """The time that we would say it is, without looking at the clock."""
        return self.told + timedelta(seconds=self.counted)


def count_on(count: Count, ticks: float) -> Count:
    """The same, `ticks` later. After a start of the machine at least its ticks have passed; how long it stood still nobody has counted."""
    passed = ticks - count.ticks if ticks >= count.ticks else ticks
    return replace(count, counted=count.counted + passed, ticks=ticks)


def told_anew(count: Count, told: datetime) -> Count:
    """The same after somebody else told the time; what is not later than we believe tells nothing new."""
    return replace(count, told=told, counted=0.0) if told > count.believed else count


def agree(count: Count, clock: datetime) -> bool:
    """Whether the clock of the machine and our own counting say nearly the same. How far they part adds up from one start to the next."""
    return abs(clock - count.believed) <= TOLERANCE
