"""The alarm that one unsealed bit raises, also while the desk is locked."""

from datetime import datetime

from django.db import transaction

from cairndesk.accounts.models import Organisation
from cairndesk.accounts.rules import SYSTEM, Actor
from cairndesk.cases.models import Case
from cairndesk.custody.actions import record
from cairndesk.custody.rules import Event
from cairndesk.intake.models import Alarm
from cairndesk.lib.ids import new_id


@transaction.atomic
def raise_alarm(*, spool_name: str, organisation: Organisation, now: datetime) -> Alarm:
    """Afterwards an alarm rings for `organisation`; the same spool file raises it once."""
    alarm, is_new = Alarm.objects.get_or_create(spool_name=spool_name, defaults={"organisation": organisation, "raised_at": now})
    if is_new:
        record(event=Event.INTAKE_ALARM_RAISED, subject_kind="organisation", subject=organisation.pk, by=SYSTEM, now=now)
    return alarm


@transaction.atomic
def answer_alarm(*, case: Case, by: Actor, now: datetime) -> int:
    """Afterwards no alarm rings for `case`; returns how many did. The person who claims the case answers them."""
    answered = Alarm.objects.filter(case=case, answered_at=None).update(answered_at=now, answered_by=by.pseudonym)
    if answered:
        record(event=Event.INTAKE_ALARM_ANSWERED, subject_kind="case", subject=case.pk, by=by, now=now)
    return answered


@transaction.atomic
def ring_again(*, case: Case, now: datetime) -> Alarm:
    """Afterwards an alarm rings for `case` anew, because nobody holds it any more: others are paged as for the first one."""
    alarm = Alarm.objects.create(spool_name=f"again-{new_id().hex}", organisation_id=case.organisation_id, case=case, raised_at=now)
    record(event=Event.INTAKE_ALARM_RAISED, subject_kind="case", subject=case.pk, by=SYSTEM, now=now)
    return alarm


@transaction.atomic
def lead_alarm(*, spool_name: str, case: Case) -> None:
    """Afterwards the alarm that rings under this name rings for `case`, until somebody claims that."""
    Alarm.objects.filter(spool_name=spool_name, answered_at=None).update(case=case, organisation=case.organisation_id)


@transaction.atomic
def end_alarm(*, spool_name: str, by: Actor, now: datetime) -> None:
    """Afterwards the alarm under this name rings no more: there is no case that it could lead to."""
    held = Alarm.objects.filter(spool_name=spool_name, case=None, answered_at=None).first()
    if held is not None:
        Alarm.objects.filter(pk=held.pk).update(answered_at=now, answered_by=by.pseudonym)
        record(event=Event.INTAKE_ALARM_ANSWERED, subject_kind="organisation", subject=held.organisation_id, by=by, now=now)
