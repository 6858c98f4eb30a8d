"""People in their roles. Who somebody is lies in a sealed record of its own; here stand codes only."""

from typing import ClassVar

from django.db import models

from cairndesk.cases.models.case import Case
from cairndesk.cases.models.fields import Coded, CodeOrUnknown, CountryOrUnknown, Mark, Recorded
from cairndesk.cases.rules.facts import CHILD_ACTOR
from cairndesk.custody.models import SealedItem
from cairndesk.lib.ids import new_id


class CasePerson(Recorded):
    """One person of one case. Stated age and apparent age are different facts; nothing here names anybody.

    `may_match` opens a person to matching and sharing; for a person of concern who is or may be a child it can never be set.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="people")
    identity = models.ForeignKey(SealedItem, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    stated_age = CodeOrUnknown("age_band")
    apparent_age = CodeOrUnknown("age_band")
    age_at_report = CodeOrUnknown("age_band")
    gender = CodeOrUnknown("gender")
    relation = CodeOrUnknown("relation")
    actor_age = CodeOrUnknown("actor_age")
    actor_part = CodeOrUnknown("actor_part")
    allegation = CodeOrUnknown("allegation")
    depicted_type = CodeOrUnknown("depicted_type")
    preferred_term = CodeOrUnknown("preferred_term")
    country = CountryOrUnknown()
    may_match = models.BooleanField(default=False)
    added_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            # A list of children who harmed others would follow them through life.
            models.CheckConstraint(condition=~models.Q(actor_age__in=sorted(CHILD_ACTOR), may_match=True), name="child_actor_is_never_matched")
        ]


class PersonRole(Recorded):
    """A role that a person has in the case; a child may be the one who reports."""

    person = models.ForeignKey(CasePerson, on_delete=models.CASCADE, related_name="roles")
    role = CodeOrUnknown("person_role", unknowns=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["person", "role"], condition=models.Q(taken_back_at=None), name="case_role_once_per_person")
        ]


class SensitiveAttribute(Coded):
    """An optional fact about a person that opens support; kept apart, and only where the operator has switched it on."""

    person = models.ForeignKey(CasePerson, on_delete=models.CASCADE, related_name="sensitive")
    attribute = CodeOrUnknown("sensitive", unknowns=False)
    answer = CodeOrUnknown("sensitive_answer")
    words = models.ForeignKey(SealedItem, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["person", "attribute"], name="sensitive_attribute_once")]


class SupportMark(Coded):
    """What the child or victim/survivor feels and needs: the support record, kept out of the description of the case."""

    person = models.ForeignKey(CasePerson, on_delete=models.CASCADE, related_name="support")
    mark = Mark(("impact", "support_need"))

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["person", "mark"], name="support_mark_once")]
