"""Emergency access: a short grant to a case that somebody is not on, loud at once and looked at by another person afterwards."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from cairndesk.accounts.rules import Actor, FreshProof, GrantPurpose, Verb, digest_of, require, require_fresh
from cairndesk.accounts.rules.grants import Ended
from cairndesk.cases import errors
from cairndesk.cases.actions.coding import allow
from cairndesk.cases.actions.grants import end_grants, give_grant, is_on
from cairndesk.cases.models import BrokenGlass, Case, CaseGrant
from cairndesk.cases.rules.glass import GlassFinding, GlassReason
from cairndesk.custody.actions import record, seal
from cairndesk.custody.rules import Event, Purpose
from cairndesk.lib.belt import DEAD_AFTER, next_try


def glass_digest(case: Case, by: Actor) -> bytes:
    """What whoever breaks the glass confirms: who gets to which case, and for how many minutes."""
    return digest_of("cases.break_glass", case=case.pk, by=by.pseudonym, minutes=settings.CAIRNDESK.desk.emergency_minutes)


@transaction.atomic
def break_glass(*, case: Case, reason: GlassReason, why: str, by: Actor, fresh: FreshProof | None, now: datetime) -> BrokenGlass:
    """Afterwards `by` holds an emergency grant on `case` for minutes, every supervisor is told, and another person has to look at it.

    Raises NotPermitted, CredentialOutOfDate, TakenOff, NoNeedOfGlass, GlassUnclear without words, FreshProofNeeded.
    """
    held = Case.objects.select_for_update(of=("self",)).get(pk=case.pk)
    allow(by, held, Verb.GLASS_BREAK)
    if is_on(case=held, by=by, now=now):
        raise errors.NoNeedOfGlass
    if not why.strip():
        raise errors.GlassUnclear
    require_fresh(fresh, by=by, digest=glass_digest(held, by), now=now)
    lasts = timedelta(minutes=settings.CAIRNDESK.desk.emergency_minutes)
    grant = give_grant(case=held, purpose=GrantPurpose.EMERGENCY, lasts=lasts, by=by, now=now)
    sealed = seal(organisation=held.organisation_id, purpose=Purpose.REASON, plain=why.strip(), now=now)
    broken = BrokenGlass.objects.create(grant=grant, reason=reason, why=sealed, broken_by=by.pseudonym, broken_at=grant.since)
    detail: dict[str, str | int] = {"reason": reason.value, "grant": grant.entry}
    record(event=Event.CASES_GLASS_BROKEN, subject_kind="case", subject=held.pk, by=by, now=now, detail=detail)
    return broken


def mark_mailed(*, glass: BrokenGlass, recipient: str) -> None:
    """Afterwards this supervisor gets no second mail of it."""
    glass.mailed = [*glass.mailed, recipient]
    glass.save(update_fields=["mailed"])


def mark_told(*, glass: BrokenGlass, now: datetime) -> None:
    """Afterwards no further mail tells of it."""
    BrokenGlass.objects.filter(pk=glass.pk, told_at=None).update(told_at=now)


def tell_later(*, glass: BrokenGlass, now: datetime) -> None:
    """Whoever has no mail of it yet is tried again: after 30 s, then twice as long each time, at most 6 h; it is never given up."""
    glass.attempts = min(glass.attempts + 1, DEAD_AFTER - 1)
    glass.next_try_at = next_try(glass.attempts, now)
    glass.save(update_fields=["attempts", "next_try_at"])


@transaction.atomic
def review_glass(*, glass: BrokenGlass, finding: GlassFinding, by: Actor, now: datetime) -> BrokenGlass:
    """Afterwards another person than who broke the glass has said whether that was right; where it was not, they are taken off the case.

    Raises NotPermitted; ReviewedByAnother for one's own, or where somebody was faster.
    """
    held = BrokenGlass.objects.select_for_update(of=("self",)).select_related("grant__case").get(pk=glass.pk)
    case = held.grant.case
    require(by, Verb.GLASS_REVIEW, organisation=case.organisation_id, stage=case.stage)
    if by.pseudonym == held.broken_by or held.reviewed_at is not None:
        raise errors.ReviewedByAnother
    held.finding, held.reviewed_by, held.reviewed_at = finding.value, by.pseudonym, now
    held.save(update_fields=["finding", "reviewed_by", "reviewed_at"])
    detail: dict[str, str | int] = {"finding": finding.value, "grant": held.grant.entry}
    record(event=Event.CASES_GLASS_REVIEWED, subject_kind="case", subject=case.pk, by=by, now=now, detail=detail)
    if finding is GlassFinding.WRONG:
        end_grants(case=case, why=Ended.WITHDRAWN, by=by, now=now, holder=held.broken_by, emergency=True)
        # Also where it ran out before anybody looked: they are off the case until somebody lets them on again.
        CaseGrant.objects.filter(pk=held.grant_id).update(ended_at=now, ended_by=by.pseudonym, ended_why=Ended.WITHDRAWN)
    return held
