"""What leaves the desk, as rows of the belt: claimed with a lease, tried again, and dead where a person must look."""

from datetime import datetime
from typing import ClassVar

from django.db import models

from cairndesk.accounts import undo
from cairndesk.cases.models import BeltRow
from cairndesk.custody.models import SealedItem
from cairndesk.lib.ids import new_id
from cairndesk.response.models.notice import Notice


class Delivery(BeltRow):
    """One letter on its way. `message` is sealed: the mail exactly as the person sent it. `trouble` is the code of the last failure."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    notice = models.ForeignKey(Notice, on_delete=models.PROTECT, related_name="deliveries")
    letter = models.CharField(max_length=24)
    message = models.ForeignKey(SealedItem, on_delete=models.PROTECT, related_name="+")
    queued_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)
    trouble = models.CharField(max_length=60, blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["done_at", "is_dead", "next_try_at"], name="deliveries_due")]

    @staticmethod
    def ripe(now: datetime) -> models.Q:
        """Narrows rows to those whose time has come."""
        return ripe_since("queued_at", now)


def ripe_since(let_go: str, now: datetime) -> models.Q:
    """The same by the column `let_go`, which says since when a row waits: one that was let go while the clock ran ahead does not wait until then."""
    ran_ahead = models.Q(attempts=0, trouble="", next_try_at__isnull=False, **{f"{let_go}__gt": now + undo.window()})
    return models.Q(next_try_at__lte=now) | ran_ahead
