"""The one place that reads the clock; only doors (views, jobs, commands) call it and hand the time down."""

import time
from datetime import UTC, datetime


def now() -> datetime:
    """The present time, aware, in UTC."""
    return datetime.now(UTC)


def ticks() -> float:
    """Seconds since this machine was started, sleep included; nobody can set it."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def to_hour(moment: datetime) -> datetime:
    """`moment` cut to the full hour: the precision at which the portal's times may be kept in clear."""
    return moment.replace(minute=0, second=0, microsecond=0)
