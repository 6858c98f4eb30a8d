"""Asking that what was told be erased: one person asks, another does it."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from cairndesk.cases.models import Case
from cairndesk.cases.rules.erasing import WORDS, Ground
from cairndesk.lib.ids import new_id


class Erasure(models.Model):
    """One wish to erase what was told in a case. It stays after it was done: who asked, who did it, when and on which ground."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="erasures")
    ground = models.CharField(max_length=20, choices=[(g.value, g.value) for g in Ground])
    asked_by = models.CharField(max_length=40)
    asked_at = models.DateTimeField()
    done_by = models.CharField(max_length=40, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.CharField(max_length=40, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case"], condition=Q(withdrawn_at=None), name="one_erasure_per_case"),
            models.CheckConstraint(condition=Q(done_at=None) | (~Q(done_by="") & ~Q(done_by=F("asked_by"))), name="erasure_takes_two_people"),
        ]

    @property
    def ground_words(self) -> str:
        """On which ground, to go on after "asked"."""
        return WORDS[Ground(self.ground)]
