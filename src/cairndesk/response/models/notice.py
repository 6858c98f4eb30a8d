"""Notices to providers, from the draft to the last answer, and the objections to them."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from cairndesk.cases.models import Case
from cairndesk.custody.models import SealedItem
from cairndesk.directory.models import Provider
from cairndesk.lib.ids import new_id
from cairndesk.response.models.plan import PlanStep, Preservation
from cairndesk.response.rules import NOT_YET_OUT, TAKES_DOWN, NoticeKind, NoticeState


class Notice(models.Model):
    """One request to one provider. `document` is sealed: targets, ground and mandate as they were when it was drafted.

    `reference` is random and all that the provider learns about the case. `finding` is the code of the XARF report.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="notices")
    step = models.ForeignKey(PlanStep, on_delete=models.PROTECT, related_name="notices")
    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=16, choices=[(k.value, k.value) for k in NoticeKind])
    state = models.CharField(max_length=16, choices=[(s.value, s.value) for s in NoticeState], default=NoticeState.DRAFTED)
    reference = models.CharField(max_length=24, unique=True)
    finding = models.CharField(max_length=20, blank=True)
    targets = models.PositiveSmallIntegerField()
    document = models.ForeignKey(SealedItem, on_delete=models.PROTECT, related_name="+")
    preservation = models.ForeignKey(Preservation, on_delete=models.PROTECT, null=True, blank=True, related_name="notices")
    earlier = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="later")
    drafted_by = models.CharField(max_length=40)
    drafted_at = models.DateTimeField()
    approved_by = models.CharField(max_length=40, blank=True)
    queued_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    answer_by = models.DateTimeField(null=True, blank=True)
    remind_at = models.DateTimeField(null=True, blank=True)
    reminders = models.PositiveSmallIntegerField(default=0)
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    account_action = models.CharField(max_length=40, blank=True)
    recheck_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["drafted_at"]
        indexes: ClassVar = [models.Index(fields=["state", "remind_at"], name="notice_reminders")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(kind__in=sorted(TAKES_DOWN)) | Q(state__in=sorted(NOT_YET_OUT)) | Q(preservation__isnull=False),
                name="no_takedown_before_preservation",
            ),
            models.CheckConstraint(condition=Q(state__in=sorted(NOT_YET_OUT)) | ~Q(approved_by=""), name="notice_is_sent_by_a_person"),
        ]


class CounterNotice(models.Model):
    """An objection to a notice, and what another person decided about it. `before` is where the notice stood."""

    class State(models.TextChoices):
        OPEN = "open", "waits for a review"
        UPHELD = "upheld", "the notice stands"
        REVERSED = "reversed", "the notice was withdrawn"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    notice = models.ForeignKey(Notice, on_delete=models.PROTECT, related_name="counter_notices")
    from_whom = models.CharField(max_length=20)
    words = models.ForeignKey(SealedItem, on_delete=models.PROTECT, related_name="+")
    before = models.CharField(max_length=16)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    received_at = models.DateTimeField()
    decide_by = models.DateTimeField()
    decided_by = models.CharField(max_length=40, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    why = models.ForeignKey(SealedItem, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["notice"], condition=Q(state="open"), name="one_open_objection"),
            models.CheckConstraint(condition=Q(state="open") | ~Q(decided_by=""), name="objection_is_decided_by_a_person"),
        ]
