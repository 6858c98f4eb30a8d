"""What is on hold, and since when."""

from datetime import date
from uuid import UUID

from django.db.models import QuerySet

from cairndesk.cases.models import Case, Hold


def holds_of(case: Case) -> QuerySet[Hold]:
    """The holds that stand on `case` or on an original of it, the oldest first."""
    return Hold.objects.filter(case=case, lifted_at=None)


def is_held(case: Case, original: UUID | None = None) -> bool:
    """Whether a hold stands on the whole of `case`, or on this original; without `original`, also whether one stands on any original of it."""
    return any(one.lifted_at is None and (original is None or one.original_id in {None, original}) for one in case.holds.all())


def holds_to_review(organisation: UUID, by: date) -> QuerySet[Hold]:
    """The holds that somebody should look at by that day, the most overdue first."""
    return Hold.objects.filter(case__organisation=organisation, lifted_at=None, review_on__lte=by).select_related("case").order_by("review_on")
