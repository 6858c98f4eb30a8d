"""Until when the law of a desk, as its schedule states it, keeps records that somebody wants gone."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Max

from cairndesk.cases.models import Case
from cairndesk.custody.retention import Facts, RecordClass, Term, decide
from cairndesk.directory.queries import schedule_for, terms_of
from cairndesk.signals.models import MediaSighting


def came_in(case: Case, kind: RecordClass) -> datetime | None:
    """When the newest of the records of `kind` came in, from which its minimum counts; None where `case` has none of them."""
    if kind is RecordClass.ORIGINAL:
        kept = MediaSighting.objects.filter(case=case.pk, original__destroyed_at=None)
        newest: datetime | None = kept.aggregate(at=Max("original__sealed_at"))["at"]
        return newest
    told: datetime | None = case.reports.aggregate(at=Max("told_at"))["at"]
    return max(told, case.opened_at) if told else case.opened_at


def kept_until(case: Case, kinds: Iterable[RecordClass], now: datetime) -> datetime | None:
    """When the last of `kinds` of `case` may be destroyed because somebody asks; None where nothing keeps them beyond `now`."""
    terms = terms_of(schedule_for(case.organisation.country, now.date()))
    since = {kind: at for kind in kinds if (at := came_in(case, kind)) is not None}
    fates = [decide(Facts(received=at, finished=case.closed_at, erasure=now), terms.get(kind, Term())) for kind, at in since.items()]
    return max((fate.due for fate in fates if fate.due is not None and fate.due > now), default=None)
