"""Holds on notices: an authority asked that nobody be warned yet."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from cairndesk.cases.models import Case
from cairndesk.custody.models import SealedItem
from cairndesk.directory.models import Authority
from cairndesk.lib.ids import new_id
from cairndesk.response.models.package import AuthorityPackage
from cairndesk.response.rules import HoldEnd


class NoticeHold(models.Model):
    """One hold on all notices of a case, until a person ends it; `until` only says from when on that is overdue.

    `package` is the referral upon which they asked, if it was one of ours. `words` are sealed: who asked, how, and under which reference of
    theirs; so is `why`, for which it was renewed or lifted. A renewal is a row of its own that `renews` the one before.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="notice_holds")
    authority = models.ForeignKey(Authority, on_delete=models.PROTECT, related_name="+")
    package = models.ForeignKey(AuthorityPackage, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    words = models.ForeignKey(SealedItem, on_delete=models.PROTECT, related_name="+")
    renews = models.OneToOneField("self", on_delete=models.PROTECT, null=True, blank=True, related_name="renewal")
    until = models.DateTimeField()
    recorded_by = models.CharField(max_length=40)
    recorded_at = models.DateTimeField()
    next_page_at = models.DateTimeField()
    ended = models.CharField(max_length=8, choices=[(e.value, e.value) for e in HoldEnd], blank=True)
    ended_by = models.CharField(max_length=40, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    why = models.ForeignKey(SealedItem, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering: ClassVar = ["recorded_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case", "authority"], condition=Q(ended_at=None), name="one_open_hold_per_authority"),
            models.CheckConstraint(condition=~Q(recorded_by="") & Q(until__gt=F("recorded_at")), name="notice_hold_is_set_by_a_person"),
            models.CheckConstraint(
                condition=Q(ended_at=None, ended="", ended_by="", why=None)
                | (Q(ended_at__isnull=False, ended__in=[end.value for end in HoldEnd], why__isnull=False) & ~Q(ended_by="")),
                name="notice_hold_is_ended_by_a_person",
            ),
        ]
