"""Grants: the one door through which something sealed of a case is released to a person."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F

from cairndesk.accounts import actions as accounts
from cairndesk.accounts.rules import Actor, GrantPurpose, Matter, Verb, require
from cairndesk.accounts.rules.grants import BY_ROLE, LASTS, OPENS, Ended, is_live, is_taken_off, may_hold, opens
from cairndesk.cases import errors
from cairndesk.cases.actions.coding import allow
from cairndesk.cases.actions.lease import go_on
from cairndesk.cases.models import Case, CaseGrant
from cairndesk.cases.queries.team import narrow_seat
from cairndesk.cases.rules.team import opened_by
from cairndesk.custody.actions import record
from cairndesk.custody.rules import DESK, Event


@transaction.atomic
def admit(
    *,
    case: Case,
    matter: Matter,
    event: Event,
    by: Actor,
    now: datetime,
    verb: Verb = Verb.CASE_READ,
    detail: dict[str, str | int] | None = None,
) -> None:
    """Afterwards the log says that `by` is about to read this `matter` of `case`, and under which grant: one entry, whatever the page opens.

    Whose work at this stage needs it is given a grant at the first opening. Call it before anything is unsealed, and unseal only after
    its transaction is committed. Whoever has a function in its team opens what that sees, and no more.
    Raises NotPermitted, NoGrant, NotYourPart, TakenOff; then nothing may be opened.
    """
    if seat := narrow_seat(by, case, now=now):
        if matter not in opened_by(seat.function):
            raise errors.NotYourPart
        grant = _of_team(case, by, now)
        record(event=event, subject_kind="case", subject=case.pk, by=by, now=now, detail=(detail or {}) | _under(grant))
        return
    allow(by, case, verb)
    grant = _live(case, matter, by, now) or _by_role(case, matter, by, now)
    record(event=event, subject_kind="case", subject=case.pk, by=by, now=now, detail=(detail or {}) | _under(grant))
    go_on(case=case, by=by, now=now)


def give_grant(*, case: Case, purpose: GrantPurpose, lasts: timedelta, by: Actor, now: datetime) -> CaseGrant:
    """Afterwards `by` holds a grant of `purpose` for so long, in the caller's transaction; what was left of an earlier one ends.

    Raises TakenOff. Who may have it is for the caller to say.
    """
    if is_taken_off(held := _held(case.pk, by)):
        raise errors.TakenOff
    stale = [row.pk for row in held if row.purpose == purpose and row.ended_at is None]
    CaseGrant.objects.filter(pk__in=stale).update(ended_at=now, ended_why=Ended.LAPSED)
    detail: dict[str, str | int] = {"purpose": purpose.value, "minutes": int(lasts.total_seconds() // 60)}
    entry = record(event=Event.CASES_GRANT_GIVEN, subject_kind="case", subject=case.pk, by=by, now=now, detail=detail)
    return CaseGrant.objects.create(case=case, holder=by.pseudonym, purpose=purpose, since=now, until=now + lasts, entry=entry.index)


@transaction.atomic
def withdraw_grants(*, case: Case, holder: str, by: Actor, now: datetime) -> None:
    """Afterwards the person behind the pseudonym `holder` opens nothing of `case`, until somebody lets them on again.

    Raises NotPermitted; NoGrant where there is no grant to withdraw.
    """
    require(by, Verb.GRANT_WITHDRAW, organisation=case.organisation_id, stage=case.stage)
    standing = CaseGrant.objects.filter(case=case, holder=holder, ended_at=None)
    if not standing.update(ended_at=now, ended_by=by.pseudonym, ended_why=Ended.WITHDRAWN):
        raise errors.NoGrant
    record(event=Event.CASES_GRANT_WITHDRAWN, subject_kind="case", subject=case.pk, by=by, now=now)


@transaction.atomic
def let_on_again(*, case: Case, holder: str, by: Actor, now: datetime) -> None:
    """Afterwards the person can get grants on `case` again, as their work needs them. Raises NotPermitted; NoGrant where nobody was taken off.

    Nobody lets themselves on again.
    """
    require(by, Verb.GRANT_WITHDRAW, organisation=case.organisation_id, stage=case.stage)
    off = CaseGrant.objects.filter(case=case, holder=holder, ended_why=Ended.WITHDRAWN)
    if holder == by.pseudonym or not off.update(ended_why=Ended.GIVEN_BACK):
        raise errors.NoGrant
    record(event=Event.CASES_GRANT_GIVEN_BACK, subject_kind="case", subject=case.pk, by=by, now=now)


def must_not_be_off(*, case: Case, by: Actor) -> None:
    """Return unless somebody took `by` off `case`: whoever may not open it does not judge it either. Raises TakenOff."""
    if is_taken_off(_held(case.pk, by)):
        raise errors.TakenOff


def is_on(*, case: Case, by: Actor, now: datetime) -> bool:
    """Whether `by` can open what was told in `case` without emergency access: under a grant that they hold, or that their work gives them."""
    return _is_on(case, list(case.grants.filter(holder=by.pseudonym)), by, now)


def those_on(*, cases: Collection[Case], by: Actor, now: datetime) -> list[Case]:
    """Those of `cases` that `by` is on, and was not taken off."""
    held = defaultdict[UUID, list[CaseGrant]](list)
    for grant in CaseGrant.objects.filter(case__in=cases, holder=by.pseudonym):
        held[grant.case_id].append(grant)
    return [case for case in cases if not is_taken_off(held[case.pk]) and _is_on(case, held[case.pk], by, now)]


def end_grants(*, case: Case, why: Ended, by: Actor, now: datetime, holder: str = "", emergency: bool = False) -> None:
    """Afterwards the standing grants on `case` have ended, in the caller's transaction: of one `holder` or of all, `emergency` ones too or not."""
    standing = CaseGrant.objects.filter(case=case, ended_at=None)
    standing = standing.filter(holder=holder) if holder else standing
    standing = standing if emergency else standing.exclude(purpose=GrantPurpose.EMERGENCY)
    standing.update(ended_at=now, ended_by=by.pseudonym, ended_why=why)


def lapse_grants(*, now: datetime) -> int:
    """Afterwards no grant stands whose time is over, so that a clock that is set back brings none to life again; returns how many ended."""
    over = CaseGrant.objects.filter(ended_at=None, until__lte=now)
    # A look costs no write as long as nothing ran out.
    return over.update(ended_at=F("until"), ended_why=Ended.LAPSED) if over.exists() else 0


def keep_limits(*, ticks: float, now: datetime) -> bool:
    """Afterwards no grant, claim, sign-in or request lasts longer because the clock was set back: where it was, all of them have ended.

    `ticks`: seconds since the machine was started. Returns whether it was set back.
    """
    return accounts.keep_limits(ticks=ticks, now=now, also=_end_every_grant)


def _is_on(case: Case, held: Collection[CaseGrant], by: Actor, now: datetime) -> bool:
    live = [grant for grant in held if opens(grant, Matter.ACCOUNT, now) and _may_hold(by, GrantPurpose(grant.purpose), case)]
    return bool(live) or any(Matter.ACCOUNT in OPENS[purpose] and _may_hold(by, purpose, case) for purpose in BY_ROLE)


def _of_team(case: Case, by: Actor, now: datetime) -> CaseGrant:
    """The grant of `by` for their part of the case, a new one where none is live. Raises NotPermitted, TakenOff."""
    require(by, Verb.TEAM_WORK, organisation=by.organisation)
    held = _held(case.pk, by)
    if is_taken_off(held):
        raise errors.TakenOff
    live = [grant for grant in held if grant.purpose == GrantPurpose.TEAM and is_live(grant, now)]
    return live[0] if live else give_grant(case=case, purpose=GrantPurpose.TEAM, lasts=LASTS[GrantPurpose.TEAM], by=by, now=now)


def _under(grant: CaseGrant) -> dict[str, str | int]:
    return {"grant": grant.entry, "purpose": grant.purpose}


def _end_every_grant(now: datetime) -> int:
    Case.objects.filter(lease_until__gt=now).update(lease_until=now)
    return CaseGrant.objects.filter(ended_at=None).update(ended_at=now, ended_by=DESK.pseudonym, ended_why=Ended.LAPSED)


def _held(case: UUID, by: Actor) -> list[CaseGrant]:
    """Every grant that `by` ever had on `case`, locked: whoever withdraws one comes before this opening, or after it."""
    return list(CaseGrant.objects.select_for_update().filter(case=case, holder=by.pseudonym).order_by("since"))


def _live(case: Case, matter: Matter, by: Actor, now: datetime) -> CaseGrant | None:
    """The grant of `by` that opens this now, and that their role and the stage of the case still allow."""
    held = _held(case.pk, by)
    if is_taken_off(held):
        raise errors.TakenOff
    open_ones = [grant for grant in held if opens(grant, matter, now) and _may_hold(by, GrantPurpose(grant.purpose), case)]
    return open_ones[0] if open_ones else None


def _by_role(case: Case, matter: Matter, by: Actor, now: datetime) -> CaseGrant:
    """A new grant for whoever's work needs this at the stage at which the case stands now; raises NoGrant."""
    fresh = Case.objects.select_for_update(of=("self",)).get(pk=case.pk)
    if fresh.lease_until is not None and matter in OPENS[GrantPurpose.REVIEW] and _claims_without(fresh, by, now):
        return give_grant(case=fresh, purpose=GrantPurpose.REVIEW, lasts=fresh.lease_until - now, by=by, now=now)
    for purpose in BY_ROLE:
        if matter in OPENS[purpose] and _may_hold(by, purpose, fresh):
            return give_grant(case=fresh, purpose=purpose, lasts=LASTS[purpose], by=by, now=now)
    raise errors.NoGrant


def _claims_without(case: Case, by: Actor, now: datetime) -> bool:
    """Whether `by` holds a claim that never had a grant, or had one given back: one from before there were grants, or of who was let on again."""
    if case.claimed_by != by.pseudonym or case.lease_until is None or case.lease_until <= now or not _may_hold(by, GrantPurpose.REVIEW, case):
        return False
    own = [grant for grant in _held(case.pk, by) if grant.purpose == GrantPurpose.REVIEW and grant.until >= case.lease_until]
    return all(grant.ended_why == Ended.GIVEN_BACK for grant in own)


def _may_hold(by: Actor, purpose: GrantPurpose, case: Case) -> bool:
    return may_hold(by, purpose, organisation=case.organisation_id, stage=case.stage, case=case.pk)
