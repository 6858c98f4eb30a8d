"""Cases whose pictures look alike, as `work` has found them: which two, and how near."""

from typing import ClassVar

from django.db import models

from cairndesk.accounts.models import Organisation


class AlikeCase(models.Model):
    """`case` has a picture that looks like one of `other`; of each two cases there is a row for either side, once.

    `distance` is that of the nearest, in bits of 256. `is_weighed`: triage has looked at `case` since.
    """

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    case = models.UUIDField()
    other = models.UUIDField(db_index=True)
    distance = models.PositiveSmallIntegerField()
    found_at = models.DateTimeField()
    is_weighed = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["case", "other"], name="alike_once")]
        indexes: ClassVar = [models.Index(fields=["case"], condition=models.Q(is_weighed=False), name="alike_to_weigh")]
