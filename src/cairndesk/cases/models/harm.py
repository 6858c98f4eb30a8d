"""Which harms an incident holds. Several may apply; at most one leads; acts belong to the person who does them."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from cairndesk.cases.models.fields import Coded, CodeOrUnknown
from cairndesk.cases.models.incident import Incident
from cairndesk.cases.models.item import Item
from cairndesk.cases.models.person import CasePerson
from cairndesk.lib.ids import new_id


class HarmCode(Coded):
    """One harm of one incident; `actor` is who does it, where that is known, and `item` what it was done with."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="harms")
    harm = CodeOrUnknown("harm", unknowns=False)
    is_lead = models.BooleanField(default=False)
    actor = models.ForeignKey(CasePerson, on_delete=models.PROTECT, null=True, blank=True, related_name="harms")
    item = models.ForeignKey(Item, on_delete=models.PROTECT, null=True, blank=True, related_name="harms")

    class Meta:
        verbose_name = "a harm"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["incident"], condition=Q(is_lead=True), name="one_harm_leads"),
            models.UniqueConstraint(fields=["incident", "harm"], condition=Q(actor__isnull=True), name="harm_once_without_actor"),
            models.UniqueConstraint(fields=["incident", "harm", "actor"], name="harm_once_per_actor"),
        ]


class HarmAct(Coded):
    """A sub-code: the single act by which the harm was done."""

    harm = models.ForeignKey(HarmCode, on_delete=models.CASCADE, related_name="acts")
    act = CodeOrUnknown("harm_act", unknowns=False)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["harm", "act"], name="act_once_per_harm")]
