"""Addresses of the desk's own list that access providers are asked to block."""

from typing import ClassVar

from django.db import models

from cairndesk.lib.ids import new_id
from cairndesk.signals import rules
from cairndesk.signals.models.lists import ListEntry, _choices


class Block(models.Model):
    """That the exact address of `entry` is to be blocked, before the day `expires_on`, unless it is delisted earlier; the row stays."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    entry = models.ForeignKey(ListEntry, on_delete=models.PROTECT, related_name="blocks")
    listed_at = models.DateTimeField()
    listed_by = models.CharField(max_length=64)
    expires_on = models.DateField()
    reviewed_at = models.DateTimeField(null=True, blank=True)
    reviewed_by = models.CharField(max_length=64, blank=True)
    delisted_at = models.DateTimeField(null=True, blank=True)
    delisted_by = models.CharField(max_length=64, blank=True)
    why = models.CharField(max_length=12, blank=True, choices=_choices(*rules.DelistedBecause))

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["entry"], condition=models.Q(delisted_at=None), name="one_block_per_address"),
            models.CheckConstraint(condition=models.Q(delisted_at=None) | models.Q(why__gt="", delisted_by__gt=""), name="delisted_says_why"),
        ]
