"""The path of contact, payments, threats and places of an incident."""

from typing import ClassVar

from django.db import models

from cairndesk.cases.models.fields import Coded, CodeOrUnknown, CountryOrUnknown, Recorded
from cairndesk.cases.models.incident import Incident
from cairndesk.cases.models.item import Item
from cairndesk.cases.models.person import CasePerson
from cairndesk.custody.models import SealedItem
from cairndesk.lib.ids import new_id


class ContactStep(Recorded):
    """One step of the contact, in order: where it began, where it moved to, where material was shared."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="contact_steps")
    position = models.PositiveSmallIntegerField()
    step = CodeOrUnknown("contact_step", unknowns=False)
    service = models.SlugField(max_length=60, blank=True)
    platform_type = CodeOrUnknown("platform_type")
    space = CodeOrUnknown("space")
    encryption = CodeOrUnknown("encryption")
    account = models.ForeignKey(Item, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    at = models.DateTimeField(null=True, blank=True)
    precision = CodeOrUnknown("period_precision")

    class Meta:
        verbose_name = "a step of the contact path"
        constraints: ClassVar = [models.UniqueConstraint(fields=["incident", "position"], name="contact_step_has_its_place")]
        ordering: ClassVar = ["position"]


class Payment(Recorded):
    """Money or value that moved, or was to move. Amounts stand as bands; who and where exactly is sealed in items."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="payments")
    rail = CodeOrUnknown("payment_rail")
    purpose = CodeOrUnknown("payment_purpose")
    amount_band = CodeOrUnknown("amount_band")
    paid = CodeOrUnknown("paid_state")
    obfuscation = CodeOrUnknown("obfuscation")
    country = CountryOrUnknown()
    wallet = models.ForeignKey(Item, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    payer = models.ForeignKey(CasePerson, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "a payment"


class Disclosure(Recorded):
    """That somebody disclosed doubtful payments: who to whom, and when. The reference is an item, sealed and found by equality like any other.

    `wallet` is the wallet or payment account that it is about, where it is about one.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="disclosures")
    reference = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+")
    wallet = models.ForeignKey(Item, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    filer = CodeOrUnknown("financial_party")
    recipient = CodeOrUnknown("financial_party")
    at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "a financial disclosure"


class Threat(Recorded):
    """A threat; it counts whether or not an image exists. A deadline drives the queue."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="threats")
    demand = CodeOrUnknown("demand")
    basis = CodeOrUnknown("threat_basis")
    deadline = models.DateTimeField(null=True, blank=True)
    deadline_set = CodeOrUnknown("yes_no")
    amount_band = CodeOrUnknown("amount_band")
    rail = CodeOrUnknown("payment_rail")
    paid = CodeOrUnknown("paid_state")
    actor = models.ForeignKey(CasePerson, on_delete=models.PROTECT, null=True, blank=True, related_name="threats")
    words = models.ForeignKey(SealedItem, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = "a threat"


class ThreatAudience(Coded):
    """To whom the threat says that it will be shown."""

    threat = models.ForeignKey(Threat, on_delete=models.CASCADE, related_name="audiences")
    audience = CodeOrUnknown("threat_audience")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["threat", "audience"], name="audience_once_per_threat")]


class Place(Recorded):
    """A place, sealed; in clear stands only what kind of place it is and when."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="places")
    kind = CodeOrUnknown("meeting_place")
    where = models.ForeignKey(SealedItem, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField(null=True, blank=True)
    is_planned = models.BooleanField(default=False)
