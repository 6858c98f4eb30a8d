"""Requests of data subjects: written down, decided by a supervisor with reasons, answered, and gone when their time is over."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

from cairndesk.accounts.actions import forget_old_sign_ins
from cairndesk.accounts.actions.guests import LONGEST, let_in
from cairndesk.accounts.models import GuestGrant, Organisation, Person
from cairndesk.accounts.rules import SYSTEM, Actor, FreshProof, GrantPurpose, GuestRight, Verb, digest_of, require, require_fresh
from cairndesk.accounts.rules.grants import LASTS
from cairndesk.cases.actions import give_grant
from cairndesk.cases.errors import OnHold
from cairndesk.cases.models import Case, CasePerson
from cairndesk.cases.queries import is_held
from cairndesk.cases.rules.erasing import Ground
from cairndesk.custody.actions import erase, forget_openings, record, seal
from cairndesk.custody.queries import unseal_fields, unseal_text
from cairndesk.custody.retention import RecordClass, Term
from cairndesk.custody.rules import DESK, Event, Purpose
from cairndesk.directory.queries import schedule_for, terms_of
from cairndesk.directory.rules import ANSWER_DAYS
from cairndesk.intake.actions import check_words, send_answer, take_back_answer, tell_milestone, untell_milestone
from cairndesk.intake.errors import MessageStands
from cairndesk.intake.models import Message
from cairndesk.intake.queries import has_way_back
from cairndesk.response.actions import ask_erasure, require_no_hold
from cairndesk.response.queries import erasure_of
from cairndesk.retention import queries, rules
from cairndesk.retention.actions import objections
from cairndesk.retention.errors import DecidedBefore, DecidedFirst, RequestUnclear
from cairndesk.retention.models import SubjectRequest


@dataclass(frozen=True)
class Told:
    """A request as somebody heard it; `case` only where it is known yet.

    An objection is `against` something: what was found in `case`, a `thing` that is listed, or an `earlier` request.
    """

    asked: rules.Asked
    who: rules.Who
    words: str
    received_on: date
    case: Case | None = None
    against: rules.Against | None = None
    thing: str = ""
    earlier: SubjectRequest | None = None


@transaction.atomic
def record_request(*, told: Told, by: Actor, now: datetime) -> SubjectRequest:
    """Afterwards the request waits for its answer, by a day that the schedule sets. Raises RequestUnclear, NotPermitted."""
    require(by, Verb.SUBJECT_REQUEST_RECORD, organisation=told.case.organisation_id if told.case else by.home)
    if not told.words.strip() or told.received_on > now.date():
        raise RequestUnclear("Write down in a sentence what is asked, and the day on which it came.")
    if (told.asked is rules.Asked.OBJECTION) != (told.against is not None):
        raise RequestUnclear("Choose what an objection is against, and nothing for any other request.")
    return _write_down(told, Organisation.objects.get(pk=by.home), by, now)


@transaction.atomic
def hear_objection(*, message: Message, now: datetime) -> SubjectRequest:
    """Afterwards what a reporter said behind the six words against what was decided waits for somebody who did not decide it.

    The reporter reads that, and until which day. Raises DeskLocked, Erased.
    """
    words = unseal_fields(message.text)["text"] or "They gave no words of their own."
    told = Told(rules.Asked.OBJECTION, rules.Who.REPORTER, words, message.at.date(), message.case, rules.Against.VERDICT)
    # Whoever holds the six words is the reporter: nobody has to check that.
    made = _write_down(told, message.case.organisation, SYSTEM, now, message=message, checked=rules.Checked.SIX_WORDS)
    tell_milestone(case=message.case, code="looking_again", by=SYSTEM, now=now, anew=True, until=made.answer_by)
    return made


def _write_down(told: Told, desk: Organisation, by: Actor, now: datetime, **known: Any) -> SubjectRequest:
    more = objections.about(told.against, desk=desk, case=told.case, thing=told.thing, earlier=told.earlier) if told.against else {}
    made = SubjectRequest.objects.create(
        organisation=desk,
        case=told.case or (told.earlier.case if told.earlier else None),
        asked=told.asked,
        who=told.who,
        words=seal(organisation=desk.pk, purpose=Purpose.REASON, plain=told.words.strip(), now=now),
        received_on=told.received_on,
        answer_by=told.received_on + _days(desk, now),
        recorded_by=by.pseudonym,
        recorded_at=now,
        **more,
        **known,
    )
    record(event=Event.RETENTION_REQUEST_RECORDED, subject_kind="request", subject=made.pk, by=by, now=now, detail={"asked": told.asked.value})
    return made


@dataclass(frozen=True)
class Known:
    """How the desk knows who asks, and about which case and person; the six words only where somebody reads them out, and they are not kept."""

    checked: rules.Checked
    case: Case | None = None
    person: CasePerson | None = None
    words: str = ""


def check_request(*, request: SubjectRequest, known: Known, by: Actor, now: datetime) -> SubjectRequest:
    """Afterwards it is written down how the desk knows who asks, and about whom. Raises NotTheSixWords, DecidedBefore, RequestUnclear."""
    if known.checked is rules.Checked.SIX_WORDS:
        if known.case is None:
            raise RequestUnclear("The six words belong to a case: write down its number.")
        # Outside of the transaction: a database must not be held for as long as stretching takes.
        check_words(case=known.case, typed=known.words)
    with transaction.atomic():
        held = _held(request, by, Verb.SUBJECT_REQUEST_RECORD)
        if held.decided_at is not None:
            raise DecidedBefore
        if known.case is not None and known.case.organisation_id != held.organisation_id:
            raise RequestUnclear("Choose a case of this desk.")
        if known.person is not None and (known.case is None or known.person.case_id != known.case.pk):
            raise RequestUnclear("Choose a person of that case.")
        held.checked, held.checked_by, held.case, held.person = known.checked, by.pseudonym, known.case, known.person
        held.save(update_fields=["checked", "checked_by", "case", "person"])
        detail = {"checked": known.checked.value}
        record(event=Event.RETENTION_REQUEST_CHECKED, subject_kind="request", subject=held.pk, by=by, now=now, detail=detail)
    return held


def open_request(*, request: SubjectRequest, by: Actor, now: datetime) -> dict[str, str]:
    """What was asked and why it was decided so, in words; the log names the reader first. Raises NotPermitted, Erased."""
    with transaction.atomic():
        verb = Verb.SUBJECT_REQUEST_RECORD if by.home == request.organisation_id else Verb.SUBJECT_REQUEST_DECIDE
        require(by, verb, organisation=request.organisation_id, case=request.pk)
        record(event=Event.RETENTION_REQUEST_OPENED, subject_kind="request", subject=request.pk, by=by, now=now)
    return {"words": unseal_text(request.words), "why": unseal_text(request.why) if request.why else ""}


@transaction.atomic
def name_decider(*, request: SubjectRequest, person: Person, by: Actor, now: datetime) -> GuestGrant:
    """Afterwards `person` of a partner organisation can read this one request and decide it, for some days, and do nothing else here.

    Raises NotPermitted, DecidedBefore, NotPossible for one of one's own, or who decides no requests at their own desk.
    """
    held = _held(request, by, Verb.SUBJECT_REQUEST_RECORD)
    if held.decided_at is not None:
        raise DecidedBefore
    right = GuestRight(case=held.pk, organisation=held.organisation_id, verb=Verb.SUBJECT_REQUEST_DECIDE)
    named = let_in(person=person, to=right, stage=None, until=now + LONGEST, by=by, now=now)
    record(event=Event.ACCOUNTS_APPROVER_NAMED, subject_kind="request", subject=held.pk, by=by, now=now, detail={"act": "decide"})
    return named


@transaction.atomic
def decide_request(
    *,
    request: SubjectRequest,
    decision: rules.Decision,
    refusals: Collection[rules.Refusal],
    why: str,
    by: Actor,
    now: datetime,
    fresh: FreshProof | None = None,
) -> SubjectRequest:
    """Afterwards the request is decided, with reasons that can be told. A granted erasure is asked for: a further person then does it.

    What an objection that is right was about is undone wherever it went. Raises OnHold where a hold stands against an erasure, DecidedBefore,
    DecidedFirst for whoever decided what is objected to or wrote this down, FreshProofNeeded for an objection, RequestUnclear, NotPermitted, and
    what `objections.correct` raises.
    """
    held = _held(request, by, Verb.SUBJECT_REQUEST_DECIDE, named=True)
    if held.decided_at is not None:
        raise DecidedBefore
    # As of now: who took part after the objection was written down does not decide it either.
    if by.pseudonym in queries.kept_apart(held):
        raise DecidedFirst
    rules.check_decision(rules.Asked(held.asked), decision, refusals, rules.Checked(held.checked), has_case=held.case is not None)
    if not why.strip():
        raise RequestUnclear("Say in a sentence why.")
    if held.asked == rules.Asked.OBJECTION:
        require_fresh(fresh, by=by, digest=objections.deciding_digest(held), now=now)
    # Who was named for it by a partner decides as one of us, this request and no other.
    by = replace(by, organisation=held.organisation_id)
    if held.case is not None and held.asked == rules.Asked.ERASURE and decision is not rules.Decision.REFUSED:
        _ask_to_erase(held.case, by, now)
    if held.asked == rules.Asked.OBJECTION and decision is not rules.Decision.REFUSED:
        held.corrected = objections.correct(held, answer_days=_days(held.organisation, now), by=by, now=now)
    held.decision, held.refusals, held.decided_by, held.decided_at = decision, sorted(refusals), by.pseudonym, now
    held.why = seal(organisation=held.organisation_id, purpose=Purpose.REASON, plain=why.strip(), now=now)
    held.save()
    GuestGrant.objects.filter(case=held.pk, revoked_at=None).update(revoked_at=now)
    record(event=Event.RETENTION_REQUEST_DECIDED, subject_kind="request", subject=held.pk, by=by, now=now, detail={"decision": decision.value})
    return held


@transaction.atomic
def tell_person(*, request: SubjectRequest, how: rules.ToldBy, words: str, by: Actor, now: datetime) -> SubjectRequest:
    """Afterwards it is written down that the person was told what came of it, with the reasons; behind the six words they find `words`.

    Raises DecidedBefore where nothing is decided or they were told, RequestUnclear where there are no six words, NothingTold, HeldBack where
    an authority asked that nobody be warned, NotPermitted.
    """
    held = _held(request, by, Verb.SUBJECT_REQUEST_RECORD)
    if held.decided_at is None or held.told_at is not None:
        raise DecidedBefore
    _require_nobody_warned(held)
    if how is rules.ToldBy.RECEIPT:
        if held.case is None or not has_way_back(held.case):
            raise RequestUnclear("Nobody has six words for this: tell them in another way.")
        send_answer(case=held.case, words=words, by=by, now=now)
    held.told_how, held.told_by, held.told_at = how, by.pseudonym, now
    held.save(update_fields=["told_how", "told_by", "told_at"])
    if held.who == rules.Who.REPORTER and held.case is not None:
        tell_milestone(case=held.case, code="looked_again", by=by, now=now, anew=True)
    record(event=Event.RETENTION_REQUEST_TOLD, subject_kind="request", subject=held.pk, by=by, now=now, detail={"how": how.value})
    return held


@transaction.atomic
def untell_person(*, request: SubjectRequest, by: Actor, now: datetime) -> SubjectRequest:
    """Afterwards nobody was told anything behind the six words, and whoever told it can tell it anew. Raises MessageStands, NotPermitted."""
    held = _held(request, by, Verb.SUBJECT_REQUEST_RECORD)
    if held.case is None or held.told_at is None:
        raise MessageStands
    take_back_answer(case=held.case, at=held.told_at, by=by, now=now)
    if held.who == rules.Who.REPORTER:
        untell_milestone(case=held.case, code="looked_again")
    held.told_how, held.told_by, held.told_at = "", "", None
    held.save(update_fields=["told_how", "told_by", "told_at"])
    return held


def giving_digest(request: SubjectRequest) -> bytes:
    """What giving would do: everything of which person of which case leaves the desk, as it was decided."""
    held = SubjectRequest.objects.get(pk=request.pk)
    return digest_of("retention.give", request=held.pk, case=held.case_id, person=held.person_id, decision=held.decision, refusals=held.refusals)


def give(*, request: SubjectRequest, by: Actor, fresh: FreshProof | None, now: datetime) -> dict[str, Any]:
    """Everything that the desk keeps of the person, to be handed over; the log says so before anything is opened.

    Raises DecidedBefore where access was not granted, HeldBack, FreshProofNeeded, NotPermitted.
    """
    with transaction.atomic():
        held = _held(request, by, Verb.SUBJECT_REQUEST_DECIDE)
        if held.asked != rules.Asked.ACCESS or held.decision not in {rules.Decision.GRANTED, rules.Decision.PARTLY} or held.case is None:
            raise DecidedBefore
        _require_nobody_warned(held)
        require_fresh(fresh, by=by, digest=giving_digest(held), now=now)
        held.given_at = now
        held.save(update_fields=["given_at"])
        grant = give_grant(case=held.case, purpose=GrantPurpose.SUBJECT, lasts=LASTS[GrantPurpose.SUBJECT], by=by, now=now)
        under: dict[str, str | int] = {"grant": grant.entry, "purpose": grant.purpose}
        record(event=Event.RETENTION_REQUEST_GIVEN, subject_kind="request", subject=held.pk, by=by, now=now, detail=under)
    return queries.everything_of(held.case, held.person, held, now)


@transaction.atomic
def forget_requests(*, now: datetime) -> int:
    """Afterwards nothing opens of requests that were decided so long ago that the schedule ends them; returns how many those were."""
    gone = 0
    for desk in Organisation.objects.all():
        term = terms_of(schedule_for(desk.country, now.date())).get(RecordClass.SUBJECT_REQUEST, Term())
        if term.maximum is not None:
            before = now - timedelta(days=max(term.maximum, term.minimum))
            late = SubjectRequest.objects.filter(organisation=desk, decided_at__lte=before, words__erased_at=None).select_related("case")
            for one in [one for one in late if one.case is None or not is_held(one.case)]:
                erase(items=[key for key in (one.words_id, one.why_id) if key], now=now)
                forget_openings(subjects=[one.pk])
                record(event=Event.RETENTION_REQUEST_FORGOTTEN, subject_kind="request", subject=one.pk, by=DESK, now=now)
                gone += 1
    return gone


@transaction.atomic
def forget_sign_ins(*, now: datetime) -> int:
    """Afterwards no session, link or challenge is left that ended longer ago than the strictest schedule allows; returns how many went."""
    bounds = [terms_of(schedule_for(desk.country, now.date())).get(RecordClass.SIGN_IN, Term()).maximum for desk in Organisation.objects.all()]
    days = [bound for bound in bounds if bound is not None]
    return forget_old_sign_ins(before=now - timedelta(days=min(days))) if days else 0


def _require_nobody_warned(request: SubjectRequest) -> None:
    """Return where what is said goes to the child, or to whoever told us; raise HeldBack where an authority asked that nobody else be warned."""
    is_told = request.who == rules.Who.REPORTER or request.checked == rules.Checked.SIX_WORDS
    if request.case is not None and not is_told and not (request.who == rules.Who.THEMSELVES and _is_the_child(request.person)):
        require_no_hold(request.case)


def _is_the_child(person: CasePerson | None) -> bool:
    roles = set(person.roles.filter(taken_back_at=None).values_list("role", flat=True)) if person else set()
    return bool(roles & {"child", "adult_survivor"}) and "person_of_concern" not in roles


def _days(desk: Organisation, now: datetime) -> timedelta:
    """Within how many days the schedule of `desk` has a request answered."""
    schedule = schedule_for(desk.country, now.date())
    return timedelta(days=schedule.answer_days if schedule else ANSWER_DAYS)


def _ask_to_erase(case: Case, by: Actor, now: datetime) -> None:
    if is_held(case):
        raise OnHold
    if erasure_of(case, now=now) is None:
        ask_erasure(case=case, ground=Ground.ASKED_IN_WRITING, by=by, now=now)


def _held(request: SubjectRequest, by: Actor, verb: Verb, *, named: bool = False) -> SubjectRequest:
    """The request locked, when `by` may do `verb`; with `named` also when a partner named them for it."""
    held = SubjectRequest.objects.select_for_update(of=("self",)).select_related("case", "person", "organisation").get(pk=request.pk)
    require(by, verb, organisation=held.organisation_id, case=held.pk if named else None)
    return held
