"""What `work` does for signals: switch lists off on the day on which they expire, and make their index anew when enough has changed."""

from threading import Thread
from threading import enumerate as enumerate_threads
from uuid import UUID

import structlog
from django.db import connections

from cairndesk.lib import clock, logs
from cairndesk.lib.belt import Lane
from cairndesk.signals import actions, queries, shelf
from cairndesk.signals.models import HashList

log = structlog.get_logger()
_MAKER = "signals.bases"


def expire() -> int:
    """Switch off what has expired; returns how many lists went dark."""
    expired = actions.expire_lists(now=clock.now())
    for listed in expired:
        log.warning("list_expired", list=str(listed.id))
    return len(expired)


def make_bases() -> int:
    """Make the index of each organisation anew whose lists have changed enough; returns how many."""
    due = _due()
    _make(due)
    return len(due)


def make_bases_beside() -> int:
    """The same in a thread: reports must be taken in while millions of rows are read. Returns how many were begun."""
    if any(thread.name == _MAKER for thread in enumerate_threads()) or not (due := _due()):
        return 0
    # Not a daemon: one turn of the belt by hand waits for it at its end.
    Thread(target=_make_aside, args=(due,), name=_MAKER).start()
    return len(due)


def _due() -> list[UUID]:
    every = HashList.objects.filter(version__gt=0).values_list("organisation", flat=True).distinct().order_by()
    return [one for one in every if shelf.wants_base(one, queries.asked(organisation=one, now=clock.now()))]


def _make(due: list[UUID]) -> None:
    for organisation in due:
        shelf.make_base(organisation, queries.asked(organisation=organisation, now=clock.now()))


def _make_aside(due: list[UUID]) -> None:
    try:
        _make(due)
    except Exception as failure:  # noqa: BLE001 - the next turn tries again; the old index still answers
        log.warning("signals_base_failed", **logs.place(failure))
    finally:
        connections.close_all()


LANES = (Lane(name="signals.expire", turn=expire, every=60.0), Lane(name="signals.bases", turn=make_bases_beside, every=5.0))
