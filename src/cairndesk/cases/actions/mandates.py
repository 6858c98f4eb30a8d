"""Mandates to search: a supervisor enters one with a fresh proof, and any supervisor ends it at once."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from cairndesk.accounts.models import ApiKey
from cairndesk.accounts.rules import Actor, FreshProof, Verb, digest_of, require, require_fresh
from cairndesk.cases import errors
from cairndesk.cases.models import SearchMandate
from cairndesk.cases.rules.mandates import SEARCHERS
from cairndesk.custody.actions import record
from cairndesk.custody.rules import Event


@dataclass(frozen=True)
class MandateTerms:
    """What a mandate says: by which law, where that can be read, from which day until before which, and whose it is (None: our own people's)."""

    reference: str
    source: str
    valid_from: date
    valid_until: date
    sender: UUID | None = None


def mandate_digest(organisation: UUID, terms: MandateTerms) -> bytes:
    """What a supervisor confirms before a mandate is entered."""
    said = {"reference": terms.reference, "source": terms.source, "sender": terms.sender}
    return digest_of("cases.enter_mandate", organisation=organisation, valid_from=terms.valid_from, valid_until=terms.valid_until, **said)


@transaction.atomic
def enter_mandate(*, terms: MandateTerms, by: Actor, fresh: FreshProof | None, now: datetime) -> SearchMandate:
    """Afterwards finds of such searches can be taken in on the days of the mandate.

    Raises NotPermitted, FreshProofNeeded; MandateUnclear without a law, a source and days to come, or for a key of somebody who
    does not search.
    """
    require(by, Verb.MANDATE_SET, organisation=by.home)
    if not terms.reference.strip() or not terms.source.strip():
        raise errors.MandateUnclear("name the law or the order, and where it can be read")
    if terms.valid_until <= max(terms.valid_from, now.date()):
        raise errors.MandateUnclear("it ends after it begins, and not in the past")
    if terms.sender is not None and not ApiKey.objects.filter(pk=terms.sender, organisation=by.home, source__in=SEARCHERS, revoked_at=None).exists():
        raise errors.MandateUnclear("this key is not of a trusted flagger, a hotline or a helpline")
    require_fresh(fresh, by=by, digest=mandate_digest(by.home, terms), now=now)
    words = {"reference": terms.reference.strip(), "source": terms.source.strip()}
    days = {"valid_from": terms.valid_from, "valid_until": terms.valid_until}
    held = SearchMandate.objects.create(organisation_id=by.home, sender_id=terms.sender, **words, **days, entered_by=by.pseudonym, entered_at=now)
    detail = {"valid_from": terms.valid_from.isoformat(), "valid_until": terms.valid_until.isoformat()}
    record(event=Event.CASES_MANDATE_ENTERED, subject_kind="mandate", subject=held.pk, by=by, now=now, detail=detail)
    return held


@transaction.atomic
def end_mandate(*, mandate: UUID, by: Actor, now: datetime) -> SearchMandate:
    """Afterwards nothing more is taken in under this mandate; what was stays, and names it.

    Raises NotPermitted; MandateUnclear for none, or one that ended.
    """
    require(by, Verb.MANDATE_SET, organisation=by.home)
    held = SearchMandate.objects.select_for_update(of=("self",)).filter(pk=mandate, organisation=by.home, ended_at=None).first()
    if held is None:
        raise errors.MandateUnclear("there is none that could end")
    held.ended_by, held.ended_at = by.pseudonym, now
    held.save(update_fields=["ended_by", "ended_at"])
    record(event=Event.CASES_MANDATE_ENDED, subject_kind="mandate", subject=held.pk, by=by, now=now)
    return held
