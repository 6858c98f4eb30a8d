"""Records that hold several cases of one organisation together. They hold cases, and no people."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from cairndesk.accounts.models import Organisation
from cairndesk.cases.models.case import Case
from cairndesk.cases.rules.groupings import GONE, KINDS, STATES, WHY, Gone, GroupingKind, GroupingState, Why
from cairndesk.custody.models import SealedItem
from cairndesk.lib.ids import new_id


class Grouping(models.Model):
    """A group, a campaign or a pattern, as people see it: when it was seen, and how it stands. Its name is drawn from neutral words."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="groupings")
    name = models.CharField(max_length=40)
    kind = models.CharField(max_length=12, choices=[(k.value, KINDS[k][0]) for k in GroupingKind])
    state = models.CharField(max_length=12, choices=[(s.value, s.value) for s in GroupingState], default=GroupingState.WATCHED)
    first_seen = models.DateField(null=True, blank=True)
    last_seen = models.DateField(null=True, blank=True)
    made_by = models.CharField(max_length=40)
    made_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organisation", "name"], name="grouping_name_once"),
            models.CheckConstraint(
                condition=Q(first_seen=None) | Q(last_seen=None) | Q(first_seen__lte=F("last_seen")), name="grouping_seen_in_order"
            ),
            models.CheckConstraint(condition=~Q(made_by=""), name="grouping_is_made_by_a_person"),
        ]

    @property
    def kind_words(self) -> str:
        """What kind it is."""
        return KINDS[GroupingKind(self.kind)][0]

    @property
    def state_words(self) -> str:
        """How it stands."""
        return STATES[GroupingState(self.state)]


class GroupedCase(models.Model):
    """That a case is, or was, in a record.

    `words` is the sealed description of the record, one for all the cases of which it tells: it goes with the first of them that is erased,
    and stays as long as a hold stands on another of them.
    """

    grouping = models.ForeignKey(Grouping, on_delete=models.PROTECT, related_name="members")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="groupings")
    why = models.CharField(max_length=12, choices=[(w.value, WHY[w]) for w in Why])
    words = models.ForeignKey(SealedItem, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    added_by = models.CharField(max_length=40)
    added_at = models.DateTimeField()
    removed_by = models.CharField(max_length=40, blank=True, default="")
    removed_at = models.DateTimeField(null=True, blank=True)
    gone = models.CharField(max_length=12, blank=True, default="", choices=[(g.value, GONE[g]) for g in Gone])

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["grouping", "case"], condition=Q(removed_at=None), name="case_once_in_grouping"),
            models.CheckConstraint(condition=~Q(added_by=""), name="case_is_grouped_by_a_person"),
            models.CheckConstraint(condition=Q(removed_at=None, gone="") | (Q(removed_at__isnull=False) & ~Q(gone="")), name="gone_for_a_reason"),
        ]

    @property
    def why_words(self) -> str:
        """Why it was put in."""
        return WHY[Why(self.why)]

    @property
    def gone_words(self) -> str:
        """Why it is in it no more; empty while it is."""
        return GONE[Gone(self.gone)] if self.gone else ""
