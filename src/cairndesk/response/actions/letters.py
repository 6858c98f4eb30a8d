"""Letters between desks: written and closed here, and taken in when they come, once and in their turn."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db import transaction

from cairndesk.accounts import undo
from cairndesk.accounts.models import Organisation
from cairndesk.accounts.rules import Actor
from cairndesk.cases.actions import move
from cairndesk.cases.models import Case
from cairndesk.cases.rules import Stage
from cairndesk.custody import access
from cairndesk.custody.actions import erase, record, seal
from cairndesk.custody.errors import UnknownKey
from cairndesk.custody.rules import Event, Purpose
from cairndesk.custody.sealing import hpke
from cairndesk.custody.sealing.keys import Signing
from cairndesk.exchange.actions import MAY_LEAVE
from cairndesk.exchange.errors import (
    ForeignDesk,
    LetterChanged,
    LetterNotOpened,
    LetterOutOfTurn,
    LetterRefused,
    OfferPast,
    PartnerOver,
    TakenBefore,
    WrongRecipient,
)
from cairndesk.exchange.formats import referral
from cairndesk.exchange.formats.referral import Acceptance, Document, Done, Feedback, Offer, Receipt, Refusal, Return
from cairndesk.intake.actions import end_alarm, raise_alarm, tell_milestone, untell_milestone
from cairndesk.intake.errors import NoRoom
from cairndesk.intake.rules import OUTCOMES
from cairndesk.lib import text
from cairndesk.lib.errors import DeskError
from cairndesk.lib.ids import new_id
from cairndesk.lib.reserve import has_room
from cairndesk.response.models import Crossing, CrossingLetter, PartnerDesk
from cairndesk.response.queries import given_by, is_as_offered, own_party
from cairndesk.response.rules import TAKES, CrossingState, Paper, Side, said
from cairndesk.triage.rules.priority import words_for
from cairndesk.triage.rules.table import shipped

log = structlog.get_logger()


def alarm_of(crossing: Crossing) -> str:
    """The name under which an offered emergency rings."""
    return f"offer-{crossing.pk}"


def heading(crossing: Crossing, now: datetime) -> dict[str, Any]:
    """What every document about `crossing` that is written now says of itself. Raises DeskLocked."""
    desk = crossing.partner
    return {"id": new_id(), "offer": crossing.offer, "sender": own_party(desk.organisation), "recipient": desk.seals_to, "made_at": now}


def put_out(crossing: Crossing, document: Document, now: datetime, *, wait: timedelta = timedelta(0)) -> CrossingLetter:
    """Afterwards the letter is closed to the partner's key and waits to be sent, at the earliest after `wait`, or carried.

    Raises LetterTooLong, DeskLocked.
    """
    sealed = referral.close(document, lambda message: access.keys().sign(Signing.EXPORT, message))
    digest = hashlib.sha256(sealed).hexdigest()
    paper = Paper(document.kind)
    given = {"document": document.id, "paper": paper, "sealed": sealed, "digest": digest, "made_at": now, "next_try_at": now + wait}
    return CrossingLetter.objects.create(crossing=crossing, side=Side.OUT, **given)


def let_go_of(crossing: Crossing, *papers: Paper, now: datetime) -> None:
    """Afterwards nothing is kept or sent of our letters of these kinds: they have arrived, or must not arrive any more."""
    ours = CrossingLetter.objects.filter(crossing=crossing, side=Side.OUT, paper__in=papers)
    ours.filter(done_at=None).update(done_at=now, claimed_by="", lease_until=None)
    ours.update(sealed=b"")


def take_letter(*, data: bytes, by: Actor, now: datetime, organisation: Organisation | None = None) -> Crossing:
    """Afterwards the letter has had its effect, in one transaction; nothing of one that is refused is kept.

    `organisation`: who was given it; None where its key says for whom it is. Raises LetterRefused in each of its kinds, DeskLocked, NoRoom.
    The log of the processes says why one was refused, by codes alone.
    """
    try:
        return _take(data, by, now, organisation)
    except LetterRefused as refused:
        log.warning("letter_not_taken", code=refused.code, digest=hashlib.sha256(data).hexdigest()[:12])
        raise


@transaction.atomic
def _take(data: bytes, by: Actor, now: datetime, given: Organisation | None) -> Crossing:
    letter = referral.read_letter(data)
    organisation = _addressee(bytes.fromhex(letter.to), given)
    document, is_signed = referral.open_letter(letter, lambda blob, context: access.keys().unseal(organisation.pk, blob, context))
    desk = _sender(document, organisation, is_signed)
    if not has_room(settings.DATA):
        raise NoRoom
    digest = hashlib.sha256(data).hexdigest()
    # By who signed it: whoever sees the id of another's letter cannot use it up.
    theirs = CrossingLetter.objects.filter(crossing__partner__organisation=organisation, crossing__partner__signs_with=desk.signs_with)
    before = theirs.filter(side=Side.IN, document=document.id).first()
    if before is not None:
        raise TakenBefore if before.digest == digest else LetterChanged
    crossing = _opened(document, desk, now) if isinstance(document, Offer) else _followed(document, desk)
    given_row = {"document": document.id, "paper": Paper(document.kind), "digest": digest, "made_at": document.made_at, "done_at": now}
    CrossingLetter.objects.create(crossing=crossing, side=Side.IN, **given_row)
    _EFFECTS[type(document)](crossing, document, by, now)
    return crossing


def _addressee(key: bytes, given: Organisation | None) -> Organisation:
    for organisation in [given] if given else Organisation.objects.order_by("pk"):
        try:
            if hpke.key_id(access.keys().own_public(organisation.pk)) == key:
                return organisation
        except UnknownKey:
            continue
    raise LetterNotOpened


def _sender(document: Document, organisation: Organisation, is_signed: Callable[[bytes], bool]) -> PartnerDesk:
    """The partner desk that signed this to us and to nobody else. Of a partner that has ended, what is under way is still taken."""
    if document.recipient != access.keys().own_public(organisation.pk).hex():
        raise WrongRecipient
    rows = PartnerDesk.objects.select_for_update(of=("self",)).select_related("organisation").filter(organisation=organisation)
    known = rows.filter(seals_to=document.sender.seals_to, confirmed_at__isnull=False).order_by("-entered_at")
    found = next((one for one in known if is_signed(bytes.fromhex(one.signs_with))), None)
    if found is None:
        raise ForeignDesk
    return found


def _opened(offer: Offer, desk: PartnerDesk, now: datetime) -> Crossing:
    if not desk.is_in_force(now.date()):
        raise PartnerOver
    if offer.id != offer.offer or Crossing.objects.filter(side=Side.IN, partner=desk, offer=offer.offer).exists():
        raise LetterOutOfTurn
    if offer.answer_by <= now:
        raise OfferPast
    words = referral.write(offer).decode().rstrip()
    return Crossing.objects.create(
        offer=offer.offer,
        side=Side.IN,
        partner=desk,
        document=seal(organisation=desk.organisation_id, purpose=Purpose.TOLD, plain=words, now=now),
        outline=_outline(offer),
        theirs=offer.reference[:40],
        offered_at=now,
        answer_by=offer.answer_by,
    )


def _outline(offer: Offer) -> dict[str, object]:
    """What may be seen before anybody accepts: codes, counts, days and names of organisations, and nothing that was told."""
    plain = offer.model_dump(mode="json", include={"child", "items_left_out", "originals"})
    # In our own words: what another desk writes may hold more than a code should.
    reasons = [_reason(one.code) for one in offer.urgency.reasons]
    plain["urgency"] = {"emergency": offer.urgency.emergency, "priority": offer.urgency.priority, "reasons": reasons}
    plain["child"]["known"] = [said(name) for name, answer in offer.child.dangers.items() if answer == "yes"]
    plain["child"]["set_aside"] = [f"{said(one.choice)} ({said(one.ground)})" for one in offer.child.set_aside]
    plain["done"] = _done(offer.done)
    plain["kept"] = [{"what": said(one.what), "until": one.until} for one in offer.kept]
    about = {"accounts": len(offer.accounts), "items": len(offer.items), "languages": sorted({one.language for one in offer.accounts})}
    return {**plain, **about, "paths": sorted({one.path for one in offer.accounts})}


def _reason(code: str) -> str:
    """A reason in the words of this desk; what it does not know stays a code."""
    try:
        return words_for(code, shipped())
    except (KeyError, DeskError):
        return code


def _done(steps: Sequence[Done]) -> list[dict[str, str]]:
    """Steps as they may stand in clear: codes, days, and the name of an organisation."""
    return [{"what": said(one.what), "to": text.clean(one.to)[:120], "at": referral.day(one.at), "state": said(one.state)} for one in steps]


def _followed(document: Document, desk: PartnerDesk) -> Crossing:
    """The crossing of `desk` that the document is about, where that is what comes next."""
    rows = Crossing.objects.select_for_update(of=("self",)).select_related("partner__organisation", "case")
    same_key = rows.filter(offer=document.offer, partner__organisation=desk.organisation_id, partner__seals_to=desk.seals_to)
    paper = Paper(document.kind)
    found = next((one for one in same_key if one.state in TAKES[Side(one.side)].get(paper, ())), None)
    if found is None:
        raise LetterOutOfTurn
    return found


def _offered(crossing: Crossing, document: Document, by: Actor, now: datetime) -> None:
    if crossing.outline["urgency"]["emergency"]:
        raise_alarm(spool_name=alarm_of(crossing), organisation=crossing.partner.organisation, now=now)
    record(event=Event.EXCHANGE_OFFER_RECEIVED, subject_kind="crossing", subject=crossing.pk, by=by, now=now)


def _withdrawn(crossing: Crossing, document: Document, by: Actor, now: datetime) -> None:
    drop_document(crossing, now)
    end_alarm(spool_name=alarm_of(crossing), by=by, now=now)
    settle(crossing, CrossingState.WITHDRAWN, by, now)
    record(event=Event.EXCHANGE_OFFER_WITHDRAWN, subject_kind="crossing", subject=crossing.pk, by=by, now=now)


def _accepted(crossing: Crossing, document: Document, by: Actor, now: datetime) -> None:
    if not isinstance(document, Acceptance) or crossing.case is None:
        raise LetterOutOfTurn
    _theirs(crossing, document.reference, by, now)
    settle(crossing, CrossingState.ACCEPTED, by, now)


def _theirs(crossing: Crossing, reference: str, by: Actor, now: datetime) -> None:
    """Afterwards they have the case. Ours is answered, unless the offer was taken back meanwhile, more was told, or somebody works on it."""
    case = _locked_case(crossing)
    is_free = crossing.state == CrossingState.OFFERED and case.stage in MAY_LEAVE and is_as_offered(crossing)
    crossing.theirs, crossing.left_open = reference[:40], not is_free
    crossing.save(update_fields=["theirs", "left_open"])
    if is_free:
        leave(case, by, now)
    tell_milestone(case=case, code="passed_on", by=by, now=now)
    tell_milestone(case=case, code="handed_over", by=by, now=now, anew=True, holder=crossing.partner.name)
    let_go_of(crossing, Paper.OFFER, Paper.WITHDRAWAL, now=now)
    record(event=Event.EXCHANGE_CASE_ACCEPTED, subject_kind="case", subject=case.pk, by=by, now=now)


def _locked_case(crossing: Crossing) -> Case:
    if crossing.case_id is None:
        raise LetterOutOfTurn
    return Case.objects.select_for_update(of=("self",)).get(pk=crossing.case_id)


def _refused(crossing: Crossing, document: Document, by: Actor, now: datetime) -> None:
    if not isinstance(document, Refusal) or crossing.case is None:
        raise LetterOutOfTurn
    keep_words(crossing, document.why, now)
    let_go_of(crossing, Paper.OFFER, Paper.WITHDRAWAL, now=now)
    settle(crossing, CrossingState.REFUSED, by, now)
    record(event=Event.EXCHANGE_CASE_REFUSED, subject_kind="case", subject=crossing.case.pk, by=by, now=now)


def _came_back(crossing: Crossing, document: Document, by: Actor, now: datetime) -> None:
    """The case goes on here, due at once, and they are told that we have it."""
    if not isinstance(document, Return) or crossing.case is None:
        raise LetterOutOfTurn
    if crossing.state != CrossingState.ACCEPTED:
        _theirs(crossing, "", by, now)
    case = _locked_case(crossing)
    if case.stage in {Stage.ANSWERED, Stage.CLOSED}:
        move(case=case, to=Stage.QUEUED, by=by, now=now, reason="handed_back", next_action_at=now)
    untell_milestone(case=case, code="handed_over")
    keep_words(crossing, "\n\n".join(filter(None, (document.why, document.did))), now)
    crossing.outline = {"done": _done(document.done)}
    crossing.save(update_fields=["outline"])
    settle(crossing, CrossingState.RETURNED, by, now)
    put_out(crossing, Receipt(**heading(crossing, now)), now)
    record(event=Event.EXCHANGE_CASE_TAKEN_BACK, subject_kind="case", subject=case.pk, by=by, now=now)


def _received(crossing: Crossing, document: Document, by: Actor, now: datetime) -> None:
    """They have their case again; ours is answered, unless somebody works on it."""
    case = _locked_case(crossing)
    crossing.left_open = case.stage not in MAY_LEAVE
    crossing.save(update_fields=["left_open"])
    if not crossing.left_open:
        leave(case, by, now)
    let_go_of(crossing, Paper.RETURN, now=now)
    settle(crossing, CrossingState.RETURNED, by, now)
    record(event=Event.EXCHANGE_CASE_TAKEN_BACK, subject_kind="case", subject=case.pk, by=by, now=now)


def _heard(crossing: Crossing, document: Document, by: Actor, now: datetime) -> None:
    """What came of it there stands on our case; the newest counts, where they opened it again."""
    if not isinstance(document, Feedback) or crossing.case_id is None:
        raise LetterOutOfTurn
    crossing.outcome, crossing.outcome_at = document.outcome, document.closed_at
    crossing.save(update_fields=["outcome", "outcome_at"])
    detail = {"outcome": document.outcome if document.outcome in OUTCOMES else "other"}
    record(event=Event.EXCHANGE_OUTCOME_HEARD, subject_kind="case", subject=crossing.case_id, by=by, now=now, detail=detail)


_EFFECTS: Mapping[type[Document], Callable[[Crossing, Document, Actor, datetime], None]] = {
    Offer: _offered,
    referral.Withdrawal: _withdrawn,
    Acceptance: _accepted,
    Refusal: _refused,
    Return: _came_back,
    Receipt: _received,
    Feedback: _heard,
}


def tell_outcome(case: Case, outcome: str, now: datetime) -> None:
    """Afterwards a letter waits to go to the desk that gave us `case`, if one did: which outcome it has here, as a code. Raises DeskLocked.

    It does not go while the case is open again, and no more once there is a newer one.
    """
    for crossing in given_by(case):
        let_go_of(crossing, Paper.FEEDBACK, now=now)
        put_out(crossing, Feedback(**heading(crossing, now), outcome=outcome, closed_at=now), now, wait=undo.window())


def leave(case: Case, by: Actor, now: datetime) -> None:
    """Afterwards the case is answered here, because another desk has it."""
    move(case=case, to=Stage.ANSWERED, by=by, now=now, reason="handed_over", next_action_at=now)
    Case.objects.filter(pk=case.pk).update(outcome="passed_on")


def keep_words(crossing: Crossing, words: str, now: datetime) -> None:
    """Afterwards `words` stand with the crossing, sealed."""
    crossing.why = seal(organisation=crossing.partner.organisation_id, purpose=Purpose.NOTE, plain=words, now=now)
    crossing.save(update_fields=["why"])


def drop_document(crossing: Crossing, now: datetime) -> None:
    """Afterwards what was offered to us cannot be opened by anybody."""
    if crossing.document_id is not None:
        erase(items=[crossing.document_id], now=now)


def settle(crossing: Crossing, state: CrossingState, by: Actor, now: datetime) -> None:
    """Afterwards the crossing stands at `state`."""
    crossing.state, crossing.decided_by, crossing.decided_at = state, by.pseudonym, now
    crossing.save(update_fields=["state", "decided_by", "decided_at"])
