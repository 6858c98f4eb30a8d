"""What was destroyed by the schedule, and the time by our own counting."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from cairndesk.accounts.models import Organisation
from cairndesk.cases.models import Case
from cairndesk.custody.retention import BOUNDED, Why
from cairndesk.lib.ids import new_id


class Destruction(models.Model):
    """Records of one class of one case that the schedule ends: announced, then done or dropped. It stays, as the certificate of it.

    `things` is how many were destroyed; what they were, nobody can say any more.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="destroyed")
    record_class = models.CharField(max_length=16, choices=[(one.value, one.value) for one in BOUNDED])
    why = models.CharField(max_length=8, choices=[(one.value, one.value) for one in Why])
    schedule = models.CharField(max_length=60)
    due_at = models.DateTimeField()
    intended_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)
    dropped_at = models.DateTimeField(null=True, blank=True)
    things = models.PositiveIntegerField(default=0)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["case", "record_class"], name="destroyed_of_case")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case", "record_class"], condition=Q(done_at=None, dropped_at=None), name="one_intent_per_class"),
            models.CheckConstraint(condition=Q(done_at=None) | Q(dropped_at=None), name="done_or_dropped"),
        ]


class Timekeeping(models.Model):
    """The one row of our own counting (`rules.Count`). `doubted_at` is set while the clock of the machine says something else."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    told = models.DateTimeField()
    counted = models.FloatField()
    ticks = models.FloatField()
    doubted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=Q(id=1), name="timekeeping_is_one_row")]
