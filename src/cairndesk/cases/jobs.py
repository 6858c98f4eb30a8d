"""What `work` does for cases: end, for good, what has run out."""

from cairndesk.cases.actions import lapse_grants
from cairndesk.lib import clock
from cairndesk.lib.belt import Lane


def lapse() -> int:
    """Afterwards every grant whose time was over at this look has ended, wherever the clock goes next; returns how many did."""
    return lapse_grants(now=clock.now())


LANES = (Lane(name="cases.lapse", turn=lapse, every=30.0),)
