"""Closing a case: a person says why that is best for the child, and nothing that somebody still owes is left behind."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from cairndesk.accounts.rules import Actor, FreshProof, Verb, require_fresh
from cairndesk.cases.actions import move
from cairndesk.cases.models import Case
from cairndesk.cases.rules.stages import Stage
from cairndesk.custody.actions import record
from cairndesk.custody.rules import Event
from cairndesk.directory.checklists import Fact
from cairndesk.intake.rules import OUTCOMES
from cairndesk.response import rules
from cairndesk.response.actions.confirming import NO_REASONS, closing_digest
from cairndesk.response.actions.gate import hold_case
from cairndesk.response.actions.letters import tell_outcome
from cairndesk.response.actions.sealing import seal_words
from cairndesk.response.errors import BestInterestsMissing, IncompleteAct, RecordIncomplete, StillOpen
from cairndesk.response.models import ClosingNote, CounterNotice, MissingFact, PlanStep, Referral
from cairndesk.response.queries import missing_from, record_asked, standing_holds, to_call_back
from cairndesk.response.rules import Consent


@transaction.atomic
def close_case(
    *,
    case: Case,
    best_interests: str,
    outcome: str,
    reasons: Mapping[Fact, str] = NO_REASONS,
    by: Actor,
    fresh: FreshProof | None,
    now: datetime,
) -> ClosingNote:
    """Afterwards the case is closed, the reporter finds the outcome behind the receipt, and the note is kept, sealed.

    A desk that gave us the case is told the outcome, as a code.
    `reasons` says why each fact is missing that the file must hold; they are kept, sealed, and the log says which facts. Raises StillOpen,
    RecordIncomplete, BestInterestsMissing, FreshProofNeeded, IncompleteAct for an outcome that no page has words for.
    """
    held = hold_case(case, by, Verb.CASE_CLOSE)
    if outcome not in OUTCOMES:
        raise IncompleteAct("choose what came of it")
    _check_nothing_open(held)
    missing = _missing(held, reasons, now)
    note = seal_words(held, best_interests, now, missing=BestInterestsMissing)
    require_fresh(fresh, by=by, digest=closing_digest(held, best_interests=best_interests, outcome=outcome, reasons=reasons), now=now)
    asked = record_asked(held, now).code
    closing = ClosingNote.objects.create(case=held, note=note, outcome=outcome, closed_by=by.pseudonym, closed_at=now, checklist=asked)
    _keep_reasons(closing, {fact: reasons[fact] for fact in missing}, by, now)
    Case.objects.filter(pk=held.pk).update(outcome=outcome)
    record(event=Event.RESPONSE_CASE_CLOSED, subject_kind="case", subject=held.pk, by=by, now=now, detail={"outcome": outcome})
    move(case=held, to=Stage.CLOSED, by=by, now=now)
    tell_outcome(held, outcome, now)
    return closing


def _missing(case: Case, reasons: Mapping[Fact, str], now: datetime) -> list[Fact]:
    """The facts that are missing with a reason. Raises RecordIncomplete for one without, and for one that no reason stands in for."""
    lines = missing_from(case, now)
    if bare := [line.asks for line in lines if not line.may_be_missing or not reasons.get(line.fact, "").strip()]:
        raise RecordIncomplete("; ".join(bare))
    return [line.fact for line in lines]


def _keep_reasons(closing: ClosingNote, reasons: Mapping[Fact, str], by: Actor, now: datetime) -> None:
    for fact, why in reasons.items():
        MissingFact.objects.create(closing=closing, fact=fact, why=seal_words(closing.case, why, now))
        record(event=Event.RESPONSE_FACT_LEFT_OUT, subject_kind="case", subject=closing.case_id, by=by, now=now, detail={"fact": fact.value})


def _check_nothing_open(case: Case) -> None:
    if PlanStep.objects.filter(case=case, state__in=rules.OPEN_STEPS).exists():
        raise StillOpen("a step of the plan is open")
    if PlanStep.objects.filter(case=case, needs_review=True, reviewed_by="").exists():
        raise StillOpen("a step that could not wait has not been looked at by another person")
    if Referral.objects.filter(case=case, consent=Consent.OVERRIDDEN, override_reviewed_by="").exists():
        raise StillOpen("an override has not been looked at by another person")
    if CounterNotice.objects.filter(notice__case=case, state=CounterNotice.State.OPEN).exists():
        raise StillOpen("an objection has not been decided")
    if standing_holds(case).exists():
        raise StillOpen("an authority asked that nobody be warned, and no supervisor has lifted that hold")
    if out := to_call_back(case):
        if out[0].what is rules.Sent.DESK:
            raise StillOpen("they chose otherwise or wrote after another desk had taken the case, and nobody has told that desk")
        raise StillOpen("something went out that they have since asked us not to do, and nobody has called it back")
