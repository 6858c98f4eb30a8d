"""Lifting a hold: one person asks and says why, a supervisor who is another one does it."""

from datetime import datetime

from django.db import transaction
from django.urls import reverse

from cairndesk.accounts import actions as accounts
from cairndesk.accounts.acts import Words
from cairndesk.accounts.models import Request
from cairndesk.accounts.rules import Actor, Kind, Verb, digest_of, require
from cairndesk.cases.actions import lift_hold
from cairndesk.cases.acts import OfCase
from cairndesk.cases.errors import HoldUnclear, LiftNotNow
from cairndesk.cases.models import Hold
from cairndesk.custody.actions import seal
from cairndesk.custody.rules import Event, Purpose


@transaction.atomic
def ask_lift(*, hold: Hold, why: str, by: Actor, now: datetime) -> Request:
    """Afterwards another person can lift the hold; it stands until then, and the reason is kept sealed.

    Raises NotPermitted, HoldUnclear without a reason, AskedAlready, LiftNotNow.
    """
    case = hold.case
    require(by, Verb.HOLD_PLACE, organisation=case.organisation_id, stage=case.stage)
    if not why.strip():
        raise HoldUnclear
    sealed = seal(organisation=case.organisation_id, purpose=Purpose.REASON, plain=why.strip(), now=now)
    request = Request(kind=Kind.LIFT_HOLD, organisation=case.organisation, case=case.pk, subject=hold.pk, reason=sealed)
    return accounts.ask(request=request, by=by, now=now)


class Lifting(OfCase):
    """The hold protects nothing any more, and what is due by then is destroyed."""

    kind, asks, does, about = Kind.LIFT_HOLD, Verb.HOLD_PLACE, Verb.HOLD_LIFT, "hold"
    asked, taken_back = Event.CASES_HOLD_LIFT_ASKED, Event.CASES_HOLD_LIFT_WITHDRAWN

    def hold(self, request: Request) -> None:
        Hold.objects.select_for_update().get(pk=request.subject)

    def digest(self, request: Request) -> bytes:
        hold = Hold.objects.get(pk=request.subject)
        if hold.lifted_at is not None:
            raise LiftNotNow
        return digest_of("cases.lift_hold", hold=hold.pk, case=hold.case_id, original=hold.original_id, reason=request.reason_id)

    def do(self, request: Request, *, by: Actor, now: datetime) -> str:
        lift_hold(hold=Hold.objects.get(pk=request.subject), by=by, now=now)
        return "The hold is lifted. What is due by the schedule will be destroyed."

    def words(self, request: Request) -> Words:
        hold = Hold.objects.select_related("case").get(pk=request.subject)
        what = "one original, and what belongs to it" if hold.original_id else "the whole case"
        facts = [("Case", hold.case.number), ("What is held", what), ("Held because", hold.ground_words), ("Since", f"{hold.placed_at:%Y-%m-%d}")]
        facts.append(("What follows", "what is due by the schedule is destroyed"))
        return Words(f"Lift a hold on case {hold.case.number}", facts, "Lift this hold", reverse("retention:holds", args=[hold.case_id]))
