"""A desk of another installation, as far as it can be seen from ours: what it signs, and what passes between the two."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from tests.support.two_people import approved

from cairndesk.accounts.models import Organisation
from cairndesk.accounts.rules import Actor
from cairndesk.cases.models import Case
from cairndesk.custody.sealing.keyring import Keyring
from cairndesk.exchange.formats import referral
from cairndesk.exchange.formats.referral import Acceptance, Document, Offer, Party, Return
from cairndesk.lib.ids import new_id
from cairndesk.response import actions
from cairndesk.response.models import Crossing, PartnerDesk
from cairndesk.response.queries import own_party

DONE = {"what": "notice", "to": "Sample Host", "state": "sent"}


@dataclass
class Elsewhere:
    """A desk with a ring of its own, whose letters come to `to`."""

    to: Organisation
    by: Actor
    now: datetime
    name: str = "Desk Elsewhere"
    own: UUID = field(default_factory=new_id)
    ring: Keyring = field(init=False)

    def __post_init__(self) -> None:
        self.ring = Keyring.create([self.own])

    @property
    def party(self) -> Party:
        return Party(name=self.name, seals_to=self.ring.own_public(self.own).hex(), signs_with=self.ring.public("export").hex())

    def entered(self, by: Actor, other: Actor | None, **changed: Any) -> PartnerDesk:
        """It is entered at `to` by one person, and confirmed by `other`."""
        days = {"valid_from": self.now.date() - timedelta(days=30), "valid_until": self.now.date() + timedelta(days=365)}
        keys = self.party.model_dump(include={"seals_to", "signs_with"})
        about = {"name": self.name, "kind": "ngo", "country": "XX", "address": "", "basis": "A memorandum of this year"}
        made = actions.enter_partner(facts={**about, **days, **keys, **changed}, by=by, now=self.now)
        return actions.confirm_partner(desk=made, by=other, now=self.now) if other else made

    def offers(self, told: dict[str, Any], *, emergency: bool = False, answer_in: timedelta = timedelta(days=2)) -> Crossing:
        """It offers a case."""
        account = {"received_at": self.now, "source": "child", "channel": "portal", "path": "child", "language": "fr", "answers": told}
        child = {"dangers": {"self_harm": "unknown"}, "ages": ["age_13"], "child_may_have_harmed": False, "notices_held": True}
        given = {
            "reference": "K7MN-4PQR",
            "answer_by": self.now + answer_in,
            "urgency": {"emergency": emergency, "priority": 2, "reasons": [{"code": "threat", "words": "somebody is being threatened"}]},
            "accounts": [account],
            "child": {**child, "choices": [], "set_aside": [{"choice": "no_police", "ground": "danger", "at": self.now}]},
            "items": [{"kind": "url", "value": "https://galleries.example/f"}],
            "items_left_out": 1,
            "originals": 2,
            "done": [{**DONE, "at": self.now}],
            "kept": [{"what": "preserved_by_provider", "until": "2027-06-01"}, {"what": "legal_hold"}],
        }
        offer = new_id()
        return self.sends(Offer.model_validate({**self._heading(offer), "id": offer, **given}))

    def accepts(self, crossing: Crossing) -> Crossing:
        return self.sends(Acceptance(**self._heading(crossing.offer), reference="Z9XW-2VTS"))

    def returns(self, crossing: Crossing) -> Crossing:
        words = {"why": "The family moved back.", "did": "The school was not told.", "done": [{**DONE, "at": self.now}]}
        return self.sends(Return.model_validate({**self._heading(crossing.offer), **words}))

    def sends(self, document: Document) -> Crossing:
        letter = referral.close(document, lambda message: self.ring.sign("export", message))
        return actions.take_letter(data=letter, by=self.by, now=self.now, organisation=self.to)

    def _heading(self, offer: UUID) -> dict[str, Any]:
        return {"id": new_id(), "offer": offer, "sender": self.party, "recipient": own_party(self.to).seals_to, "made_at": self.now}


def offered(case: Case, desk: PartnerDesk, *, by: Actor, other: Actor, now: datetime) -> Crossing:
    """The case is offered: `by` asked, `other` let it go."""
    approved(actions.ask_to_cross(case=case, desk=desk, reason="The child lives there.", by=by, now=now), other, now)
    return Crossing.objects.filter(case=case, side="out").latest("offered_at")


def everything(to: Organisation, cases: tuple[Case, Case], *, by: Actor, other: Actor, now: datetime) -> tuple[Crossing, Crossing]:
    """Offers that wait and that were answered, in both directions; returns one that we accepted and one that came back to us."""
    there = Elsewhere(to, by, now)
    desk = there.entered(by, other)
    Elsewhere(to, by, now, name="Desk Far Away").entered(other, None, address="https://desk.example/api/v1/referrals")
    there.offers({"what": ["threatens"], "more": "He says he will show them."})
    taken = there.offers({"what": ["found"]})
    actions.accept_from_desk(crossing=taken, by=by, now=now)
    taken.refresh_from_db()
    offered(cases[0], desk, by=by, other=other, now=now - timedelta(days=9))
    back = offered(cases[1], desk, by=by, other=other, now=now)
    there.accepts(back)
    return taken, there.returns(back)
