"""Referrals: what the person chose, what was overridden for danger and told, and how long the wait was."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from cairndesk.cases.models import Case
from cairndesk.custody.models import SealedItem
from cairndesk.directory.models import Service
from cairndesk.lib.ids import new_id
from cairndesk.response.models.plan import PlanStep
from cairndesk.response.rules import Consent, ReferralState, Told


class Referral(models.Model):
    """One referral to one service. Everything that was said or weighed is sealed; codes and days stand in clear.

    `reference` is how the service names the matter (sealed). `interim` is what is offered while the wait is long.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="referrals")
    step = models.ForeignKey(PlanStep, on_delete=models.PROTECT, related_name="referrals")
    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=[(s.value, s.value) for s in ReferralState], default=ReferralState.DRAFTED)
    reason = models.CharField(max_length=40)
    best_interests = models.ForeignKey(SealedItem, on_delete=models.PROTECT, related_name="+")
    consent = models.CharField(max_length=12, choices=[(c.value, c.value) for c in Consent], default=Consent.NOT_ASKED)
    consent_by = models.CharField(max_length=16, blank=True)
    limits_explained = models.BooleanField(default=False)
    maturity = models.ForeignKey(SealedItem, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    override_why = models.ForeignKey(SealedItem, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    told_child = models.CharField(max_length=10, choices=[(t.value, t.value) for t in Told], blank=True)
    decided_by = models.CharField(max_length=40, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    override_reviewed_by = models.CharField(max_length=40, blank=True)
    override_reviewed_at = models.DateTimeField(null=True, blank=True)
    drafted_at = models.DateTimeField()
    made_by = models.CharField(max_length=40, blank=True)
    made_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    first_appointment_on = models.DateField(null=True, blank=True)
    feedback = models.ForeignKey(SealedItem, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    reference = models.ForeignKey(SealedItem, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    closing = models.ForeignKey(SealedItem, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    interim = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="bridges")
    remind_at = models.DateTimeField(null=True, blank=True)
    reminders = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["drafted_at"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(made_at__isnull=True) | Q(consent__in=[Consent.GIVEN, Consent.OVERRIDDEN]), name="referral_needs_consent_or_override"
            ),
            models.CheckConstraint(condition=~Q(consent=Consent.GIVEN) | Q(limits_explained=True), name="limits_come_before_consent"),
            models.CheckConstraint(condition=~Q(consent=Consent.OVERRIDDEN) | Q(override_why__isnull=False), name="override_has_a_reason"),
            models.CheckConstraint(
                condition=Q(override_reviewed_by="") | ~Q(override_reviewed_by=models.F("decided_by")), name="override_reviewed_by_another_person"
            ),
        ]
