"""The quiet offer to take back what was just done, kept in the session for thirty seconds."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.sessions.backends.base import SessionBase

FOR = timedelta(seconds=30)
_KEY = "undo"


@dataclass(frozen=True)
class Offer:
    """What was done, the button that takes it back, where the button leads, until when, and how many seconds that is from now."""

    said: str
    label: str
    url: str
    until: datetime
    left: int


def offer(session: SessionBase, *, said: str, label: str, url: str, now: datetime) -> None:
    """Afterwards the next pages offer to take the act back; the door at `url` checks for itself whether it still may."""
    session[_KEY] = {"said": said, "label": label, "url": url, "until": (now + FOR).isoformat()}


def offer_of(session: SessionBase, *, now: datetime) -> Offer | None:
    """The offer that still stands, or None: a clock that is set back makes none last longer."""
    kept = session.get(_KEY)
    if not kept:
        return None
    until = datetime.fromisoformat(kept["until"])
    left = until - now
    return Offer(kept["said"], kept["label"], kept["url"], until, int(left.total_seconds())) if timedelta() < left <= FOR else None


def withdraw(session: SessionBase, *, url: str = "") -> None:
    """Afterwards nothing is offered; with `url`, not what leads there."""
    if not url or session.get(_KEY, {}).get("url") == url:
        session.pop(_KEY, None)
