"""Claiming: an update that succeeds for exactly one claimant."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q

from cairndesk.accounts.rules import Actor, GrantPurpose
from cairndesk.accounts.rules.grants import Ended
from cairndesk.cases import errors
from cairndesk.cases.actions.grants import end_grants, give_grant
from cairndesk.cases.actions.lease import lease_of
from cairndesk.cases.models import Case
from cairndesk.cases.queries.team import require_whole


@transaction.atomic
def claim(*, case: Case, by: Actor, now: datetime, lease: timedelta | None = None) -> Case:
    """Afterwards `by` holds `case` for `lease`, or as long as `lease_of` says, with a grant to review it.

    Raises AlreadyClaimed if somebody else does, TakenOff, NotYourPart.
    """
    require_whole(by, case.pk)
    lease = lease or lease_of(case)
    free = Case.free(now) | Q(claimed_by=by.pseudonym)
    taken = Case.objects.filter(free, pk=case.pk).update(claimed_by=by.pseudonym, lease_until=now + lease, attempts=F("attempts") + 1)
    if not taken:
        raise errors.AlreadyClaimed
    give_grant(case=case, purpose=GrantPurpose.REVIEW, lasts=lease, by=by, now=now)
    case.refresh_from_db()
    return case


@transaction.atomic
def release(*, case: Case, by: Actor, now: datetime) -> Case:
    """Afterwards nobody holds `case`, and the grants of `by` on it have ended. Raises NotYourClaim if `by` did not hold it."""
    freed = Case.objects.filter(pk=case.pk, claimed_by=by.pseudonym).update(claimed_by="", lease_until=None)
    if not freed:
        raise errors.NotYourClaim
    end_grants(case=case, why=Ended.LET_GO, by=by, now=now, holder=by.pseudonym)
    case.refresh_from_db()
    return case
