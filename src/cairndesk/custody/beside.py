"""Work in a thread beside the belt: what may be long on its way must not hold up the taking in of reports."""

from collections.abc import Callable
from threading import Thread, current_thread
from threading import enumerate as enumerate_threads

import structlog
from django.db import connections

from cairndesk.lib import logs
from cairndesk.lib.errors import DeskError

log = structlog.get_logger()


def begin(name: str, work: Callable[[], object], event: str) -> bool:
    """Begin `work` in a thread unless one of that name is at it already; returns whether it was begun. What fails is logged as `event`."""
    if is_at_work(name):
        return False
    # Not a daemon, which could be cut off within a statement: it ends by itself after the piece that it is at.
    Thread(target=_aside, args=(work, event), name=name).start()
    return True


def is_at_work(name: str) -> bool:
    """Whether a thread of that name is at work."""
    return any(thread.name == name for thread in enumerate_threads())


def wait_for(room: str) -> None:
    """Return once nothing that `room` began is at work any more; for whoever ends after one turn."""
    for thread in enumerate_threads():
        if thread.name.startswith(f"{room}."):
            thread.join()


def _aside(work: Callable[[], object], event: str) -> None:
    try:
        work()
    except Exception as failure:  # noqa: BLE001 - the next turn goes on
        code = {"code": failure.code} if isinstance(failure, DeskError) else {}
        log.warning(event, thread=current_thread().name, **code, **logs.place(failure))
    finally:
        connections.close_all()
