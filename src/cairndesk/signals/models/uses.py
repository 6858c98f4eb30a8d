"""How often each list was asked and met on each day: counts of things, and nothing else of what was asked or by whom."""

from typing import ClassVar

from django.db import models

from cairndesk.signals.models.lists import HashList


class ListUse(models.Model):
    """Look-ups of one day, by machines and by staff: of things that the list could have, that met it, and that were left out as false matches."""

    list = models.ForeignKey(HashList, on_delete=models.CASCADE, related_name="uses")
    day = models.DateField()
    asked = models.PositiveBigIntegerField(default=0)
    met = models.PositiveBigIntegerField(default=0)
    left_out = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["list", "day"], name="list_use_once_a_day")]
