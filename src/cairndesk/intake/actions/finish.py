"""A draft left alone becomes an unfinished report: half a call for help is still a call for help."""

from datetime import datetime, timedelta

from django.db import transaction

from cairndesk.cases.models import Report
from cairndesk.custody.errors import DeskLocked
from cairndesk.intake.actions.receive import joined_answers, make_report
from cairndesk.intake.models import Draft

LEFT_ALONE = timedelta(hours=24)


def finish_abandoned(*, now: datetime) -> int:
    """Afterwards every draft untouched for 24 hours that holds an answer is an *unfinished* report; returns how many were.

    A draft that fails holds up no other; the last failure is raised at the end. Raises DeskLocked at once.
    """
    left = Draft.objects.filter(report=None, touched_at__lte=now - LEFT_ALONE, fragments__isnull=False).distinct()
    finished, failure = 0, None
    for draft in left[:500]:
        try:
            finished += _finish(draft.pk, now)
        except DeskLocked:
            raise
        except Exception as error:  # noqa: BLE001 - raised below: one draft never holds up the others
            failure = error
    if failure is not None:
        raise failure
    return finished


@transaction.atomic
def _finish(draft_id: str, now: datetime) -> int:
    draft = Draft.objects.select_for_update().get(pk=draft_id)
    if draft.report_id is not None:
        return 0
    make_report(draft=draft, told=joined_answers(draft.fragments.select_related("answers")), state=Report.Completeness.UNFINISHED, now=now)
    return 1
