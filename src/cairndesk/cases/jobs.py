"""What `work` does for cases: end, for good, what has run out."""

from cairndesk.accounts.actions import look_at_the_clock
from cairndesk.cases.actions import keep_limits, lapse_grants
from cairndesk.lib import clock
from cairndesk.lib.belt import Lane


def lapse() -> int:
    """Afterwards every grant whose time was over at this look has ended, wherever the clock goes next; returns how many did."""
    now = clock.now()
    keep_limits(ticks=clock.ticks(), now=now)
    look_at_the_clock(now=now)
    return lapse_grants(now=now)


LANES = (Lane(name="cases.lapse", turn=lapse, every=30.0),)
