"""Ending sign-ins."""

from datetime import datetime

from django.db import transaction

from cairndesk.accounts.models import Ceremony, EnrolmentLink, Person, Session
from cairndesk.accounts.rules import Actor
from cairndesk.custody.actions import record
from cairndesk.custody.rules import Event


@transaction.atomic
def end_sessions(*, person: Person, by: Actor, now: datetime) -> int:
    """Afterwards every browser in which `person` was signed in must sign in again; returns how many there were."""
    ended, _ = Session.objects.filter(person=person).delete()
    record(event=Event.ACCOUNTS_SESSIONS_ENDED, subject_kind="person", subject=person.id, by=by, now=now, detail={"count": ended})
    return ended


def forget_old_sign_ins(*, before: datetime) -> int:
    """Afterwards no session, challenge or enrolment link is left that ended before then; returns how many went. None of them opened anything."""
    old = (
        Session.objects.filter(expire_date__lt=before),
        Ceremony.objects.filter(expires_at__lt=before),
        EnrolmentLink.objects.filter(expires_at__lt=before),
    )
    return sum(rows.delete()[0] for rows in old)
