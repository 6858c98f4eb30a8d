"""How often each list was asked and met: look-ups as counts by day and nothing else; items one by one, as long as there is the case."""

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


class ItemAsked(models.Model):
    """An item of a case, or a file with all its hashes, that a list could have: counted once, from the day it came. `met`: it has met an entry.

    A row of its own and no count: an assessment is made again and again, and no two of them may wait for one another.
    """

    list = models.ForeignKey(HashList, on_delete=models.CASCADE, related_name="items_asked")
    case = models.UUIDField(db_index=True)
    item = models.UUIDField()
    day = models.DateField()
    met = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["list", "item"], name="item_asked_once_of_each_list")]
        indexes: ClassVar = [models.Index(fields=["list", "day"], name="items_asked_by_day")]
