"""Which holds on notices stand, and which of them ran out."""

from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from cairndesk.cases.models import Case
from cairndesk.response.errors import NoSuchThing
from cairndesk.response.models import NoticeHold


def standing_holds(case: Case) -> QuerySet[NoticeHold]:
    """The holds that stand against every notice of `case`, the first to run out first; one that ran out stands until a person ends it."""
    return NoticeHold.objects.filter(case=case, ended_at=None).order_by("until").select_related("authority", "package")


def holds_on(case: Case) -> QuerySet[NoticeHold]:
    """Every hold on notices that there was, the newest first."""
    return NoticeHold.objects.filter(case=case).order_by("-recorded_at").select_related("authority", "package")


def run_out(organisation: UUID, now: datetime) -> QuerySet[NoticeHold]:
    """Holds of `organisation` whose time is over and which nobody has renewed or lifted, the longest overdue first."""
    late = NoticeHold.objects.filter(case__organisation=organisation, ended_at=None, until__lte=now)
    return late.order_by("until").select_related("case")


def holds_to_page(now: datetime) -> QuerySet[NoticeHold]:
    """Holds of every organisation that ran out and of which somebody is to be told now."""
    late = NoticeHold.objects.filter(ended_at=None, until__lte=now, next_page_at__lte=now)
    return late.order_by("until").select_related("case__organisation")


def hold_for(organisation: UUID, hold_id: UUID) -> NoticeHold:
    """The hold, when it is one of `organisation`. Raises NoSuchThing."""
    found = NoticeHold.objects.filter(pk=hold_id, case__organisation=organisation).select_related("case").first()
    if found is None:
        raise NoSuchThing
    return found
