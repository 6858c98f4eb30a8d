"""What two people destroy before its time: never while the clock of the machine and our own counting part."""

from datetime import datetime

from cairndesk.accounts.acts import Act
from cairndesk.accounts.models import Request
from cairndesk.lib import clock
from cairndesk.response.actions.erase import Erasing
from cairndesk.retention import queries
from cairndesk.retention.errors import ClockDoubted
from cairndesk.review.actions.originals import Destroying


class _InTime(Act):
    """By the clock alone a minimum of the law would seem over, or a hold that ends; the rooms that act know no second source of the time."""

    def check(self, request: Request, *, now: datetime) -> None:
        if queries.is_doubted(ticks=clock.ticks(), now=now):
            raise ClockDoubted
        super().check(request, now=now)


class ErasingInTime(_InTime, Erasing):
    """Erasing what was told; raises ClockDoubted as well."""


class DestroyingInTime(_InTime, Destroying):
    """Destroying an original; raises ClockDoubted as well."""
