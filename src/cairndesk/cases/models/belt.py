"""Rows that move by being claimed: a lease, attempts, a next try and an end."""

from datetime import datetime

from django.db import models


class BeltRow(models.Model):
    """What a job or a screen claims by one conditional update; `lease_until` in the past means free."""

    claimed_by = models.CharField(max_length=40, blank=True, default="")
    lease_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True, blank=True)
    is_dead = models.BooleanField(default=False)

    class Meta:
        abstract = True

    @staticmethod
    def free(now: datetime) -> models.Q:
        """Narrows rows to those that nobody holds."""
        return models.Q(claimed_by="") | models.Q(lease_until__lt=now)
