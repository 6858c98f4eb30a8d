"""Handing a case to another organisation: let go by two people of one, accepted by the other, recorded by both."""

from datetime import date, datetime

from django.db import transaction
from django.db.models import Q

from cairndesk.accounts import actions as accounts
from cairndesk.accounts.errors import NeedsSecondPerson
from cairndesk.accounts.models import Organisation, Request
from cairndesk.accounts.queries import Sender
from cairndesk.accounts.rules import Actor, Kind, Verb, require
from cairndesk.accounts.rules.sharing import SENDS_AS, Data, Recipient
from cairndesk.accounts.sharing import require_sharing
from cairndesk.cases.actions import ReportFacts, add_report, carry_choices, carry_items, move, open_case, respect
from cairndesk.cases.models import Case, Report
from cairndesk.cases.rules import Stage
from cairndesk.cases.rules.choices import Act
from cairndesk.cases.rules.mandates import as_handed_over
from cairndesk.custody.actions import record, seal
from cairndesk.custody.queries import unseal_fields
from cairndesk.custody.rules import Event, Purpose
from cairndesk.directory.profiles import Field, Gives, field_of
from cairndesk.directory.sharing import require_still_given
from cairndesk.exchange import errors, queries
from cairndesk.exchange.models import Agreement, Handover
from cairndesk.intake.actions import carry_conversation, carry_tellings, stop_listening
from cairndesk.signals.models import HashList

MAY_LEAVE = frozenset({Stage.QUEUED, Stage.ACTING})


@transaction.atomic
def ask_to_offer(*, case: Case, to: Organisation, reason: str, by: Actor, now: datetime) -> Request:
    """Afterwards another person can let `to` be offered exactly what the case is now; until then nobody there sees anything of it.

    Raises NotPermitted, OwnOrganisation, CannotHandOver, NoAgreement, SharingRefused, AgainstTheirChoice, AskedAlready.
    """
    require(by, Verb.CASE_TRANSFER, organisation=case.organisation_id, stage=case.stage)
    require_offerable(case, to, now=now)
    sealed = seal(organisation=case.organisation_id, purpose=Purpose.REASON, plain=reason, now=now)
    plan = {"to": str(to.pk)}
    request = Request(kind=Kind.HAND_OVER, organisation=case.organisation, case=case.pk, subject=case.pk, plan=plan, reason=sealed)
    return accounts.ask(request=request, by=by, now=now)


@transaction.atomic
def offer_case(*, case: Case, to: Organisation, request: Request, by: Actor, now: datetime) -> Handover:
    """Afterwards `to` sees that a case is offered, with priority, path and language, and nothing that was told.

    `by` is the second person, who approves `request`. Raises OwnOrganisation, CannotHandOver, NoAgreement, SharingRefused, AgainstTheirChoice.
    """
    require_offerable(case, to, now=now)
    given = {"request": request, "reason": request.reason, "offered_by": request.asked_by, "offered_at": now}
    offer = Handover.objects.create(case=case, to=to, **given)
    detail = queries.profile_to(case.organisation_id, to).told
    record(event=Event.EXCHANGE_CASE_OFFERED, subject_kind="case", subject=case.pk, by=by, now=now, detail=detail)
    return offer


@transaction.atomic
def accept_case(*, offer: Handover, by: Actor, now: datetime) -> Case:
    """Afterwards the other organisation has a case of its own, sealed to its own key, and the first one is answered.

    The reporter's receipt leads to the new case, and who goes on telling tells it there: nobody has to tell twice. Raises NotOnOffer,
    LetGoAnew where the case is not any more what two people let go, NeedsSecondPerson for one of these two, NoAgreement where it has ended meanwhile.
    """
    held = _held(offer)
    require(by, Verb.TRANSFER_ACCEPT, organisation=held.to_id)
    if held.request is not None and by.pseudonym in {held.request.asked_by, held.request.done_by}:
        raise NeedsSecondPerson
    # A page that comes meanwhile waits, and then finds the new case.
    stop_listening(case=held.case)
    Case.objects.select_for_update(of=("self",)).get(pk=held.case_id)
    if not queries.is_as_let_go(held):
        raise errors.LetGoAnew
    _require_free_to_go(held.case, held.to, now)
    new = _opened_anew(held, by, now)
    carry_choices(old=held.case, new=new, now=now)
    carry_conversation(old=held.case, new=new, by=by, now=now)
    move(case=held.case, to=Stage.ANSWERED, by=by, now=now, reason="handed_over", next_action_at=now)
    Case.objects.filter(pk=held.case_id).update(outcome="passed_on")
    _decide(held, Handover.State.ACCEPTED, by, now, new)
    record(event=Event.EXCHANGE_CASE_ACCEPTED, subject_kind="case", subject=held.case_id, by=by, now=now)
    return new


@transaction.atomic
def refuse_case(*, offer: Handover, by: Actor, now: datetime) -> Handover:
    """Afterwards the case stays where it is. Raises NotOnOffer."""
    held = _held(offer)
    require(by, Verb.TRANSFER_ACCEPT, organisation=held.to_id)
    _decide(held, Handover.State.REFUSED, by, now)
    record(event=Event.EXCHANGE_CASE_REFUSED, subject_kind="case", subject=held.case_id, by=by, now=now)
    return held


@transaction.atomic
def withdraw_offer(*, offer: Handover, by: Actor, now: datetime) -> Handover:
    """Afterwards the offer is taken back and the case stays. Raises NotOnOffer."""
    held = _held(offer)
    require(by, Verb.CASE_TRANSFER, organisation=held.case.organisation_id, stage=held.case.stage)
    _decide(held, Handover.State.WITHDRAWN, by, now)
    record(event=Event.EXCHANGE_OFFER_WITHDRAWN, subject_kind="case", subject=held.case_id, by=by, now=now)
    return held


@transaction.atomic
def record_given(*, listed: HashList, given: int, gone: int, span: tuple[datetime, datetime], by: Actor, now: datetime) -> None:
    """Afterwards the log says that a partner's machine has got so many entries, and learned that so many are gone, of that span of time."""
    since, until = (int(moment.timestamp()) for moment in span)
    detail: dict[str, str | int] = {"version": listed.version, "given": given, "gone": gone, "since": since, "until": until}
    record(event=Event.SIGNALS_LIST_GIVEN, subject_kind="list", subject=listed.pk, by=by, now=now, detail=detail)


def require_list_sharing(sender: Sender, *, now: datetime) -> None:
    """Return when the policy of the desk lets entries of its lists go to the holder of this key; raise SharingRefused. Nobody knows their country."""
    to = SENDS_AS.get(sender.source, Recipient.PARTNER)
    require_sharing(organisation=sender.organisation.id, data={Data.LISTED}, recipient=to, country="", now=now)


def require_offerable(case: Case, to: Organisation, *, now: datetime) -> None:
    """Return when the case may be offered to `to` now; raise OwnOrganisation, CannotHandOver, NoAgreement, SharingRefused, AgainstTheirChoice."""
    if to.pk == case.organisation_id:
        raise errors.OwnOrganisation
    if case.stage not in MAY_LEAVE or case.handovers.filter(state=Handover.State.OFFERED).exists():
        raise errors.CannotHandOver
    _require_free_to_go(case, to, now)


@transaction.atomic
def propose_agreement(*, partner: Organisation, basis: str, valid_from: date, valid_until: date, by: Actor, now: datetime) -> Agreement:
    """Afterwards `partner` can agree that cases may go between the two organisations; until then none does.

    Raises NotPermitted, KindUnsaid, AgreementRefused.
    """
    require(by, Verb.SHARING_SET, organisation=by.home)
    mine = Organisation.objects.get(pk=by.home)
    if None in {mine.kind_said_at, partner.kind_said_at}:
        raise errors.KindUnsaid
    if partner == mine or not basis.strip() or valid_until <= max(now.date(), valid_from):
        raise errors.AgreementRefused
    fields = {"basis": basis.strip(), "valid_from": valid_from, "valid_until": valid_until, "proposed_by": by.pseudonym, "proposed_at": now}
    made = Agreement.objects.create(proposer_id=by.home, partner=partner, **fields)
    record(event=Event.EXCHANGE_AGREEMENT_PROPOSED, subject_kind="agreement", subject=made.pk, by=by, now=now)
    return made


@transaction.atomic
def agree(*, agreement: Agreement, by: Actor, now: datetime) -> Agreement:
    """Afterwards it is in force from its first day on. Raises NotPermitted, AgreementRefused for one that is not open, NeedsSecondPerson."""
    held = _open_agreement(agreement)
    require(by, Verb.SHARING_SET, organisation=held.partner_id)
    if held.agreed_at is not None or held.is_between_others or held.valid_until <= now.date():
        raise errors.AgreementRefused
    if by.pseudonym == held.proposed_by:
        raise NeedsSecondPerson
    held.agreed_by, held.agreed_at = by.pseudonym, now
    held.save(update_fields=["agreed_by", "agreed_at"])
    record(event=Event.EXCHANGE_AGREEMENT_MADE, subject_kind="agreement", subject=held.pk, by=by, now=now)
    return held


@transaction.atomic
def end_agreement(*, agreement: Agreement, why: str, by: Actor, now: datetime) -> Agreement:
    """Afterwards no further case goes by it, nor one that is on offer; what has gone stays where it is. Raises NotPermitted, AgreementRefused."""
    held = _open_agreement(agreement)
    require(by, Verb.SHARING_SET, organisation=held.partner_id if by.home == held.partner_id else held.proposer_id)
    if not why.strip():
        raise errors.AgreementRefused
    held.ended_by, held.ended_at, held.ended_why = by.pseudonym, now, why.strip()
    held.save(update_fields=["ended_by", "ended_at", "ended_why"])
    record(event=Event.EXCHANGE_AGREEMENT_ENDED, subject_kind="agreement", subject=held.pk, by=by, now=now)
    return held


def _open_agreement(agreement: Agreement) -> Agreement:
    held = Agreement.objects.select_for_update(of=("self",)).get(pk=agreement.pk)
    if held.ended_at is not None:
        raise errors.AgreementRefused
    return held


def _require_free_to_go(case: Case, to: Organisation, now: datetime) -> None:
    if not queries.agreements_in_force(case.organisation_id, on=now.date()).filter(Q(proposer=to) | Q(partner=to)).exists():
        raise errors.NoAgreement
    recipient = queries.RECEIVES_AS[Organisation.Kind(to.kind)]
    if recipient is Recipient.AUTHORITY:
        respect(case=case, act=Act.TELL_POLICE)
    require_sharing(organisation=case.organisation_id, data={Data.ACCOUNT}, recipient=recipient, country=to.country, now=now)
    # Whoever told it goes on telling it there: what was told goes whole, or not at all.
    require_still_given(queries.profile_to(case.organisation_id, to), dict.fromkeys((Field.WORDS, Field.ANSWERS, Field.SENDER), Gives.WHOLE))


def _held(offer: Handover) -> Handover:
    held = Handover.objects.select_for_update(of=("self",)).select_related("request", "case", "to").get(pk=offer.pk)
    if held.state != Handover.State.OFFERED:
        raise errors.NotOnOffer
    return held


def _decide(held: Handover, state: Handover.State, by: Actor, now: datetime, new: Case | None = None) -> None:
    held.state, held.decided_by, held.decided_at, held.new_case = state, by.pseudonym, now, new
    held.save()


def _opened_anew(held: Handover, by: Actor, now: datetime) -> Case:
    """A case at the receiving organisation with every report and item of the old one, sealed to the new key."""
    first, *others = held.case.reports.select_related("told").order_by("received_at")
    new = open_case(organisation=held.to, report=_facts(first, held.case), by=by, now=now)
    pairs = [(first, new.reports.get())]
    pairs += [(report, add_report(case=new, report=_facts(report, held.case), by=by, now=now)) for report in others]
    profile = queries.profile_to(held.case.organisation_id, held.to)
    carry_items(old=held.case, new=new, goes=lambda item: profile.gives(field_of(item.kind)) is Gives.WHOLE, by=by, now=now)
    carry_tellings(pairs=pairs, now=now)
    return new


def _facts(report: Report, case: Case) -> ReportFacts:
    return ReportFacts(
        source=as_handed_over(report.source),
        channel=report.channel,
        path=report.path,
        language=report.language,
        told=unseal_fields(report.told),
        state=report.state,
        is_emergency=case.is_emergency,
        advice_only=case.advice_only,
    )
