"""When somebody is on duty: how long one turn may be, where a page may go, and the hours in which anybody is there."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from cairndesk.accounts.errors import DutyRefused

LONGEST = timedelta(hours=24)
AHEAD = timedelta(days=366)
MOST_WEEKS = 26
PAGE_AGAIN = timedelta(minutes=10)
PAGE_LATER = timedelta(hours=1)
PAGE_TURNS = 12
Span = tuple[datetime, datetime]


def check(*, begins: datetime, ends: datetime, page_to: str, now: datetime) -> None:
    """Return where that can stand on the roster; raise DutyRefused, which says what is wrong."""
    if not begins < ends <= begins + LONGEST:
        raise DutyRefused("One turn ends after it begins, and within 24 hours. Somebody has to sleep.")
    if ends <= now or begins > now + AHEAD:
        raise DutyRefused("A turn lies ahead, and within a year.")
    if page_to and not (is_web(page_to) or is_mail(page_to)):
        raise DutyRefused("A page goes to a mail address, or to a web address that begins with https.")


def is_web(address: str) -> bool:
    """Whether a page to `address` goes over the web (https; http on this machine only)."""
    try:
        parts = urlsplit(address)
        # Asking for the port judges it.
        reachable = _is_plain(address) and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    here = parts.hostname in {"localhost", "127.0.0.1", "::1"}
    return reachable and (parts.scheme == "https" or (parts.scheme == "http" and here)) and "@" not in parts.netloc


def is_mail(address: str) -> bool:
    """Whether it goes by mail."""
    name, _, host = address.partition("@")
    return _is_plain(address) and bool(name and host) and not set(address) & set(',;<>:/"') and "@" not in host


def _is_plain(address: str) -> bool:
    """Whether it is made of visible ASCII: mail servers and the web take nothing else as it stands."""
    return address.isascii() and address.isprintable() and " " not in address


def page_turn(raised_at: datetime, now: datetime) -> int:
    """In which turn an alarm is sent out that nobody has answered: one every ten minutes for two hours, then one an hour without an end."""
    turn = max(0, (now - raised_at) // PAGE_AGAIN)
    return turn if turn < PAGE_TURNS else PAGE_TURNS + (now - raised_at - PAGE_TURNS * PAGE_AGAIN) // PAGE_LATER


def merged(spans: Iterable[Span]) -> list[Span]:
    """The hours in which anybody is on duty, without saying who or how many."""
    found: list[Span] = []
    for begins, ends in sorted(spans):
        if found and begins <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], ends))
        else:
            found.append((begins, ends))
    return found


def uncovered(spans: Iterable[Span], *, since: datetime, until: datetime) -> timedelta:
    """How long within that time nobody is on duty."""
    covered = sum(((min(ends, until) - max(begins, since)) for begins, ends in merged(spans) if begins < until and ends > since), timedelta())
    return (until - since) - covered
