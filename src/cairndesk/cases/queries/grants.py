"""Who may open which case, who took emergency access, and what of that nobody has looked at yet."""

from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from cairndesk.accounts.rules.grants import Matter, is_live, is_taken_off, opens
from cairndesk.cases.models import BrokenGlass, Case, CaseGrant


def live_grants(case: Case, *, now: datetime) -> list[CaseGrant]:
    """The grants under which somebody can open something of `case` now, the oldest first."""
    return [grant for grant in case.grants.filter(ended_at=None) if is_live(grant, now)]


def opens_to(holder: str, *, case: UUID, matter: Matter, now: datetime) -> bool:
    """Whether a grant that this pseudonym holds on `case` opens `matter` now."""
    held = list(CaseGrant.objects.filter(case=case, holder=holder))
    return not is_taken_off(held) and any(opens(grant, matter, now) for grant in held)


def taken_off(case: Case) -> list[str]:
    """The pseudonyms of whoever was taken off `case` and not let on again."""
    return sorted(set(case.grants.filter(ended_why="withdrawn").values_list("holder", flat=True)))


def glass_of(case: Case) -> QuerySet[BrokenGlass]:
    """Every emergency access to `case`, oldest first."""
    return BrokenGlass.objects.filter(grant__case=case).select_related("grant__case")


def glass_untold(*, due: datetime | None = None) -> QuerySet[BrokenGlass]:
    """Emergency access that nobody has looked at and of which no mail went out to everybody, oldest first; with `due` what may be tried then."""
    untold = BrokenGlass.objects.filter(reviewed_at=None, told_at=None)
    return untold if due is None else untold.filter(Q(next_try_at=None) | Q(next_try_at__lte=due))


def glass_to_review(organisation: UUID, *, broken_before: datetime | None = None) -> QuerySet[BrokenGlass]:
    """Emergency access to cases of `organisation` that nobody has looked at, oldest first; only what is older than that moment."""
    waiting = BrokenGlass.objects.filter(grant__case__organisation=organisation, reviewed_at=None).select_related("grant__case")
    return waiting if broken_before is None else waiting.filter(broken_at__lte=broken_before)
