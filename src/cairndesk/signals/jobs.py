"""What `work` does for signals: switch lists off on the day on which they expire, and make their index anew when enough has changed."""

from functools import lru_cache
from threading import Thread
from uuid import UUID

import structlog
from django.db import close_old_connections, connections

from cairndesk.lib import clock, logs
from cairndesk.lib.belt import Lane
from cairndesk.signals import actions, queries, shelf
from cairndesk.signals.models import HashList

log = structlog.get_logger()


def expire() -> int:
    """Switch off what has expired; returns how many lists went dark."""
    expired = actions.expire_lists(now=clock.now())
    for listed in expired:
        log.warning("list_expired", list=str(listed.id))
    return len(expired)


def make_bases() -> int:
    """Make the index of each organisation anew whose lists have changed enough; returns how many."""
    due = _due()
    for organisation in due:
        shelf.make_base(organisation, queries.asked(organisation=organisation, now=clock.now()))
    return len(due)


def make_bases_beside() -> int:
    """The same in a thread: reports must be taken in while millions of rows are read. Returns how many were begun."""
    if _maker().is_alive() or not (due := _due()):
        return 0
    _maker.cache_clear()
    _maker().start()
    return len(due)


def _due() -> list[UUID]:
    every = HashList.objects.filter(version__gt=0).values_list("organisation", flat=True).distinct().order_by()
    return [one for one in every if shelf.wants_base(one, queries.asked(organisation=one, now=clock.now()))]


@lru_cache(maxsize=1)
def _maker() -> Thread:
    # Not a daemon: one turn of the belt by hand waits for it at its end.
    return Thread(target=_make, name="signals.bases")


def _make() -> None:
    close_old_connections()
    try:
        make_bases()
    except Exception as failure:  # noqa: BLE001 - the next turn tries again; the old index still answers
        log.warning("signals_base_failed", **logs.place(failure))
    finally:
        connections.close_all()


LANES = (Lane(name="signals.expire", turn=expire, every=60.0), Lane(name="signals.bases", turn=make_bases_beside, every=5.0))
