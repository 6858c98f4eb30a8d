"""Authority packages: closed to the authority's key the moment they are made, and followed to an outcome."""

from typing import ClassVar

from django.db import models

from cairndesk.cases.models import Case
from cairndesk.custody.models import SealedItem
from cairndesk.directory.models import Authority
from cairndesk.directory.profiles import FIELD_WORDS, Field
from cairndesk.lib.ids import new_id
from cairndesk.response.models.plan import PlanStep
from cairndesk.response.rules import AuthorityOutcome, PackageState


class AuthorityPackage(models.Model):
    """One package. `sealed` is an age file that the desk cannot open; `digest` is the SHA-256 of the tar inside it.

    `gives`: by which profile of which table of sharing, and how much of each field went along.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="packages")
    step = models.ForeignKey(PlanStep, on_delete=models.PROTECT, related_name="packages")
    authority = models.ForeignKey(Authority, on_delete=models.PROTECT, related_name="+")
    grounds = models.ForeignKey(SealedItem, on_delete=models.PROTECT, related_name="+")
    names_people = models.BooleanField(default=False)
    gives = models.JSONField(default=dict)
    state = models.CharField(max_length=14, choices=[(s.value, s.value) for s in PackageState], default=PackageState.BUILT)
    sealed = models.BinaryField()
    signature = models.BinaryField(max_length=64)
    digest = models.CharField(max_length=64)
    built_by = models.CharField(max_length=40)
    built_at = models.DateTimeField()
    taken_at = models.DateTimeField(null=True, blank=True)
    handed_over_at = models.DateTimeField(null=True, blank=True)
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=24, choices=[(o.value, o.value) for o in AuthorityOutcome], blank=True)
    outcome_at = models.DateTimeField(null=True, blank=True)
    remind_at = models.DateTimeField(null=True, blank=True)
    reminders = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["built_at"]
        constraints: ClassVar = [models.CheckConstraint(condition=~models.Q(built_by=""), name="package_is_built_by_a_person")]

    @property
    def left_out(self) -> str:
        """What it does not hold whole, in words; nothing of one that was built before there was a table."""
        given = self.gives.get("fields", dict.fromkeys(Field, "whole"))
        return "; ".join(words if field not in given else f"{words} (masked)" for field, words in FIELD_WORDS.items() if given.get(field) != "whole")
