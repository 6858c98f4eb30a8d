"""Who may open what is sealed of a case, what for, and until when."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Index, Q

from cairndesk.accounts.rules.grants import WORDS, Ended, GrantPurpose
from cairndesk.cases.models.case import Case
from cairndesk.cases.rules.glass import FINDINGS, REASONS, GlassFinding, GlassReason
from cairndesk.custody.models import SealedItem
from cairndesk.lib.ids import new_id


class CaseGrant(models.Model):
    """A named person, by pseudonym, may open a case for one purpose from `since` until before `until`, unless it ended earlier.

    `entry` is the index of the log entry by which it was given; openings name it.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="grants")
    holder = models.CharField(max_length=40, db_index=True)
    purpose = models.CharField(max_length=12, choices=[(p.value, p.value) for p in GrantPurpose])
    since = models.DateTimeField()
    until = models.DateTimeField()
    entry = models.BigIntegerField()
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.CharField(max_length=40, blank=True)
    ended_why = models.CharField(max_length=12, blank=True, choices=[(e.value, e.value) for e in Ended])

    class Meta:
        ordering: ClassVar = ["since"]
        # Few are taken off a case, and whoever is handed the next one must not wait for all the others.
        indexes: ClassVar = [Index(fields=["holder", "case"], condition=Q(ended_why=Ended.WITHDRAWN.value), name="grant_withdrawn")]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(until__gt=F("since")), name="grant_has_an_end"),
            models.CheckConstraint(condition=~Q(holder=""), name="grant_names_a_person"),
            models.UniqueConstraint(fields=["case", "holder", "purpose"], condition=Q(ended_at=None), name="one_grant_per_purpose"),
        ]

    @property
    def purpose_words(self) -> str:
        """What for, for a reader."""
        return WORDS[GrantPurpose(self.purpose)]


class BrokenGlass(models.Model):
    """Emergency access that somebody took to a case that they were not on: why, and what another person found of it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    grant = models.OneToOneField(CaseGrant, on_delete=models.PROTECT, related_name="glass")
    reason = models.CharField(max_length=20, choices=[(r.value, r.value) for r in GlassReason])
    why = models.ForeignKey(SealedItem, on_delete=models.PROTECT, related_name="+")
    broken_by = models.CharField(max_length=40)
    broken_at = models.DateTimeField()
    finding = models.CharField(max_length=20, blank=True, choices=[(f.value, f.value) for f in GlassFinding])
    reviewed_by = models.CharField(max_length=40, blank=True)
    reviewed_at = models.DateTimeField(null=True, blank=True)
    told_at = models.DateTimeField(null=True, blank=True, help_text="When the mail server took the word of it for the supervisors.")
    mailed = models.JSONField(default=list, blank=True, help_text="The addresses of supervisors for which the mail server took it.")
    attempts = models.PositiveSmallIntegerField(default=0, help_text="How often not everybody could be told.")
    next_try_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["broken_at"]
        constraints: ClassVar = [
            # A pseudonym belongs to a person, whatever their sign-ins and roles are.
            models.CheckConstraint(
                condition=Q(reviewed_at=None, reviewed_by="", finding="")
                | (Q(reviewed_at__isnull=False) & ~Q(finding="") & ~Q(reviewed_by__in=["", F("broken_by")])),
                name="broken_glass_is_reviewed_by_another",
            ),
        ]

    @property
    def reason_words(self) -> str:
        """Why, to go on after "because"."""
        return REASONS[GlassReason(self.reason)]

    @property
    def finding_words(self) -> str:
        """What another person found; empty as long as nobody looked."""
        return FINDINGS[GlassFinding(self.finding)] if self.finding else ""
