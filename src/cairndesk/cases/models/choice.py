"""What the person who told chose, each time with its time; and what of it was set aside, by whom and why."""

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from cairndesk.cases.models.case import Case
from cairndesk.cases.rules.choices import FINDINGS, GROUNDS, LIMITS, LOOK_WITHIN, AsideFinding, Ground, Limit
from cairndesk.custody.models import SealedItem


class StatedChoice(models.Model):
    """One answer to one question of `rules.choices.ASKED`; the newest counts, the earlier ones stay. `codes` is a list; empty: left open."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="choices")
    question = models.CharField(max_length=16)
    codes = models.JSONField(default=list)
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["at", "pk"]


class SetAside(models.Model):
    """One choice that the desk acts against, for danger or by law. The person who told reads it behind the receipt.

    Another person looks at it by `look_by` and says what they found; where it was not needed, it counts no more.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="set_aside")
    limit = models.CharField(max_length=16, choices=[(one.value, one.value) for one in Limit])
    ground = models.CharField(max_length=8, choices=[(one.value, one.value) for one in Ground])
    why = models.ForeignKey(SealedItem, on_delete=models.PROTECT, related_name="+")
    decided_by = models.CharField(max_length=40)
    at = models.DateTimeField()
    finding = models.CharField(max_length=8, blank=True, choices=[(f.value, f.value) for f in AsideFinding])
    reviewed_by = models.CharField(max_length=40, blank=True)
    reviewed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["at", "pk"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(decided_by=""), name="choice_is_set_aside_by_a_person"),
            models.CheckConstraint(
                condition=Q(reviewed_at=None, reviewed_by="", finding="")
                | (Q(reviewed_at__isnull=False) & ~Q(finding="") & ~Q(reviewed_by__in=["", F("decided_by")])),
                name="what_is_set_aside_is_reviewed_by_another",
            ),
        ]

    @property
    def words(self) -> str:
        """What was asked, to go on after "They asked"."""
        return LIMITS[Limit(self.limit)]

    @property
    def ground_words(self) -> str:
        """Why it was set aside, to go on after "because"."""
        return GROUNDS[Ground(self.ground)]

    @property
    def finding_words(self) -> str:
        """What another person found; empty as long as nobody looked."""
        return FINDINGS[AsideFinding(self.finding)] if self.finding else ""

    @property
    def look_by(self) -> datetime:
        """By when another person looks at it."""
        return self.at + LOOK_WITHIN
