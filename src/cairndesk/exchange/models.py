"""Cases on their way from one organisation to another."""

from typing import ClassVar

from django.db import models

from cairndesk.accounts.models import Organisation, Request
from cairndesk.cases.models import Case
from cairndesk.custody.models import SealedItem
from cairndesk.lib.ids import new_id


class Agreement(models.Model):
    """Two organisations may hand cases to each other, from a day on and before another: proposed by one, agreed to by the other, ended by either."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    proposer = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="agreements_proposed")
    partner = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="agreements_asked")
    basis = models.CharField(max_length=300)
    valid_from = models.DateField()
    valid_until = models.DateField()
    proposed_by = models.CharField(max_length=40)
    proposed_at = models.DateTimeField()
    agreed_by = models.CharField(max_length=40, blank=True)
    agreed_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=40, blank=True)
    ended_at = models.DateTimeField(null=True)
    ended_why = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=~models.Q(proposer=models.F("partner")), name="agreement_is_between_two"),
            models.CheckConstraint(condition=models.Q(valid_until__gt=models.F("valid_from")), name="agreement_begins_before_it_ends"),
            models.CheckConstraint(
                condition=models.Q(agreed_at=None) | ~models.Q(agreed_by__in=["", models.F("proposed_by")]),
                name="agreed_by_another",
            ),
            models.CheckConstraint(condition=models.Q(ended_at=None) | ~models.Q(ended_by=""), name="agreement_is_ended_by_a_person"),
        ]

    @property
    def is_between_others(self) -> bool:
        """Whether nobody had said by then what one of the two is, or it is another now."""
        return any(one.kind_said_at is None or one.kind_said_at > self.proposed_at for one in (self.proposer, self.partner))


class Handover(models.Model):
    """A case that one organisation offers to another; only acceptance moves it, and nothing told is seen before.

    `request` is by whom exactly what was let go; an offer of the time before that took two people has none, and is not accepted any more.
    """

    class State(models.TextChoices):
        OFFERED = "offered", "offered"
        ACCEPTED = "accepted", "accepted"
        REFUSED = "refused", "refused"
        WITHDRAWN = "withdrawn", "taken back"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="handovers")
    to = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="offered_cases")
    reason = models.ForeignKey(SealedItem, on_delete=models.PROTECT, related_name="+")
    request = models.OneToOneField(Request, on_delete=models.PROTECT, null=True, related_name="+")
    state = models.CharField(max_length=10, choices=State.choices, default=State.OFFERED)
    new_case = models.OneToOneField(Case, on_delete=models.PROTECT, null=True, related_name="came_from")
    offered_by = models.CharField(max_length=40)
    offered_at = models.DateTimeField()
    decided_by = models.CharField(max_length=40, blank=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case"], condition=models.Q(state="offered"), name="one_open_offer_per_case"),
            models.CheckConstraint(condition=~models.Q(state="accepted") | models.Q(new_case__isnull=False), name="accepted_offer_has_its_case"),
        ]
