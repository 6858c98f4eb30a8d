"""For how long a claim stands, and by what it goes on."""

from datetime import datetime, timedelta

from django.conf import settings

from cairndesk.accounts.rules import Actor
from cairndesk.cases.models import Case

LEASE = timedelta(hours=4)
_WORTH_A_WRITE = timedelta(minutes=1)


def lease_of(case: Case) -> timedelta:
    """How long a claim on `case` stands without a further step: where a child may be in danger now, nobody waits for somebody who has gone."""
    return timedelta(minutes=settings.CAIRNDESK.desk.claim_minutes) if case.is_emergency else LEASE


def go_on(*, case: Case, by: Actor, now: datetime) -> None:
    """Afterwards the claim of `by` on a `case` in danger stands as long as a new one would, in the caller's transaction.

    Called by every step of theirs; of any other case, and of one that somebody else holds, nothing is asked.
    """
    if not case.is_emergency or case.claimed_by != by.pseudonym or case.lease_until is None:
        return
    until = now + lease_of(case)
    if case.lease_until + _WORTH_A_WRITE < until:
        Case.objects.filter(pk=case.pk, claimed_by=by.pseudonym, lease_until__range=(now, until)).update(lease_until=until)
