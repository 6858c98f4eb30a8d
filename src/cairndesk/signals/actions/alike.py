"""Mark the cases whose pictures look alike, once for each picture that is new."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from cairndesk.lib.batches import AT_ONCE, batches
from cairndesk.signals import alike
from cairndesk.signals.models import AlikeCase, Seen

AT_A_TIME = 200
"""Cases that are compared in one turn: everything that was seen is read for it, and a crash makes one do it again."""

MOST = 20
"""Other cases that one turn marks for a case, the nearest; a picture that a thousand cases have must not make a million marks."""


def find_alike(*, organisation: UUID, now: datetime) -> int:
    """Afterwards some of the cases with new pictures are marked with the cases that have one like them, and these with them, each two once.

    Returns how many were compared. Triage looks at those that are newly marked. No line of the log: a mark is a suggestion, derived from
    what both cases hold, and the assessment that follows has one. Raises DeskLocked, and then nothing is marked.
    """
    waiting = list(Seen.objects.filter(organisation=organisation, is_compared=False).exclude(batch=None).order_by("pk")[:AT_A_TIME])
    if waiting:
        _keep(organisation, waiting, alike.nearest(organisation=organisation, cases={one.case for one in waiting}), now)
    return len(waiting)


@transaction.atomic
def _keep(organisation: UUID, compared: list[Seen], found: dict[UUID, dict[UUID, int]], now: datetime) -> None:
    pairs = {}
    for case, others in found.items():
        for other in sorted(others, key=lambda one: (others[one], one))[:MOST]:
            pairs[case, other] = pairs[other, case] = others[other]
    # Whatever was erased meanwhile is not marked any more.
    known = set[UUID]()
    for some in batches({case for case, _ in pairs}):
        known.update(Seen.objects.filter(case__in=some).values_list("case", flat=True))
    rows = [
        AlikeCase(organisation_id=organisation, case=case, other=other, distance=distance, found_at=now)
        for (case, other), distance in sorted(pairs.items())
        if {case, other} <= known
    ]
    AlikeCase.objects.bulk_create(rows, batch_size=AT_ONCE, ignore_conflicts=True)
    Seen.objects.filter(pk__in=[one.pk for one in compared]).update(is_compared=True)


@transaction.atomic
def settle_alike(*, marks: list[int]) -> None:
    """Afterwards these are weighed (see `queries.alike_with`)."""
    for some in batches(marks):
        AlikeCase.objects.filter(pk__in=some, is_weighed=False).update(is_weighed=True)
