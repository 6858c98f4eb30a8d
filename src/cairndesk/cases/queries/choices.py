"""What the person who told chose, as it stands now."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from cairndesk.cases.models import Case, SetAside, StatedChoice
from cairndesk.cases.rules.choices import ASKED, LIMITS, AsideFinding, Limit


@dataclass(frozen=True, slots=True)
class Stands:
    """One thing that the desk was asked not to do, since when, and the decision that sets it aside, if there is one."""

    limit: Limit
    since: datetime
    set_aside: SetAside | None

    @property
    def words(self) -> str:
        """What was asked, to go on after "They asked"."""
        return LIMITS[self.limit]


def choices_of(case: Case) -> Mapping[str, StatedChoice]:
    """Question → its newest answer."""
    return {row.question: row for row in case.choices.all()}


def limits_of(case: Case) -> list[Stands]:
    """All that stands. Who changes or repeats a choice later begins anew: what was set aside before that, or wrongly, counts no more."""
    aside = {row.limit: row for row in case.set_aside.all() if row.finding != AsideFinding.WRONG}
    found = [(ASKED[row.question].get(code), row.at) for row in choices_of(case).values() for code in row.codes]
    return [Stands(limit, at, _later(aside.get(limit), at)) for limit, at in found if limit is not None]


def set_aside_since(organisation: UUID, since: datetime) -> QuerySet[SetAside]:
    """What was set aside in cases of `organisation` after `since`, newest first: for whoever looks over it."""
    return SetAside.objects.filter(case__organisation=organisation, at__gt=since).select_related("case").order_by("-at", "-pk")


def aside_to_review(organisation: UUID, *, made_before: datetime | None = None) -> QuerySet[SetAside]:
    """What was set aside in cases of `organisation`, before `made_before` or ever, and nobody else has looked at, oldest first."""
    waiting = SetAside.objects.filter(case__organisation=organisation, reviewed_at=None).select_related("case")
    return waiting if made_before is None else waiting.filter(at__lt=made_before)


def _later(aside: SetAside | None, stated_at: datetime) -> SetAside | None:
    return aside if aside is not None and aside.at >= stated_at else None
