"""Opening what is sealed so that a person can read it: first the log says so, then it opens."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from cairndesk.accounts.rules import Actor, FreshProof, Matter, Verb, permits, require, require_fresh
from cairndesk.cases.actions import admit
from cairndesk.cases.models import Case
from cairndesk.custody.queries import unseal_text
from cairndesk.custody.rules import Event, these
from cairndesk.directory.models import Authority
from cairndesk.exchange.formats import letter
from cairndesk.exchange.formats.casefile import Account
from cairndesk.response import queries
from cairndesk.response.actions.confirming import summary_digest
from cairndesk.response.actions.package import Grounds
from cairndesk.response.actions.referral import require_referral_sharing, respect_their_choice
from cairndesk.response.errors import ConsentMissing, IllegalStep, NoSuchThing
from cairndesk.response.models import Crossing, Notice, PlanStep, Referral
from cairndesk.response.rules import MAY_BE_MADE, StepKind


def open_addresses(*, step: PlanStep, by: Actor, now: datetime) -> list[queries.Prefilled]:
    """The reported addresses by the provider they lead to; the log says who opens them before a key turns."""
    with transaction.atomic(durable=True):
        _log(step.case, Matter.LETTERS, Verb.STEP_APPROVE, queries.removable_items(step.case).values_list("pk", flat=True), by, now)
    return queries.prefilled(step.case)


def read_letters(*, step: PlanStep, by: Actor, now: datetime) -> list[tuple[Notice, str]]:
    """The drafted notices of `step` as people will read them; where there are any, the log says who reads them before a key turns."""
    drafts = list(queries.drafts_of(step).values_list("pk", flat=True))
    if not drafts:
        return []
    with transaction.atomic(durable=True):
        _log(step.case, Matter.LETTERS, Verb.CASE_READ, drafts, by, now)
    return queries.letters_of(step)


def read_letter(*, notice: Notice, by: Actor, now: datetime, kind: letter.Kind | None = None, legality: str = "") -> str:
    """The letter of `notice`, defanged, or another `kind` of letter about it as it would go; the log says who reads it before a key turns."""
    with transaction.atomic(durable=True):
        _log(notice.case, Matter.LETTERS, Verb.CASE_READ, [notice.pk], by, now)
    return queries.letter_text(notice, kind, legality)


def read_summary(*, referral: Referral, by: Actor, fresh: FreshProof | None, now: datetime) -> list[Account]:
    """What was told, once, to hand to the service so that nobody is asked again; the log says who opens it before a key turns.

    Raises FreshProofNeeded, AgainstTheirChoice, and ConsentMissing before the person chose it or danger overrode the choice.
    """
    if referral.consent not in MAY_BE_MADE:
        raise ConsentMissing
    respect_their_choice(referral)
    require_referral_sharing(referral, now=now)
    with transaction.atomic(durable=True):
        require_fresh(fresh, by=by, digest=summary_digest(referral), now=now)
        _log(referral.case, Matter.ACCOUNT, Verb.STEP_APPROVE, referral.case.reports.values_list("pk", flat=True), by, now)
    return queries.told_to(referral.case, referral.service)


def read_before_closing(*, step: PlanStep, authorities: Sequence[Authority], grounds: Grounds, by: Actor, now: datetime) -> list[queries.Preview]:
    """What each package would hold, before it is closed, and what is left out of it; the log says who reads it before a key turns.

    Nobody's identity is opened for it: it says whether that would go along. Raises IllegalStep for a step that builds no package.
    """
    if step.kind != StepKind.AUTHORITY:
        raise IllegalStep("an authority step builds packages")
    case = step.case
    with transaction.atomic(durable=True):
        _log(case, Matter.ACCOUNT, Verb.STEP_APPROVE, case.reports.values_list("pk", flat=True), by, now)
        _log(case, Matter.IDENTIFIER, Verb.STEP_APPROVE, case.items.values_list("pk", flat=True), by, now)
    may_name = permits(by.roles, Verb.IDENTITY_READ, case.stage)
    return [queries.preview_of(case, grounds.release(step.pk, one, now), one, may_name=may_name, now=now) for one in authorities]


def read_crossing(*, crossing: Crossing, by: Actor, now: datetime) -> str:
    """What the other desk wrote when it refused the case or handed it back; the log says who reads it before a key turns. Raises NoSuchThing."""
    if crossing.case is None or crossing.why is None:
        raise NoSuchThing
    with transaction.atomic(durable=True):
        _log(crossing.case, Matter.LETTERS, Verb.CASE_READ, [crossing.pk], by, now)
    return unseal_text(crossing.why)


def _log(case: Case, matter: Matter, verb: Verb, opened: Collection[UUID], by: Actor, now: datetime) -> None:
    """One entry for a page, whatever it opens: how many things, and which, for whoever can name them."""
    require(by, verb, organisation=case.organisation_id, stage=case.stage)
    admit(case=case, matter=matter, event=Event.CUSTODY_ITEM_OPENED, verb=verb, by=by, now=now, detail=these(opened))
