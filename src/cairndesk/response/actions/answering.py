"""Answering what another desk offers: taken as a case of our own, left with a reason, and handed back when it cannot go on here."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from cairndesk.accounts.rules import SYSTEM, Actor, Verb, require
from cairndesk.cases import taxonomy
from cairndesk.cases.actions import Named, ReportFacts, add_person, add_report, describe_incident, keep_choices, open_case
from cairndesk.cases.models import Case, Report
from cairndesk.cases.rules.facts import DANGERS
from cairndesk.cases.rules.mandates import as_handed_over
from cairndesk.custody.actions import erase, record
from cairndesk.custody.queries import unseal_text
from cairndesk.custody.rules import Event
from cairndesk.exchange.actions import MAY_LEAVE
from cairndesk.exchange.errors import CannotHandOver, LetterOutOfTurn, OfferPast, PartnerOver
from cairndesk.exchange.formats import referral
from cairndesk.exchange.formats.referral import Acceptance, Account, Child, Offer, Refusal, Return, Thing, Unsaid
from cairndesk.intake import rules as intake
from cairndesk.intake.actions import end_alarm, lead_alarm
from cairndesk.lib import text
from cairndesk.lib.unknowns import Unknown
from cairndesk.response.actions.gate import require_person
from cairndesk.response.actions.letters import alarm_of, drop_document, heading, put_out, settle
from cairndesk.response.errors import IncompleteAct
from cairndesk.response.models import Crossing
from cairndesk.response.queries import done_of
from cairndesk.response.rules import FORGOTTEN_AFTER, CrossingState, Side


@transaction.atomic
def accept_from_desk(*, crossing: Crossing, by: Actor, now: datetime) -> Case:
    """Afterwards there is a case of our own with every account and item of the offer, judged by our own rules, and a signed acceptance waits to go.

    What was offered is kept nowhere else any more. Raises NotPermitted, LetterOutOfTurn, OfferPast, PartnerOver, DeskLocked.
    """
    held = _open_offer(crossing, by)
    if not held.partner.is_in_force(now.date()):
        raise PartnerOver
    offer = _offer(held)
    organisation, emergency = held.partner.organisation, offer.urgency.emergency
    # Hashes and addresses that belong to no account in particular come in with the first.
    first, *others = offer.accounts
    named = [_named(one) for one in offer.items]
    case = open_case(organisation=organisation, report=_facts(first, named, emergency=emergency), by=by, now=now)
    for account in others:
        add_report(case=case, report=_facts(account, (), emergency=emergency), by=by, now=now)
    standing = {one.question: one.codes for one in sorted(offer.child.choices, key=lambda one: one.at)}
    keep_choices(case=case, answers=standing, by=by, now=now)
    _write_down(offer.child, case, now)
    lead_alarm(spool_name=alarm_of(held), case=case)
    held.case = case
    held.save(update_fields=["case"])
    drop_document(held, now)
    put_out(held, Acceptance(**heading(held, now), reference=case.number), now)
    settle(held, CrossingState.ACCEPTED, by, now)
    record(event=Event.EXCHANGE_CASE_ACCEPTED, subject_kind="case", subject=case.pk, by=by, now=now)
    return case


@transaction.atomic
def refuse_from_desk(*, crossing: Crossing, why: str, by: Actor, now: datetime) -> Crossing:
    """Afterwards nothing that was offered can be opened here, and a signed refusal with its reason waits to go.

    Raises NotPermitted, LetterOutOfTurn, IncompleteAct without a reason, DeskLocked.
    """
    held = _open_offer(crossing, by)
    put_out(held, Refusal(**heading(held, now), why=_said(why)), now)
    drop_document(held, now)
    end_alarm(spool_name=alarm_of(held), by=by, now=now)
    settle(held, CrossingState.REFUSED, by, now)
    record(event=Event.EXCHANGE_CASE_REFUSED, subject_kind="crossing", subject=held.pk, by=by, now=now)
    return held


@transaction.atomic
def give_back(*, crossing: Crossing, why: str, did: str, by: Actor, now: datetime) -> Crossing:
    """Afterwards a signed letter with the reason and what was done waits to go. The case stays ours until they say that they have it.

    Raises NotPermitted, LetterOutOfTurn, CannotHandOver while somebody works on it, IncompleteAct without a reason, DeskLocked.
    """
    require_person(by)
    held = Crossing.objects.select_for_update(of=("self",)).select_related("partner__organisation", "case").get(pk=crossing.pk)
    if held.case is None or held.side != Side.IN or held.state != CrossingState.ACCEPTED:
        raise LetterOutOfTurn
    require(by, Verb.CASE_TRANSFER, organisation=held.case.organisation_id, stage=held.case.stage)
    if held.case.stage not in MAY_LEAVE:
        raise CannotHandOver
    back = Return(**heading(held, now), why=_said(why), did=text.clean(did).strip(), done=list(done_of(held.case)))
    put_out(held, back, now)
    settle(held, CrossingState.RETURNING, by, now)
    record(event=Event.EXCHANGE_CASE_HANDED_BACK, subject_kind="case", subject=held.case.pk, by=by, now=now)
    return held


@transaction.atomic
def forget_offers(*, now: datetime) -> int:
    """Afterwards nothing can be opened of what was offered to us and answered by nobody; returns how many offers. That they were made stays."""
    rows = Crossing.objects.filter(side=Side.IN, state=CrossingState.OFFERED, document__erased_at=None, answer_by__lte=now - FORGOTTEN_AFTER)
    return erase(items=[one.document_id for one in rows.select_for_update(of=("self",)) if one.document_id], now=now)


def _open_offer(crossing: Crossing, by: Actor) -> Crossing:
    require_person(by)
    held = Crossing.objects.select_for_update(of=("self",)).select_related("partner__organisation", "document").get(pk=crossing.pk)
    require(by, Verb.TRANSFER_ACCEPT, organisation=held.partner.organisation_id)
    if held.side != Side.IN or held.state != CrossingState.OFFERED:
        raise LetterOutOfTurn
    return held


def _offer(held: Crossing) -> Offer:
    if held.document is None:
        raise LetterOutOfTurn
    if held.document.erased_at is not None:
        raise OfferPast
    found = referral.read(unseal_text(held.document).encode())
    if not isinstance(found, Offer):
        raise LetterOutOfTurn
    return found


def _said(why: str) -> str:
    if not (words := text.clean(why).strip()):
        raise IncompleteAct("Why?")
    return words


def _facts(account: Account, named: Sequence[Named], *, emergency: bool) -> ReportFacts:
    """The account as every other one comes in. Codes that this desk does not know are unknown, and no word is dropped."""
    known = set(taxonomy.family("report_source").codes)
    return ReportFacts(
        source=as_handed_over(account.source) if account.source in known else Unknown.UNKNOWN.value,
        channel=account.channel[:12],
        path=account.path[:16],
        language=account.language,
        told={"answers": _answers(account)},
        state=Report.Completeness.UNFINISHED if account.unfinished else Report.Completeness.DONE,
        is_emergency=emergency,
        advice_only=account.path == intake.Path.ADVICE,
        named=named,
    )


def _answers(account: Account) -> Mapping[str, Any]:
    """Each answer where this desk asks the same; what stands elsewhere is added to their own words."""
    answers: dict[str, Any] = {}
    beside: list[str] = []
    for name, given in account.answers.items():
        answer = {"unknown": given.unknown.value} if isinstance(given, Unsaid) else _clean(given)
        question = intake.QUESTIONS.get(name)
        fits = name == "picture" or (question is not None and _fits(question, answer))
        if fits:
            answers[name] = answer
        elif not isinstance(answer, dict):
            beside.append(f"{name}: {answer if isinstance(answer, str) else ', '.join(answer)}")
    if beside:
        said = answers.get("more")
        answers["more"] = "\n".join([said, *beside] if isinstance(said, str) else beside)
    return answers


def _clean(given: str | Sequence[str]) -> str | list[str]:
    return text.clean(given) if isinstance(given, str) else [text.clean(one) for one in given]


def _fits(question: intake.Question, answer: Any) -> bool:
    if isinstance(answer, dict):
        return True
    if question.form is intake.Form.TEXT:
        return isinstance(answer, str)
    return set(answer if isinstance(answer, list) else [answer]) <= set(question.choices) and isinstance(answer, list) == (
        question.form is intake.Form.MANY
    )


def _write_down(child: Child, case: Case, now: datetime) -> None:
    """What the people of the other desk knew stands among the facts here, so that queue and plan count it as they did there.

    The desk itself writes it, as it does what a report says: whoever may accept a case may not have the right to describe one.
    """
    dangers = {name: "yes" for name in DANGERS if child.dangers.get(name) == "yes"}
    if dangers:
        describe_incident(case=case, facts=dangers, by=SYSTEM, now=now)
    # The bands stand from the youngest on; which child is how old did not come along, so the youngest counts.
    if youngest := [code for code in taxonomy.family("age_band").codes if code in child.ages][:1]:
        add_person(case=case, role="child", facts={"apparent_age": youngest[0]}, by=SYSTEM, now=now)
    if child.child_may_have_harmed:
        add_person(case=case, role="person_of_concern", facts={"actor_age": "child"}, by=SYSTEM, now=now)


def _named(one: Thing) -> Named:
    kinds = taxonomy.family("item_kind").codes
    kind = one.kind if one.kind in kinds else "text"
    return Named(kind, text.clean(one.value), hash_kind=one.hash_kind or "", service=one.service or "")
