"""A draft left alone becomes an unfinished report: half a call for help is still a call for help."""

from datetime import datetime, timedelta

from django.db import transaction

from cairndesk.cases.models import Report
from cairndesk.intake.actions.receive import joined_answers, make_report
from cairndesk.intake.models import Draft

LEFT_ALONE = timedelta(hours=24)


def finish_abandoned(*, now: datetime) -> int:
    """Afterwards every draft untouched for 24 hours that holds an answer is an *unfinished* report; returns how many were."""
    left = Draft.objects.filter(report=None, touched_at__lte=now - LEFT_ALONE, fragments__isnull=False).distinct()
    return sum(_finish(draft.pk, now) for draft in left[:500])


@transaction.atomic
def _finish(draft_id: str, now: datetime) -> int:
    draft = Draft.objects.select_for_update().get(pk=draft_id)
    if draft.report_id is not None:
        return 0
    make_report(draft=draft, told=joined_answers(draft), state=Report.Completeness.UNFINISHED, now=now)
    return 1
