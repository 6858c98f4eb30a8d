"""What happened: one incident of a case, with its circumstances and dangers."""

from typing import ClassVar

from django.db import models

from cairndesk.cases.models.case import Case
from cairndesk.cases.models.fields import Coded, CodeOrUnknown, CountryOrUnknown, Mark
from cairndesk.custody.models import SealedItem
from cairndesk.lib.ids import new_id


class Dangers(models.Model):
    """The answers that urgency rests upon; each is yes, no, or one of the four kinds of unknown."""

    abuse_now = CodeOrUnknown("yes_no")
    meeting_planned = CodeOrUnknown("yes_no")
    location_known = CodeOrUnknown("yes_no")
    self_harm = CodeOrUnknown("yes_no")
    continuing_access = CodeOrUnknown("yes_no")
    active_contact = CodeOrUnknown("yes_no")
    meeting_place = CodeOrUnknown("meeting_place")
    meeting_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True


class Countries(models.Model):
    """Five countries that are often five different ones."""

    country_child = CountryOrUnknown()
    country_actor = CountryOrUnknown()
    country_host = CountryOrUnknown()
    country_company = CountryOrUnknown()
    country_payment = CountryOrUnknown()

    class Meta:
        abstract = True


class Incident(Coded, Dangers, Countries):
    """One thing that happened, online, in person or both. The period may lie decades back; there is no time bar."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="incidents")
    narrative = models.ForeignKey(SealedItem, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    described_at = models.DateTimeField()
    setting = CodeOrUnknown("setting")
    period_start = models.DateField(null=True, blank=True)
    period_end = models.DateField(null=True, blank=True)
    period_precision = CodeOrUnknown("period_precision")
    elapsed = CodeOrUnknown("elapsed")
    commercial = CodeOrUnknown("commercial")
    offer_type = CodeOrUnknown("offer_type")
    monetisation = CodeOrUnknown("monetisation")
    motive = CodeOrUnknown("motive")
    space = CodeOrUnknown("space")
    encryption = CodeOrUnknown("encryption")
    technology_role = CodeOrUnknown("technology_role")
    sensory = CodeOrUnknown("sensory")
    actor_structure = CodeOrUnknown("actor_structure")
    group_size = CodeOrUnknown("group_size")
    audience_size = CodeOrUnknown("audience_size")
    solicitation_stage = CodeOrUnknown("solicitation_stage")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(period_start__isnull=True)
                | models.Q(period_end__isnull=True)
                | models.Q(period_end__gte=models.F("period_start")),
                name="incident_ends_after_it_began",
            )
        ]


INCIDENT_MARKS = (
    "tactic",
    "targeting",
    "organised_pattern",
    "concealment",
    "context",
    "trafficking_stage",
    "trafficking_purpose",
    "exposed_detail",
    "other_violence",
    "systemic_complaint",
    "told_whom",
    "barrier",
    "diversion",
)


class IncidentMark(Coded):
    """One of several codes that apply to an incident; `position` keeps an order where there is one (who was told first)."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="marks")
    mark = Mark(INCIDENT_MARKS)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["incident", "mark"], name="mark_once_per_incident")]
        ordering: ClassVar = ["position", "mark"]


class Corroboration(Coded):
    """One line of the checklist for what left no recording."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="corroborations")
    kind = CodeOrUnknown("corroboration", unknowns=False)
    answer = CodeOrUnknown("yes_no")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["incident", "kind"], name="corroboration_asked_once")]
