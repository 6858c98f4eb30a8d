"""What a record said before somebody changed it, so that a correction hides nothing."""

from typing import ClassVar

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from cairndesk.cases.models.case import Case
from cairndesk.lib.ids import new_id


class Earlier(models.Model):
    """Answers that stood in the row `about` until `until`: codes and times only. `part` tells answers, marks and checklist apart."""

    class Part(models.TextChoices):
        ANSWERS = "answers", "answers"
        MARKS = "marks", "what is marked"
        CHECKLIST = "checklist", "the checklist"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="earlier")
    about = models.UUIDField()
    part = models.CharField(max_length=12, choices=Part.choices)
    answers = models.JSONField(encoder=DjangoJSONEncoder)
    recorded_by = models.CharField(max_length=40, blank=True, default="")
    recorded_at = models.DateTimeField(null=True, blank=True)
    until = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-until"]
