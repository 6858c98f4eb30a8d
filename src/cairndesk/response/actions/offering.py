"""Offering a case to a desk of another installation: let go by two people, and taken back before it is answered."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.urls import reverse
from pydantic import ValidationError

from cairndesk.accounts import actions as accounts
from cairndesk.accounts import undo
from cairndesk.accounts.acts import Words
from cairndesk.accounts.models import Organisation, Request
from cairndesk.accounts.rules import Actor, Kind, Verb, require
from cairndesk.accounts.rules.sharing import Data, Recipient
from cairndesk.accounts.sharing import require_sharing
from cairndesk.cases.actions import respect
from cairndesk.cases.acts import OfCase
from cairndesk.cases.models import Case
from cairndesk.cases.queries import limits_of
from cairndesk.cases.rules.choices import Act
from cairndesk.custody.actions import record, seal
from cairndesk.custody.rules import Event, Purpose
from cairndesk.directory.profiles import Gives
from cairndesk.exchange.actions import MAY_LEAVE
from cairndesk.exchange.errors import CannotHandOver, LetterOutOfTurn, NotConforming, PartnerOver
from cairndesk.exchange.formats.referral import Withdrawal
from cairndesk.exchange.queries import RECEIVES_AS
from cairndesk.lib.ids import new_id
from cairndesk.response import rules
from cairndesk.response.actions.gate import require_person
from cairndesk.response.actions.letters import heading, let_go_of, put_out, settle
from cairndesk.response.models import Crossing, CrossingLetter, PartnerDesk
from cairndesk.response.queries import crossing_digest, offer_of, profile_to
from cairndesk.response.rules import CrossingState, Paper, Side


@transaction.atomic
def ask_to_cross(*, case: Case, desk: PartnerDesk, reason: str, by: Actor, now: datetime) -> Request:
    """Afterwards another person can let `desk` be offered exactly what the case is now; until then nothing of it goes anywhere.

    Raises NotPermitted, CannotHandOver, PartnerOver, SharingRefused, AgainstTheirChoice, AskedAlready.
    """
    require_person(by)
    require(by, Verb.CASE_TRANSFER, organisation=case.organisation_id, stage=case.stage)
    _require_crossable(case, desk, now)
    sealed = seal(organisation=case.organisation_id, purpose=Purpose.REASON, plain=reason, now=now)
    plan = {"desk": str(desk.pk)}
    request = Request(kind=Kind.CROSS_OVER, organisation=case.organisation, case=case.pk, subject=case.pk, plan=plan, reason=sealed)
    return accounts.ask(request=request, by=by, now=now)


@transaction.atomic
def offer_to_desk(*, case: Case, desk: PartnerDesk, request: Request, by: Actor, now: datetime) -> Crossing:
    """Afterwards the offer is signed, closed to the key of `desk`, and waits to be sent or carried; the case stays until they accept.

    `by` is the second person, who approves `request`. Raises CannotHandOver, PartnerOver, SharingRefused, AgainstTheirChoice,
    LetterTooLong, NotConforming, DeskLocked.
    """
    _require_crossable(case, desk, now)
    answer_by, profile = now + rules.answer_within(is_emergency=case.is_emergency), profile_to(desk)
    given = {"case": case, "outline": {"gives": profile.kept}, "request": request, "offered_at": now, "answer_by": answer_by}
    made = Crossing.objects.create(offer=new_id(), side=Side.OUT, partner=desk, **given)
    try:
        document = offer_of(case, desk, offer=made.offer, answer_by=answer_by, now=now)
    except ValidationError as unclear:
        # Nothing of the case may stand in a trace.
        raise NotConforming(f"{unclear.error_count()} fields") from None
    # Whoever let it go may take it back before it leaves, also of a child in danger: at a wrong address nobody helps them.
    put_out(made, document, now, wait=undo.window())
    record(event=Event.EXCHANGE_CASE_OFFERED, subject_kind="case", subject=case.pk, by=by, now=now, detail=profile.told)
    return made


@transaction.atomic
def withdraw_from_desk(*, crossing: Crossing, by: Actor, now: datetime) -> Crossing:
    """Afterwards the offer is taken back. What they may have got is erased there when the letter arrives; what they have accepted stays theirs.

    Raises NotPermitted, LetterOutOfTurn where it was answered, DeskLocked.
    """
    require_person(by)
    held = Crossing.objects.select_for_update(of=("self",)).select_related("partner__organisation", "case").get(pk=crossing.pk)
    if held.case is None or held.side != Side.OUT or held.state != CrossingState.OFFERED:
        raise LetterOutOfTurn
    require(by, Verb.CASE_TRANSFER, organisation=held.case.organisation_id, stage=held.case.stage)
    # An offer that nobody has taken out of the house needs no letter after it. Of a worker that takes it this moment one of the two wins.
    unseen = CrossingLetter.objects.filter(crossing=held, paper=Paper.OFFER, attempts=0, taken_at=None, done_at=None)
    if not unseen.update(done_at=now):
        put_out(held, Withdrawal(**heading(held, now)), now)
    let_go_of(held, Paper.OFFER, now=now)
    settle(held, CrossingState.WITHDRAWN, by, now)
    record(event=Event.EXCHANGE_OFFER_WITHDRAWN, subject_kind="case", subject=held.case.pk, by=by, now=now)
    return held


class Offering(OfCase):
    """The other desk is offered the case as it was let go; it can take it or leave it."""

    kind, asks, does, about = Kind.CROSS_OVER, Verb.CASE_TRANSFER, Verb.CASE_TRANSFER, "case"

    def hold(self, request: Request) -> None:
        Case.objects.select_for_update(of=("self",)).get(pk=request.subject)

    def digest(self, request: Request) -> bytes:
        return crossing_digest(self.case(request), _desk(request), reason=request.reason_id)

    def seen(self, request: Request) -> Mapping[str, Any]:
        """The table by which it goes: whoever approves has read what is left out."""
        return profile_to(_desk(request)).told

    def check(self, request: Request, *, now: datetime) -> None:
        _require_crossable(self.case(request), _desk(request), now)

    def do(self, request: Request, *, by: Actor, now: datetime) -> str:
        desk = _desk(request)
        offer_to_desk(case=self.case(request), desk=desk, request=request, by=by, now=now)
        return f"The case is offered to {desk.name}." + ("" if desk.address else " Somebody carries the letter there.")

    def way_back(self, request: Request) -> str:
        made = Crossing.objects.filter(request=request).first()
        return reverse("response:withdraw", args=[made.pk]) if made is not None else ""

    def words(self, request: Request) -> Words:
        case, desk = self.case(request), _desk(request)
        asked, profile = "; ".join(one.words for one in limits_of(case)), profile_to(desk)
        going = f"accounts: {case.reports.count()}, what was reported, what was done and who was told, choices, days to keep"
        facts = [
            ("Case", case.number),
            ("To", f"{desk.name} · {desk.get_kind_display()} · {desk.country}"),
            ("Agreement", f"{desk.basis}, before {desk.valid_until}"),
            ("By which way", desk.address or "as a file that somebody carries"),
            ("Closed with the key", desk.seals_to),
            ("What goes along", going),
            ("Masked or left out", f"{profile.fields(Gives.MASKED, Gives.LEFT_OUT)} (table {profile.table} of sharing: {profile.bases})"),
            ("Who told us asked", asked or "nothing that binds us"),
            ("What stays here", "pictures and films, names, messages and the way back behind the six words, notes, and the log"),
        ]
        back = reverse("response:crossing", args=[case.pk])
        return Words(f"Offer case {case.number} to {desk.name}", facts, f"Let {desk.name} be offered the case", back)


def _require_crossable(case: Case, desk: PartnerDesk, now: datetime) -> None:
    """Raises CannotHandOver, PartnerOver, SharingRefused, AgainstTheirChoice."""
    open_ = case.handovers.filter(state="offered").exists() or case.crossings.filter(side=Side.OUT, state=CrossingState.OFFERED).exists()
    if case.stage not in MAY_LEAVE or open_:
        raise CannotHandOver
    if desk.organisation_id != case.organisation_id or not desk.is_in_force(now.date()):
        raise PartnerOver
    require_crossing_sharing(case, desk, now)


def require_crossing_sharing(case: Case, desk: PartnerDesk, now: datetime) -> None:
    """Return when what was told may go to `desk` now; raise SharingRefused, AgainstTheirChoice. Asked again whenever it leaves the house."""
    recipient = RECEIVES_AS[Organisation.Kind(desk.kind)]
    if recipient is Recipient.AUTHORITY:
        respect(case=case, act=Act.TELL_POLICE)
    require_sharing(organisation=case.organisation_id, data={Data.ACCOUNT}, recipient=recipient, country=desk.country, now=now)


def _desk(request: Request) -> PartnerDesk:
    return PartnerDesk.objects.get(pk=request.plan["desk"])
