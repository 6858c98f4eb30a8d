"""The queues of the desk, in the order in which somebody should look at them."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

WAITING = frozenset({"received", "queued"})
KEPT_AT_LEAST, KEPT_FOR = timedelta(minutes=15), timedelta(hours=2)
"""How long a case is kept for the person it was given to, also when it is overdue, and at most."""


@dataclass(frozen=True)
class Queue:
    """A list of cases: `stages` it shows, and what narrows it: in danger and taken up by nobody, or held by the reader only."""

    key: str
    title: str
    stages: frozenset[str]
    empty: str
    in_danger: bool = False
    mine: bool = False


_HELD = frozenset({"reviewing", "second_look", "classified", "acting"})

QUEUES = (
    Queue(
        "danger",
        "In danger now",
        WAITING | {"reviewing"},
        "Reports that say a child is in danger now appear here first. There is none.",
        in_danger=True,
    ),
    Queue("waiting", "Waiting", WAITING, "New reports appear here once triage has read them. Everything that came in has been taken up."),
    Queue("mine", "Mine", _HELD, "Cases that you claim appear here. You hold none.", mine=True),
    Queue("reviewing", "Being reviewed", frozenset({"reviewing"}), "Cases that somebody is reviewing appear here. There is none."),
    Queue("second_look", "Second look", frozenset({"second_look"}), "Severe or uncertain cases wait here for another person. None waits."),
    Queue("acting", "To act on", frozenset({"classified", "acting"}), "Classified cases whose steps are open appear here. There is none."),
    Queue("answered", "Answered", frozenset({"answered"}), "Cases that are answered and can be closed appear here. There is none."),
    Queue("open", "All open", WAITING | _HELD | {"answered"}, "Every case that is not closed appears here. There is none."),
)
BY_KEY = {queue.key: queue for queue in QUEUES}


class Holder(StrEnum):
    """By whom a case is held, as a queue can be narrowed to it."""

    NOBODY = "nobody"
    ME = "me"


@dataclass(frozen=True)
class Narrowing:
    """What a queue is narrowed to; what is empty does not narrow. Days are UTC, both included; `source` and `language` are of any report."""

    levels: tuple[int, ...] = ()
    is_late: bool = False
    holder: Holder | None = None
    source: str = ""
    language: str = ""
    since: date | None = None
    until: date | None = None
