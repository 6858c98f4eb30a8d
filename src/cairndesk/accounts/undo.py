"""For how long what leaves the house waits, and the quiet offer to take it back until then, kept in the session."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.db.models import Q

_KEY = "undo"


@dataclass(frozen=True)
class Offer:
    """What was done, the button that takes it back, where the button leads, until when, and how many seconds that is from now."""

    said: str
    label: str
    url: str
    until: datetime
    left: int


def window() -> timedelta:
    """How long what somebody let go waits before it leaves: the setting `desk.undo_seconds`."""
    return timedelta(seconds=settings.CAIRNDESK.desk.undo_seconds)


def in_words() -> str:
    """The same for people: "30 seconds"."""
    seconds = settings.CAIRNDESK.desk.undo_seconds
    return f"{seconds} second{'s' if seconds != 1 else ''}"


def is_over(at: datetime, now: datetime) -> bool:
    """Whether what was let go `at` may leave. A clock that is set back never makes it wait for more than twice as long."""
    return not now - window() < at <= now + window()


def waits(column: str, now: datetime) -> Q:
    """For a statement: rows whose `column` is a moment of which `is_over` is not true yet."""
    return Q(**{f"{column}__gt": now - window(), f"{column}__lte": now + window()})


def offer(session: SessionBase, *, said: str, label: str, url: str, now: datetime) -> None:
    """Afterwards the next pages offer to take the act back; the door at `url` checks for itself whether it still may."""
    session[_KEY] = {"said": said, "label": label, "url": url, "until": (now + window()).isoformat()}


def offer_of(session: SessionBase, *, now: datetime) -> Offer | None:
    """The offer that still stands, or None: a clock that is set back makes none last longer."""
    kept = session.get(_KEY)
    if not kept:
        return None
    until = datetime.fromisoformat(kept["until"])
    left = until - now
    return Offer(kept["said"], kept["label"], kept["url"], until, int(left.total_seconds())) if timedelta() < left <= window() else None


def withdraw(session: SessionBase, *, url: str = "") -> None:
    """Afterwards nothing is offered; with `url`, not what leads there."""
    if not url or session.get(_KEY, {}).get("url") == url:
        session.pop(_KEY, None)
