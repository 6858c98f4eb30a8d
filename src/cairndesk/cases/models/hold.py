"""Holds: what must not be destroyed, whatever a schedule or a wish says. One person places one, two people lift it."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from cairndesk.cases.models.case import Case
from cairndesk.cases.rules.holding import WORDS, HoldGround
from cairndesk.custody.models import SealedItem, SealedObject
from cairndesk.lib.ids import new_id


class Hold(models.Model):
    """One hold on a case, or on one `original` of it. It never ends by itself: `review_on` is the day on which somebody looks at it again."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="holds")
    original = models.ForeignKey(SealedObject, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    ground = models.CharField(max_length=12, choices=[(g.value, g.value) for g in HoldGround])
    why = models.ForeignKey(SealedItem, on_delete=models.PROTECT, related_name="+")
    review_on = models.DateField()
    placed_by = models.CharField(max_length=40)
    placed_at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["placed_at"]
        indexes: ClassVar = [models.Index(fields=["case"], condition=Q(lifted_at=None), name="standing_holds")]
        constraints: ClassVar = [models.CheckConstraint(condition=~Q(placed_by=""), name="hold_is_placed_by_a_person")]

    @property
    def ground_words(self) -> str:
        """Why it is held, to go on after "because"."""
        return WORDS[HoldGround(self.ground)]
