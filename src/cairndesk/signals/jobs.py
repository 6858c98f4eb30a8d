"""What `work` does for signals: switch lists off on the day on which they expire, and say so."""

import structlog

from cairndesk.lib import clock
from cairndesk.lib.belt import Lane
from cairndesk.signals import actions

log = structlog.get_logger()


def expire() -> int:
    """Switch off what has expired; returns how many lists went dark."""
    expired = actions.expire_lists(now=clock.now())
    for listed in expired:
        log.warning("list_expired", list=str(listed.id))
    return len(expired)


LANES = (Lane(name="signals.expire", turn=expire, every=60.0),)
