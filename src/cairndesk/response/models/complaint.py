"""What somebody says of a provider: that it was told, and did not act."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from cairndesk.cases.models import Case
from cairndesk.directory.models import Provider
from cairndesk.lib.ids import new_id
from cairndesk.response.rules import ComplaintAnswer


class Complaint(models.Model):
    """That `provider` was told of what the case is about on a day, and what it answered, if it did, on which day."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="complaints")
    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="+")
    told_on = models.DateField()
    answer = models.CharField(max_length=10, choices=[(one.value, one.value.replace("_", " ")) for one in ComplaintAnswer])
    answered_on = models.DateField(null=True, blank=True)
    recorded_by = models.CharField(max_length=40)
    recorded_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["told_on", "recorded_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case", "provider", "told_on"], name="one_complaint_a_day_and_provider"),
            models.CheckConstraint(
                condition=Q(answer=ComplaintAnswer.NONE.value, answered_on=None)
                | (~Q(answer=ComplaintAnswer.NONE.value) & Q(answered_on__gte=F("told_on"))),
                name="complaint_is_answered_after_it_was_made",
            ),
        ]
