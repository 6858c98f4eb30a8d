"""Two desks that know each other: One and Two, each a partner of the other, as two people of each entered it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from tests.support.cast import NOON, actor
from tests.support.two_people import approved

from cairndesk.accounts.models import Organisation
from cairndesk.accounts.rules import Actor, Role
from cairndesk.cases.actions import move
from cairndesk.cases.models import Case
from cairndesk.cases.rules import Stage
from cairndesk.custody.sealing.keyring import Keyring
from cairndesk.intake.actions import take_report
from cairndesk.intake.rules import Path
from cairndesk.response import actions
from cairndesk.response.models import Crossing, CrossingLetter, PartnerDesk
from cairndesk.response.queries import own_party
from cairndesk.response.rules import Side

LINK = "https://chat.harbour.example/r/1"
TOLD = {"what": ["threatens"], "link": LINK, "more": "He says he will show them.", "safe_contact": "no", "tell": ["no_police", "no_school"]}


def facts(of: Organisation, **changed: object) -> dict[str, object]:
    """What one desk enters about `of`."""
    keys = {"seals_to": own_party(of).seals_to, "signs_with": own_party(of).signs_with}
    days = {"valid_from": NOON.date(), "valid_until": NOON.date() + timedelta(days=365)}
    about = {"name": of.name, "kind": "ngo", "country": "XX", "address": "", "basis": "A memorandum of March 2026"}
    return {**about, **keys, **days, **changed}


def partner(by: Actor, other: Actor, of: Organisation, **changed: object) -> PartnerDesk:
    """`of` as a partner desk that `by` entered and `other` confirmed."""
    made = actions.enter_partner(facts=facts(of, **changed), by=by, now=NOON)
    return actions.confirm_partner(desk=made, by=other, now=NOON)


def offered(case: Case, desk: PartnerDesk, *, by: Actor, other: Actor, now: datetime = NOON) -> Crossing:
    """The case is offered: `by` asked, `other` let it go."""
    approved(actions.ask_to_cross(case=case, desk=desk, reason="The child lives there.", by=by, now=now), other, now)
    return Crossing.objects.filter(case=case, side=Side.OUT).latest("offered_at")


def letter_of(crossing: Crossing, paper: str) -> bytes:
    """The closed letter as a file."""
    return bytes(CrossingLetter.objects.get(crossing=crossing, side=Side.OUT, paper=paper).sealed)


@dataclass
class Desks:
    """One and Two with the people of both; `carry` brings a letter from one to the other as a file."""

    one: Organisation
    two: Organisation
    sam: Actor
    sue: Actor
    lou: Actor
    lee: Actor
    to_two: PartnerDesk
    to_one: PartnerDesk

    def offer(self, case: Case, now: datetime = NOON) -> tuple[Crossing, Crossing]:
        """Both sides of an offer that has arrived."""
        ours = offered(case, self.to_two, by=self.sam, other=self.sue, now=now)
        return ours, self.to_their_desk(letter_of(ours, "offer"), now)

    def to_their_desk(self, letter: bytes, now: datetime = NOON) -> Crossing:
        return actions.take_letter(data=letter, by=self.lou, now=now, organisation=self.two)

    def to_our_desk(self, letter: bytes, now: datetime = NOON) -> Crossing:
        return actions.take_letter(data=letter, by=self.sam, now=now, organisation=self.one)


@pytest.fixture
def desks(ring: Keyring, one: Organisation, two: Organisation, sam: Actor, sue: Actor, lou: Actor) -> Desks:
    lee, leo = actor(two, "Lee", Role.SUPERVISOR), actor(two, "Leo", Role.SUPERVISOR)
    return Desks(one, two, sam, sue, lou, lee, to_two=partner(sam, sue, two), to_one=partner(lee, leo, one))


@pytest.fixture
def told(ring: Keyring, one: Organisation, cal: Actor) -> Case:
    taken = take_report(organisation=one, path=Path.CHILD, language="fr", channel="phone", told=TOLD, by=cal, now=NOON)
    move(case=taken.case, to=Stage.QUEUED, by=cal, now=NOON)
    return taken.case
