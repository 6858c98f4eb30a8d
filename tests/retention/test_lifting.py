"""Lifting a hold takes two people; a desk that has no second one names a person of a partner, who can answer that request and nothing else."""

from datetime import timedelta

import pytest
from django.urls import reverse
from tests.accounts.conftest import hire
from tests.accounts.test_doors import GUARDED, filled
from tests.response.test_pages import Browser, SignIn, proof_on
from tests.support.two_people import approved, proof

from cairndesk.accounts import actions as accounts
from cairndesk.accounts.errors import AskedAlready, FreshProofNeeded, NeedsSecondPerson, NotPermitted, OtherOrganisation, RequestClosed
from cairndesk.accounts.models import GuestGrant, Organisation, Person, Request
from cairndesk.accounts.rules import SYSTEM, Actor, Role
from cairndesk.cases.actions import lift_hold, place_hold
from cairndesk.cases.errors import HoldUnclear, LiftNotNow
from cairndesk.cases.models import Case, Hold
from cairndesk.cases.queries import is_held
from cairndesk.cases.rules.holding import HoldGround
from cairndesk.custody.queries import entries_about
from cairndesk.lib import clock
from cairndesk.retention.actions import ask_lift

pytestmark = pytest.mark.django_db
WHY = "The court has closed the matter."


@pytest.fixture
def hold(case: Case, ana: Actor) -> Hold:
    now = clock.now()
    return place_hold(case=case, ground=HoldGround.COURT, why="Order 7", review_on=now.date() + timedelta(days=30), by=ana, now=now)


def asked(hold: Hold, by: Actor, why: str = WHY) -> Request:
    return ask_lift(hold=hold, why=why, by=by, now=clock.now())


def test_nobody_lifts_what_they_asked_to_lift_and_only_a_supervisor_does(hold: Hold, ana: Actor, sam: Actor, lia: Actor, sue: Actor) -> None:
    own = asked(hold, sam)
    for by, refusal in ((sam, NeedsSecondPerson), (ana, NotPermitted), (lia, NotPermitted), (SYSTEM, NotPermitted)):
        with pytest.raises(refusal):
            approved(own, by)
    for fresh in (None, proof(own, sam)):
        with pytest.raises(FreshProofNeeded):
            accounts.approve(request=own, by=sue, fresh=fresh, now=clock.now())
    assert is_held(hold.case)
    approved(own, sue)
    assert not is_held(hold.case)
    told = [(line.event, line.actor) for line in entries_about(hold.pk)]
    names = ["cases.hold.placed", "cases.hold.lift_asked", "accounts.request.approved", "cases.hold.lifted"]
    assert told == list(zip(names, (by.pseudonym for by in (ana, sam, sue, sue)), strict=True))
    with pytest.raises(RequestClosed):
        accounts.approve(request=own, by=sue, fresh=None, now=clock.now())
    with pytest.raises(LiftNotNow):
        asked(hold, ana)


def test_an_asking_says_why_and_lifts_nothing_once_it_is_taken_back_or_out_of_date(hold: Hold, ana: Actor, sam: Actor, ola: Actor) -> None:
    with pytest.raises(HoldUnclear):
        asked(hold, ana, "  ")
    with pytest.raises(OtherOrganisation):
        asked(hold, ola)
    first = asked(hold, ana)
    with pytest.raises(AskedAlready):
        asked(hold, sam)
    fresh = proof(first, sam)
    accounts.take_back(request=first, by=ana, now=clock.now())
    second = asked(hold, ana)
    with pytest.raises(RequestClosed):
        approved(first, sam, fresh=fresh)
    with pytest.raises(RequestClosed):
        approved(second, sam, at=clock.now() + timedelta(hours=25))
    lift_hold(hold=hold, by=sam, now=clock.now())
    with pytest.raises(LiftNotNow):
        approved(second, sam)
    assert Request.objects.filter(done_at=None).count() == 2


@pytest.mark.slow
def test_a_desk_of_two_has_its_hold_lifted_by_a_named_person_of_a_partner(
    hold: Hold, analyst: Browser, supervisor: Browser, sign_in: SignIn, two: Organisation
) -> None:
    guest, stranger = sign_in(two, "Sue", Role.SUPERVISOR), sign_in(two, "Sol", Role.SUPERVISOR)
    supervisor.post(reverse("retention:hold", args=[hold.case_id, hold.pk]), {"act": "ask", "why": WHY})
    request = Request.objects.get()
    at = reverse("accounts:request", args=[request.pk])
    named = reverse("accounts:request-approver", args=[request.pk])
    sue = Person.objects.get(name="Sue")
    assert analyst.post(named, {"person": sue.pk}).status_code == 302
    page = guest.get(at).content.decode()
    assert "Lift a hold on case" in page
    assert WHY not in page
    assert stranger.get(at).status_code == 404
    guest.post(reverse("accounts:request-decide", args=[request.pk]), {"act": "approve"} | proof_on(guest, page))
    assert not is_held(hold.case)
    done = [line.actor for line in entries_about(hold.pk) if line.event in {"accounts.request.approved", "cases.hold.lifted"}]
    assert done == [str(sue.pseudonym)] * 2


@pytest.mark.one_database
@pytest.mark.slow
def test_who_was_named_for_one_request_gets_through_no_other_door_of_that_desk(
    hold: Hold, ana: Actor, sign_in: SignIn, two: Organisation, sam: Actor
) -> None:
    request, other = asked(hold, ana), asked(held_again(hold, ana), ana)
    guest, sol = sign_in(two, "Sue", *Role), hire(two, "Sol", Role.SUPERVISOR).person
    accounts.name_approver(request=request, person=Person.objects.get(name="Sue"), by=sam, now=clock.now())
    ids = {"case_id": hold.case_id, "hold_id": hold.pk, "request_id": request.pk, "item_id": hold.case.items.get().pk, "note_id": hold.why_id}
    before, open_to_them = everything(hold.case), set()
    tried = 0
    for route in (one for one in GUARDED if "sign-out" not in one):
        address = filled(route, **{name: str(key) for name, key in ids.items()})
        for way in ("get", "post"):
            answer = getattr(guest, way)(address)
            shown = answer.content.decode(errors="replace")
            tried += "<uuid:" in route
            if hold.case.number in shown or "Order 7" in shown:
                open_to_them.add((way, route))
            elif "<uuid:" in route:
                assert answer.status_code in {401, 403, 404, 405, 409, 422}, (way, route, answer.status_code)
    assert tried > 150
    assert open_to_them == {("get", "/requests/"), ("get", "/requests/<uuid:request_id>/")}
    for act in ("take_back", "approve"):
        assert guest.post(f"/requests/{request.pk}/decide/", {"act": act, "proof_digest": "00"}).status_code in {401, 403, 404}
    for act in ("take_back", "approve", "refuse"):
        assert guest.post(f"/requests/{other.pk}/decide/", {"act": act, "proof_digest": "00"}).status_code == 404
    assert guest.post(f"/requests/{request.pk}/approver/", {"person": sol.pk}).status_code == 404
    assert everything(hold.case) == before
    assert is_held(hold.case)


def held_again(hold: Hold, by: Actor) -> Hold:
    return place_hold(case=hold.case, ground=HoldGround.CLAIM, why="A claim", review_on=hold.review_on, by=by, now=clock.now())


def everything(case: Case) -> object:
    """What the guest could have changed of that desk."""
    rows = (Case.objects.filter(pk=case.pk), case.holds.all(), Request.objects.all(), GuestGrant.objects.all(), Person.objects.all())
    return [list(one.order_by("pk").values()) for one in rows]
