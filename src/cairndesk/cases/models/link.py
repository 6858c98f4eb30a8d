"""Links between cases of one organisation, each confirmed or refused by a person."""

from typing import ClassVar
from uuid import UUID

from django.db import models

from cairndesk.cases import taxonomy
from cairndesk.cases.models.case import Case
from cairndesk.cases.models.fields import CodeOrUnknown, Recorded
from cairndesk.lib.ids import new_id


class CaseLink(Recorded):
    """A person says that two cases belong together, until somebody takes that back; then it stays readable, and another one can be made.

    `earlier` is the one with the smaller id, so that a pair is written one way only.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    earlier = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="links_out")
    later = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="links_in")
    kind = CodeOrUnknown("link_kind", unknowns=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["earlier", "later", "kind"], condition=models.Q(taken_back_at=None), name="link_once"),
            models.CheckConstraint(condition=models.Q(earlier__lt=models.F("later")), name="link_written_one_way"),
        ]

    def other_than(self, case: UUID) -> UUID:
        """The case at its other end."""
        return self.later_id if self.earlier_id == case else self.earlier_id

    @property
    def words(self) -> str:
        """What they have in common, for a reader."""
        return taxonomy.label("link_kind", self.kind).lower()


class KeptApart(models.Model):
    """A person says that two cases do not belong together: no machine suggests it again, until somebody links them after all."""

    earlier = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="apart_out")
    later = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="apart_in")
    actor = models.CharField(max_length=40)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["earlier", "later"], name="kept_apart_once"),
            models.CheckConstraint(condition=models.Q(earlier__lt=models.F("later")), name="apart_written_one_way"),
        ]
