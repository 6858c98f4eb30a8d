"""Asking that what was told be erased: one person asks, another does it."""

from typing import ClassVar

from django.db import models

from cairndesk.cases.models import Case, Wish, stands_once, takes_two_people
from cairndesk.cases.rules.erasing import WORDS, Ground
from cairndesk.lib.ids import new_id


class Erasure(Wish):
    """One wish to erase what was told in a case. It stays after it was done: who asked, who did it, when and on which ground."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="erasures")
    ground = models.CharField(max_length=20, choices=[(g.value, g.value) for g in Ground])

    class Meta:
        constraints: ClassVar = [
            stands_once("case", "one_erasure_per_case"),
            takes_two_people("erasure_takes_two_people"),
        ]

    @property
    def ground_words(self) -> str:
        """On which ground, to go on after "asked"."""
        return WORDS[Ground(self.ground)]
