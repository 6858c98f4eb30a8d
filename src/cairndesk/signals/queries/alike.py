"""Which cases are marked because their pictures look alike, and which are still to be compared."""

from uuid import UUID

from django.db.models import QuerySet

from cairndesk.signals.models import AlikeCase, Seen


def alike_with(*, case: UUID) -> list[AlikeCase]:
    """The marks of `case`, the nearest first; hand them to `actions.settle_alike` when they were weighed."""
    return list(AlikeCase.objects.filter(case=case).order_by("distance", "pk"))


def cases_found_alike() -> QuerySet[AlikeCase, UUID]:
    """The cases with a mark that triage has not weighed, to be used inside another query."""
    return AlikeCase.objects.filter(is_weighed=False).values_list("case", flat=True)


def to_compare() -> list[UUID]:
    """The organisations with cases whose pictures are not compared yet."""
    waiting = Seen.objects.filter(is_compared=False).exclude(batch=None)
    return list(waiting.values_list("organisation", flat=True).distinct().order_by())
