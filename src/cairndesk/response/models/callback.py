"""What a person did about something that had gone out before the person who told chose that it should not."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from cairndesk.cases.models import Case
from cairndesk.custody.models import SealedItem
from cairndesk.lib.ids import new_id
from cairndesk.response.rules import CalledBack, Sent


class CallBack(models.Model):
    """That somebody called back one thing: `thing` is the id of a row of the table that `what` names.

    `words` are sealed: who was asked, and what they said.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="call_backs")
    what = models.CharField(max_length=10, choices=[(s.value, s.value) for s in Sent])
    thing = models.UUIDField()
    outcome = models.CharField(max_length=10, choices=[(c.value, c.value) for c in CalledBack])
    words = models.ForeignKey(SealedItem, on_delete=models.PROTECT, related_name="+")
    called_by = models.CharField(max_length=40)
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["at"]
        constraints: ClassVar = [models.CheckConstraint(condition=~Q(called_by=""), name="called_back_by_a_person")]
