"""Opening what is sealed so that a person can read it: first the log says so, then it opens."""

from datetime import datetime

from django.db import transaction

from cairndesk.accounts.rules import Actor, FreshProof, Verb, require, require_fresh
from cairndesk.cases.models import Case
from cairndesk.custody.actions import record
from cairndesk.custody.rules import Event
from cairndesk.exchange.formats import letter
from cairndesk.exchange.formats.casefile import Account
from cairndesk.response import queries
from cairndesk.response.actions.confirming import summary_digest
from cairndesk.response.errors import ConsentMissing
from cairndesk.response.models import Notice, PlanStep, Referral
from cairndesk.response.rules import MAY_BE_MADE


@transaction.atomic
def open_addresses(*, step: PlanStep, by: Actor, now: datetime) -> list[queries.Prefilled]:
    """The reported addresses by the provider they lead to; afterwards the log says who opened them."""
    _log(step.case, Verb.STEP_APPROVE, by, now)
    return queries.prefilled(step.case)


@transaction.atomic
def read_letters(*, step: PlanStep, by: Actor, now: datetime) -> list[tuple[Notice, str]]:
    """The drafted notices of `step` as people will read them; where there are any, the log says who read them."""
    if not queries.drafts_of(step).exists():
        return []
    _log(step.case, Verb.CASE_READ, by, now)
    return queries.letters_of(step)


@transaction.atomic
def read_letter(*, notice: Notice, by: Actor, now: datetime, kind: letter.Kind | None = None, legality: str = "") -> str:
    """The letter of `notice`, defanged, or another `kind` of letter about it as it would go; afterwards the log says who read it."""
    _log(notice.case, Verb.CASE_READ, by, now)
    return queries.letter_text(notice, kind, legality)


@transaction.atomic
def read_summary(*, referral: Referral, by: Actor, fresh: FreshProof | None, now: datetime) -> list[Account]:
    """What was told, once, to hand to the service so that nobody is asked again; afterwards the log says who opened it.

    Raises FreshProofNeeded, and ConsentMissing before the person chose it or danger overrode the choice.
    """
    if referral.consent not in MAY_BE_MADE:
        raise ConsentMissing
    require_fresh(fresh, by=by, digest=summary_digest(referral), now=now)
    _log(referral.case, Verb.STEP_APPROVE, by, now)
    return queries.accounts_of(referral.case)


def _log(case: Case, verb: Verb, by: Actor, now: datetime) -> None:
    require(by, verb, organisation=case.organisation_id, stage=case.stage)
    record(event=Event.CUSTODY_ITEM_OPENED, subject_kind="case", subject=case.pk, by=by, now=now)
