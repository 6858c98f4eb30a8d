"""From whom the coding of a case is kept, because they may be the one who codes it blind."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from cairndesk.accounts.rules import PERMISSIONS, Actor, Verb
from cairndesk.cases.models import Case, Sample
from cairndesk.cases.queries.team import hidden_from
from cairndesk.custody.models import LogOpening


def is_veiled(by: Actor, case: Case) -> bool:
    """Whether the coding of `case` is kept from `by`: it waits for a blind second one, and `by` could still give that.

    Nobody is kept from a child in danger, nor from what they have worked on: whoever stands in the log of the case knows it already.
    """
    sample: Sample | None = getattr(case, "sample", None)
    if sample is None or sample.done_at is not None or case.erased_at is not None or case.is_emergency:
        return False
    if by.organisation != case.organisation_id or not _could_code(by):
        return False
    return sample.taken_by == by.pseudonym or not _worked_on([case.pk], by)


def veiled_from(by: Actor) -> frozenset[UUID]:
    """The cases whose coding is kept from `by` now."""
    if not _could_code(by):
        return frozenset()
    open_ones = dict(Sample.objects.filter(_waits(by)).values_list("case", "taken_by"))
    known = _worked_on(open_ones, by)
    return frozenset(case for case, taken in open_ones.items() if taken == by.pseudonym or case not in known)


def samples_for(by: Actor, *, now: datetime) -> list[Sample]:
    """What waits for a blind second coding by `by`, what they have taken first, then the longest waiting."""
    held = Sample.objects.filter(_waits(by), case__in=veiled_from(by)).exclude(hidden_from(by, "case")).select_related("case").order_by("drawn_at")
    return sorted((one for one in held if one.is_free(by.pseudonym, now)), key=lambda one: one.taken_by != by.pseudonym)


def _waits(by: Actor) -> Q:
    return Q(done_at=None, case__organisation=by.organisation, case__erased_at=None, case__is_emergency=False)


def _could_code(by: Actor) -> bool:
    """Whether a role of `by` codes at all; training that ran out can be made good tomorrow."""
    return any(PERMISSIONS[Verb.CODING_GIVE].get(role) for role in by.roles)


def _worked_on(cases: Collection[UUID], by: Actor) -> set[UUID]:
    """Those of `cases` about which the log holds an act of `by`."""
    return set(LogOpening.objects.filter(subject__in=cases, actor=by.pseudonym).values_list("subject", flat=True))
