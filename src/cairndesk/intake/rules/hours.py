"""When somebody reads: what the desk laid out of its roster, and what a page may honestly say of it at a moment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self

# What the desk has not laid out anew for so long may no longer be so.
FRESH = timedelta(hours=3)
# A page stays open while one tells; what it says has to hold as long as that takes.
HOLDS = timedelta(minutes=30)


@dataclass(frozen=True)
class Reading:
    """Somebody reads now; or else from `again` on, in the time of the desk."""

    again: datetime | None = None

    @property
    def is_now(self) -> bool:
        """Whether somebody reads now."""
        return self.again is None

    @property
    def time(self) -> str:
        """The time of day from which somebody reads again, such as 08:00."""
        return f"{self.again:%H:%M}" if self.again else ""


@dataclass(frozen=True)
class Hours:
    """The hours ahead in which anybody reads, in their order and apart from one another, as they were known `at` a moment; never who."""

    at: datetime
    spans: tuple[tuple[datetime, datetime], ...]

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        """What `as_row` laid out. Raises KeyError, TypeError or ValueError for anything else."""
        spans = tuple((_moment(begins), _moment(ends)) for begins, ends in row["spans"])
        return cls(_moment(row["at"]), spans)

    def reading(self, now: datetime) -> Reading | None:
        """What a page may say `now`; None where nothing is known, or what was known is old or of a clock that goes otherwise."""
        if not -HOLDS <= now - self.at < FRESH:
            return None
        if any(begins <= now and now + HOLDS <= ends for begins, ends in self.spans):
            return Reading()
        return next((Reading(begins) for begins, _ in self.spans if begins > now), None)


def as_row(at: datetime, spans: Sequence[tuple[datetime, datetime]]) -> dict[str, Any]:
    """Hours in values that JSON knows; each moment keeps its distance from UTC, so that who reads them needs no table of time zones."""
    return {"at": at.isoformat(), "spans": [[begins.isoformat(), ends.isoformat()] for begins, ends in spans]}


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a moment says how far it is from UTC")
    return moment
