"""By what law people may search for material at all: without one, no find of such a search is taken in."""

from typing import ClassVar

from django.db import models

from cairndesk.accounts.models import ApiKey, Organisation
from cairndesk.lib.ids import new_id


class SearchMandate(models.Model):
    """A legal mandate to search, from `valid_from` until before `valid_until`, unless it was ended earlier; entered, ended and never changed.

    It is that of the organisation's own people, or, where `sender` is there, of whoever holds that key. `source` is where it can be read.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="search_mandates")
    sender = models.ForeignKey(ApiKey, on_delete=models.PROTECT, null=True, blank=True, related_name="search_mandates")
    reference = models.CharField(max_length=200)
    source = models.CharField(max_length=300)
    valid_from = models.DateField()
    valid_until = models.DateField()
    entered_by = models.CharField(max_length=40)
    entered_at = models.DateTimeField()
    ended_by = models.CharField(max_length=40, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["valid_from", "entered_at", "pk"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(valid_until__gt=models.F("valid_from")), name="mandate_has_an_end"),
            models.CheckConstraint(
                condition=~models.Q(reference="") & ~models.Q(source="") & ~models.Q(entered_by=""), name="mandate_says_what_and_who"
            ),
            models.CheckConstraint(condition=models.Q(ended_at=None) | ~models.Q(ended_by=""), name="mandate_is_ended_by_a_person"),
        ]
