"""What somebody was exposed to, when a break is due, and where looking ends for the day. It counts for the person, never against them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

DAY = timedelta(hours=24)
KEPT = timedelta(days=14)
"""After that an entry is forgotten."""
REST = timedelta(minutes=10)
"""So long without anything counts as a break."""
ROW = 5
"""Days in a row after which other work is due."""
LOOK_SECONDS, REVEAL_SECONDS = 20, 10
"""How long a small copy counts, since nobody measures how long somebody looks; and how long a clear view lasts at most."""
WORDS_A_MINUTE = 200
MOST_MINUTES = 600
"""Of one entry by hand."""
HEAVIEST = 3


class Kind(StrEnum):
    """What it was; `BREAK` is what ends a stretch."""

    LOOK = "look"
    REVEAL = "reveal"
    TEXT = "text"
    ELSEWHERE = "elsewhere"
    BREAK = "break"


WORDS: Mapping[Kind, str] = {
    Kind.LOOK: "A small copy was looked at",
    Kind.REVEAL: "A clear view was held",
    Kind.TEXT: "What was told was opened",
    Kind.ELSEWHERE: "Looked at in another system, as you wrote down",
    Kind.BREAK: "A break",
}
# What the cap of a day bounds: words can still be read, and everything else be done.
_MEDIA = frozenset({Kind.LOOK, Kind.REVEAL, Kind.ELSEWHERE})


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of somebody's ledger: from when, for how many seconds, and how heavy, from 1 to HEAVIEST."""

    kind: Kind
    at: datetime
    seconds: int
    weight: int = 1

    @property
    def end(self) -> datetime:
        """When it was over."""
        return self.at + timedelta(seconds=self.seconds)


class Prompt(StrEnum):
    """What the desk says to the person, and to nobody else."""

    BREAK = "break"
    ROTATE = "rotate"
    NEAR = "near"
    CAP = "cap"


PROMPTS: Mapping[Prompt, str] = {
    Prompt.BREAK: "A break is due: you have had heavy things before you for a while. Ten minutes away are enough to begin with.",
    Prompt.ROTATE: "You have had such material before you five days in a row. Other work would be good now; nobody asks why.",
    Prompt.NEAR: "Little is left of what a day may hold of pictures and videos.",
    Prompt.CAP: "That is enough of pictures and videos for today. Everything else stays open to you.",
}


def media_seconds(entries: Iterable[Entry], *, now: datetime) -> int:
    """Seconds with pictures and videos within the 24 hours up to `now`."""
    return sum(one.seconds for one in entries if one.kind in _MEDIA and one.at > now - DAY)


def since_break(entries: Iterable[Entry], *, now: datetime) -> int:
    """Weighted seconds since the last break, which is one that was taken or REST without anything."""
    found, later = 0, now
    for one in sorted(entries, key=lambda entry: entry.at, reverse=True):
        if one.kind is Kind.BREAK or later - one.end >= REST:
            break
        found, later = found + one.seconds * one.weight, one.at
    return found


def days_in_row(entries: Iterable[Entry], *, today: date) -> int:
    """On how many days up to today, or to yesterday, in a row there was something."""
    days = {one.at.date() for one in entries if one.kind is not Kind.BREAK}
    day = today if today in days else today - timedelta(days=1)
    found = 0
    while day in days:
        found, day = found + 1, day - timedelta(days=1)
    return found


def prompts(entries: Sequence[Entry], *, now: datetime, cap: int, stretch: int) -> tuple[Prompt, ...]:
    """What to say now; `cap` and `stretch` in seconds."""
    spent = media_seconds(entries, now=now)
    says = {
        Prompt.CAP: spent >= cap,
        Prompt.NEAR: cap > spent >= cap * 4 // 5,
        Prompt.BREAK: since_break(entries, now=now) >= stretch,
        Prompt.ROTATE: days_in_row(entries, today=now.date()) >= ROW,
    }
    return tuple(prompt for prompt, is_due in says.items() if is_due)


def reading_seconds(words: int) -> int:
    """How long it takes to read so many words."""
    return max(1, round(words * 60 / WORDS_A_MINUTE))


def weight_of(place: int, levels: int) -> int:
    """How heavy the level of severity is that stands at `place` of so many, counted from the most severe (0)."""
    return HEAVIEST - place * HEAVIEST // max(1, levels)


def cap_of(day: date, said: Sequence[tuple[datetime, int]], *, most: int) -> int:
    """Seconds that `day` might hold: the most that did at any time of it. `said`: from when on how many, oldest first; `most` before, and always.

    So whoever lowers the cap does not learn who had more than that before.
    """
    before = [cap for at, cap in said if at.date() < day]
    return min(most, max(before[-1] if before else most, *(cap for at, cap in said if at.date() == day), 0))


def days_at_cap(entries: Iterable[Entry], *, cap: Callable[[date], int]) -> set[date]:
    """The days, by the calendar of UTC, that held as much of pictures and videos as a day might."""
    of: dict[date, int] = {}
    for one in entries:
        if one.kind in _MEDIA:
            of[one.at.date()] = of.get(one.at.date(), 0) + one.seconds
    return {day for day, seconds in of.items() if seconds >= cap(day)}
