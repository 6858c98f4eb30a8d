"""A token bucket: how many tries there are left, and when the next one comes."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True)
class Rate:
    """At most `burst` tries at once, and one more every `every`."""

    burst: int
    every: timedelta


@dataclass(frozen=True)
class Bucket:
    """Tries left at a moment."""

    left: float
    at: datetime


# Ten guesses at one account, then one each two minutes: 720 a day, against passwords of twelve characters and a code.
ACCOUNT = Rate(burst=10, every=timedelta(minutes=2))
# The whole desk: generous to people, closed to machines.
DESK = Rate(burst=60, every=timedelta(seconds=1))


def fill(bucket: Bucket | None, rate: Rate, now: datetime) -> Bucket:
    """The bucket as it stands at `now`; a clock that went back gives nothing."""
    if bucket is None:
        return Bucket(float(rate.burst), now)
    gained = max(0.0, (now - bucket.at) / rate.every)
    return Bucket(min(float(rate.burst), bucket.left + gained), max(now, bucket.at) if gained else now)


def take(bucket: Bucket | None, rate: Rate, now: datetime) -> tuple[Bucket, timedelta]:
    """The bucket after one try, and how long to wait before it is allowed: zero means that it was taken."""
    filled = fill(bucket, rate, now)
    if filled.left >= 1:
        return Bucket(filled.left - 1, filled.at), timedelta(0)
    return filled, rate.every * (1 - filled.left)
