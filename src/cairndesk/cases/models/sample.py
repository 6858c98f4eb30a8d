"""Cases that were drawn to be coded a second time by somebody who does not know the first coding."""

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import Q

from cairndesk.cases.models.case import Case


class Sample(models.Model):
    """A case that waits for a blind second coding, or had one; `taken_by` codes it until `taken_until`."""

    case = models.OneToOneField(Case, on_delete=models.PROTECT, primary_key=True, related_name="sample")
    drawn_at = models.DateTimeField()
    taken_by = models.CharField(max_length=40, blank=True)
    taken_until = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["drawn_at"], condition=Q(done_at=None), name="sample_waits")]

    def is_free(self, by: str, now: datetime) -> bool:
        """Whether it waits and the pseudonym `by` could take it, or has it."""
        return self.done_at is None and (self.taken_by in ("", by) or self.taken_until is None or self.taken_until <= now)
