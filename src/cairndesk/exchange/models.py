"""Cases on their way from one organisation to another."""

from typing import ClassVar

from django.db import models

from cairndesk.accounts.models import Organisation, Request
from cairndesk.cases.models import Case
from cairndesk.custody.models import SealedItem
from cairndesk.lib.ids import new_id


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
