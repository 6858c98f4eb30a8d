"""What the person who told chose binds every act; against it only danger or a law goes, written down and told to them."""

from datetime import datetime

from django.db import transaction

from cairndesk.accounts.rules import Actor, FreshProof, Verb, digest_of, require, require_fresh
from cairndesk.cases import errors, queries
from cairndesk.cases.models import Case, SetAside, StatedChoice
from cairndesk.cases.rules.choices import BOUNDS, LIMITS, Act, AsideFinding, Ground, Limit
from cairndesk.custody.actions import record, seal
from cairndesk.custody.queries import unseal_text
from cairndesk.custody.rules import Event, Purpose


def respect(*, case: Case, act: Act, agreed_at: datetime | None = None) -> None:
    """Return when nothing that was chosen stands against `act`; raise AgainstTheirChoice otherwise.

    `agreed_at`: when the person said yes to this very act; what they chose before that no longer stands against it.
    """
    standing = (one for one in queries.limits_of(case) if one.limit is BOUNDS[act] and one.set_aside is None)
    if any(agreed_at is None or one.since >= agreed_at for one in standing):
        raise errors.AgainstTheirChoice(f"They asked {LIMITS[BOUNDS[act]]}.")


def aside_digest(case: Case, *, limit: Limit, ground: Ground, why: str) -> bytes:
    """What whoever sets a choice aside confirms: which, as it was last stated, on which ground and why."""
    since = [one.since for one in queries.limits_of(case) if one.limit is limit]
    return digest_of("cases.set_aside", case=case.pk, limit=limit.value, since=since, ground=ground.value, why=why.strip())


@transaction.atomic
def set_aside(*, case: Case, limit: Limit, ground: Ground, why: str, by: Actor, fresh: FreshProof | None, now: datetime) -> SetAside:
    """Afterwards the desk may act against this choice, and the person who told reads behind the receipt that it does, and on which ground.

    Raises ChoiceUnclear without a reason in words, or where the choice does not stand or was set aside already; NotPermitted,
    CredentialOutOfDate, FreshProofNeeded.
    """
    held = Case.objects.select_for_update(of=("self",)).get(pk=case.pk)
    require(by, Verb.CHOICE_SET_ASIDE, organisation=held.organisation_id, stage=held.stage)
    standing = any(one.limit is limit and one.set_aside is None for one in queries.limits_of(held))
    if not standing or not why.strip():
        raise errors.ChoiceUnclear
    require_fresh(fresh, by=by, digest=aside_digest(held, limit=limit, ground=ground, why=why), now=now)
    words = seal(organisation=held.organisation_id, purpose=Purpose.REASON, plain=why.strip(), now=now)
    made = SetAside.objects.create(case=held, limit=limit, ground=ground, why=words, decided_by=by.pseudonym, at=now)
    detail = {"choice": limit.value, "ground": ground.value}
    record(event=Event.CASES_CHOICE_SET_ASIDE, subject_kind="case", subject=held.pk, by=by, now=now, detail=detail)
    return made


@transaction.atomic
def review_aside(*, aside: SetAside, finding: AsideFinding, by: Actor, now: datetime) -> SetAside:
    """Afterwards another person than who set the choice aside has said whether it had to be; where not, the choice stands again.

    Raises NotPermitted; ReviewedByAnother for one's own, or where somebody was faster.
    """
    held = SetAside.objects.select_for_update(of=("self",)).select_related("case").get(pk=aside.pk)
    require(by, Verb.CHOICE_REVIEW, organisation=held.case.organisation_id, stage=held.case.stage)
    if by.pseudonym == held.decided_by or held.reviewed_at is not None:
        raise errors.ReviewedByAnother
    held.finding, held.reviewed_by, held.reviewed_at = finding.value, by.pseudonym, now
    held.save(update_fields=["finding", "reviewed_by", "reviewed_at"])
    detail = {"choice": held.limit, "finding": finding.value}
    record(event=Event.CASES_CHOICE_REVIEWED, subject_kind="case", subject=held.case_id, by=by, now=now, detail=detail)
    return held


@transaction.atomic
def carry_choices(*, old: Case, new: Case, now: datetime) -> None:
    """Afterwards what was chosen in `old`, and what of it was set aside, stands in `new` with its own times; its desk looks at that anew."""
    StatedChoice.objects.filter(case=new).delete()
    StatedChoice.objects.bulk_create(StatedChoice(case=new, question=row.question, codes=row.codes, at=row.at) for row in old.choices.all())
    for row in old.set_aside.exclude(finding=AsideFinding.WRONG).select_related("why"):
        why = seal(organisation=new.organisation_id, purpose=Purpose.REASON, plain=unseal_text(row.why), now=now)
        SetAside.objects.create(case=new, limit=row.limit, ground=row.ground, why=why, decided_by=row.decided_by, at=row.at)
