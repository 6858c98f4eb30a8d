"""The plan of a case and the preservation choice that stands before every removal."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from cairndesk.cases.models import Case
from cairndesk.custody.models import SealedItem
from cairndesk.directory.checklists import Fact
from cairndesk.directory.models import Provider
from cairndesk.lib.ids import new_id
from cairndesk.response.rules import Choice, StepKind, StepState

_DECIDED = (StepState.APPROVED, StepState.DONE, StepState.FAILED)


class Preservation(models.Model):
    """How the evidence of a case is preserved, as one person chose it. `expires_on` is the provider's clock; `why` is sealed."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="preservations")
    choice = models.CharField(max_length=16, choices=[(c.value, c.value) for c in Choice])
    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    why = models.ForeignKey(SealedItem, on_delete=models.PROTECT, related_name="+")
    chosen_by = models.CharField(max_length=40)
    chosen_at = models.DateTimeField()
    expires_on = models.DateField(null=True, blank=True)
    renew_on = models.DateField(null=True, blank=True)
    renewals = models.PositiveSmallIntegerField(default=0)
    reminded_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=~Q(chosen_by=""), name="preservation_is_chosen_by_a_person")]


class PlanStep(models.Model):
    """One step of a plan: proposed by the desk, approved, skipped and finished by people. The gates stand in the database as well.

    `weighed` is the index of the last entry of the log about the case that the proposal takes into account; -1 for none.
    `hold_lifted_for` are the facts that could warn when its hold was lifted.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="plan_steps")
    kind = models.CharField(max_length=12, choices=[(k.value, k.value) for k in StepKind])
    position = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=10, choices=[(s.value, s.value) for s in StepState], default=StepState.PROPOSED)
    reasons = models.JSONField(default=list)
    proposed_at = models.DateTimeField()
    due_at = models.DateTimeField()
    remind_at = models.DateTimeField(null=True, blank=True)
    reminders = models.PositiveSmallIntegerField(default=0)
    preservation = models.ForeignKey(Preservation, on_delete=models.PROTECT, null=True, blank=True, related_name="steps")
    is_held = models.BooleanField(default=False)
    hold_lifted_by = models.CharField(max_length=40, blank=True)
    hold_lifted_for = models.JSONField(default=list)
    needs_sign_off = models.BooleanField(default=False)
    signed_off_by = models.CharField(max_length=40, blank=True)
    approved_by = models.CharField(max_length=40, blank=True)
    approved_at = models.DateTimeField(null=True, blank=True)
    needs_review = models.BooleanField(default=False)
    reviewed_by = models.CharField(max_length=40, blank=True)
    why = models.ForeignKey(SealedItem, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=40, blank=True)
    weighed = models.BigIntegerField(default=-1)

    class Meta:
        ordering: ClassVar = ["position"]
        indexes: ClassVar = [models.Index(fields=["state", "remind_at"], name="step_reminders")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case", "position"], name="step_has_its_place"),
            models.CheckConstraint(condition=~Q(state__in=_DECIDED) | ~Q(approved_by=""), name="step_is_approved_by_a_person"),
            # Preserve, then remove: no path through the code may forget it.
            models.CheckConstraint(
                condition=~Q(kind=StepKind.REMOVE, state__in=_DECIDED) | Q(preservation__isnull=False), name="no_removal_before_preservation"
            ),
            models.CheckConstraint(condition=~Q(is_held=True, state__in=_DECIDED), name="held_step_is_not_approved"),
            models.CheckConstraint(
                condition=~Q(needs_sign_off=True, state__in=_DECIDED) | ~Q(signed_off_by=""), name="sign_off_comes_before_approval"
            ),
            models.CheckConstraint(condition=Q(signed_off_by="") | ~Q(signed_off_by=models.F("approved_by")), name="sign_off_by_another_person"),
            models.CheckConstraint(condition=Q(reviewed_by="") | ~Q(reviewed_by=models.F("approved_by")), name="review_by_another_person"),
        ]


class ClosingNote(models.Model):
    """Why a case was closed, with a note on the best interests of the child; both sealed in one record.

    `checklist` is the code of the checklist by which its file was looked through; empty before there were any.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="closing_notes")
    note = models.ForeignKey(SealedItem, on_delete=models.PROTECT, related_name="+")
    outcome = models.CharField(max_length=40)
    closed_by = models.CharField(max_length=40)
    closed_at = models.DateTimeField()
    checklist = models.CharField(max_length=60, blank=True, default="")


class MissingFact(models.Model):
    """One fact that a file should have held when its case was closed, and why it did not; the reason is sealed."""

    closing = models.ForeignKey(ClosingNote, on_delete=models.PROTECT, related_name="missing")
    fact = models.CharField(max_length=20, choices=[(one.value, one.value) for one in Fact])
    why = models.ForeignKey(SealedItem, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["closing", "fact"], name="fact_missing_once")]
