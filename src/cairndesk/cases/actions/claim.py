"""Claiming: an update that succeeds for exactly one claimant."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q

from cairndesk.accounts.rules import Actor
from cairndesk.cases import errors
from cairndesk.cases.models import Case

LEASE = timedelta(hours=4)


def claim(*, case: Case, by: Actor, now: datetime, lease: timedelta = LEASE) -> Case:
    """Afterwards `by` holds `case` for `lease`. Raises AlreadyClaimed if somebody else does."""
    free = Q(claimed_by="") | Q(claimed_by=by.pseudonym) | Q(lease_until__lt=now)
    taken = Case.objects.filter(free, pk=case.pk).update(claimed_by=by.pseudonym, lease_until=now + lease, attempts=F("attempts") + 1)
    if not taken:
        raise errors.AlreadyClaimed
    case.refresh_from_db()
    return case


@transaction.atomic
def release(*, case: Case, by: Actor, now: datetime) -> Case:
    """Afterwards nobody holds `case`. Raises NotYourClaim if `by` did not hold it."""
    freed = Case.objects.filter(pk=case.pk, claimed_by=by.pseudonym).update(claimed_by="", lease_until=None)
    if not freed:
        raise errors.NotYourClaim
    case.refresh_from_db()
    return case
