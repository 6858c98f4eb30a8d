"""Which cases are about material that is known to be shared widely: flagged by a person, or like one that is."""

from uuid import UUID

from cairndesk.cases.models import Case
from cairndesk.triage.models import KnownViral, Stacked
from cairndesk.triage.rules.stacks import MATERIAL


def root_of(case: Case) -> UUID:
    """The case at which the material of `case` is flagged: the one that it stands under because of it, else itself."""
    stacked: Stacked | None = getattr(case, "stacked", None)
    return stacked.lead_id if stacked is not None and MATERIAL & set(stacked.because) else case.pk


def viral_cases(organisation: UUID) -> int:
    """How many cases of `organisation`, open or not, carry the flag."""
    flagged = KnownViral.objects.filter(case__organisation=organisation, taken_back_at=None).values("case")
    carried = Stacked.objects.filter(lead__in=flagged).values_list("because", flat=True)
    return flagged.count() + sum(bool(MATERIAL & set(because)) for because in carried.iterator())
