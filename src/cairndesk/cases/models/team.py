"""Who works on a case together, and as what."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from cairndesk.cases import taxonomy
from cairndesk.cases.models.case import Case
from cairndesk.cases.models.fields import CodeOrUnknown
from cairndesk.lib.ids import new_id


class TeamSeat(models.Model):
    """A person, by pseudonym, has a function in a case from `since` on, until they are taken off; a person of a partner until `until` at the latest.

    The newest seat of a person says what they see. Whoever was taken off sees nothing of the case, whatever their role is.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="team")
    holder = models.CharField(max_length=40, db_index=True)
    function = CodeOrUnknown("team_function", unknowns=False)
    taxonomy = models.CharField(max_length=16)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)
    seated_by = models.CharField(max_length=40)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.CharField(max_length=40, blank=True)

    class Meta:
        ordering: ClassVar = ["since", "pk"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(seated_by__in=["", F("holder")]), name="nobody_seats_themselves"),
            models.CheckConstraint(condition=Q(until=None) | Q(until__gt=F("since")), name="seat_ends_after_it_began"),
            models.CheckConstraint(condition=Q(ended_at=None) | ~Q(ended_by=""), name="seat_is_ended_by_a_person"),
            models.UniqueConstraint(fields=["case", "holder"], condition=Q(ended_at=None), name="one_seat_each"),
        ]

    @property
    def words(self) -> str:
        """The function for a reader."""
        return taxonomy.label("team_function", self.function)
