"""Rows that move by being claimed: a lease, attempts, a next try and an end."""

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
