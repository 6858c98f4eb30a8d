"""Mandates to search: which stands, and for whom."""

from datetime import date
from uuid import UUID

from django.db.models import QuerySet

from cairndesk.cases.models import SearchMandate


def mandates_of(organisation: UUID) -> QuerySet[SearchMandate]:
    """Every mandate that was ever entered, the latest first."""
    return SearchMandate.objects.filter(organisation=organisation).select_related("sender").order_by("-valid_from", "-entered_at", "-pk")


def mandate_on(organisation: UUID, day: date, *, sender: UUID | None = None) -> SearchMandate | None:
    """The mandate that holds on `day` for the organisation's own people, or for the holder of the key `sender`; the one that lasts longest."""
    holding = SearchMandate.objects.filter(organisation=organisation, sender=sender, ended_at=None, valid_from__lte=day, valid_until__gt=day)
    return holding.order_by("-valid_until", "pk").first()
