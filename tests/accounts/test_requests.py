"""Acts that take two people: nobody answers their own request, by whatever way they come, and only what was asked for is done."""

import itertools
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.accounts.conftest import Staff, enrol, enter, hire
from tests.accounts.test_people import fresh
from tests.support.authenticator import Authenticator

from cairndesk.accounts import actions, errors, queries
from cairndesk.accounts.actions import approval_digest
from cairndesk.accounts.models import GuestGrant, Organisation, Request, RoleGrant, Session
from cairndesk.accounts.rules import SYSTEM, FreshProof, Proof, Role, Verb
from cairndesk.custody.queries import entries_about
from cairndesk.lib import clock

pytestmark = pytest.mark.django_db
WANTED = [Role.ANALYST, Role.LIAISON]


def asked(by: Staff, person: Staff, roles: list[Role] | None = None) -> Request:
    return actions.ask_roles(person=person.person, roles=roles or WANTED, by=by.actor, now=clock.now())


def approve(request: Request, by: Staff, proof: FreshProof | None = None) -> str:
    return actions.approve(request=request, by=by.actor, fresh=proof or fresh(by, approval_digest(request)), now=clock.now())


@pytest.fixture
def adi(one: Organisation) -> Staff:
    """An administrator who is a supervisor as well: both sides of the table would be open to one person."""
    return hire(one, "Adi", Role.ADMINISTRATOR, Role.SUPERVISOR)


def test_nobody_answers_their_own_request_whichever_role_sign_in_or_key_they_use(adi: Staff, ana: Staff) -> None:
    request = asked(adi, ana)
    enrol(adi.person, second := Authenticator())
    routes = [adi.actor, replace(adi.actor, proof=Proof.PASSWORD), replace(adi.actor, roles=frozenset({Role.SUPERVISOR}), name="Somebody else")]
    for by in routes:
        proof = FreshProof(pseudonym=by.pseudonym, digest=approval_digest(request), proof=by.proof, at=clock.now())
        for act in (lambda by=by, proof=proof: actions.approve(request=request, by=by, fresh=proof, now=clock.now()),
                    lambda by=by: actions.refuse(request=request, by=by, now=clock.now())):  # fmt: skip
            with pytest.raises(errors.NeedsSecondPerson):
                act()
    with pytest.raises(errors.NeedsSecondPerson):
        approve(request, Staff(adi.person, second))
    assert ana.actor.roles == {Role.ANALYST}


def test_a_second_browser_of_the_same_person_gets_no_button_and_no_answer(adi: Staff, ana: Staff) -> None:
    first, second = enter(adi), enter(adi)
    page = first.post(f"/people/{ana.person.pk}/roles/", {"roles": ["liaison"]}).headers["Location"]
    assert "proof_digest" not in second.get(page).content.decode()
    assert second.post(f"{page}decide/", {"act": "refuse"}).status_code == 403
    digest = approval_digest(Request.objects.get()).hex()
    begun = second.post("/ceremonies/", {"purpose": "confirm", "digest": digest}).json()
    sent = {"act": "approve", "proof_digest": digest, "ceremony": begun["ceremony"], "answer": adi.key.get(begun["options"])}
    assert second.post(f"{page}decide/", sent).status_code == 403
    assert ana.actor.roles == {Role.ANALYST}


def test_the_database_too_refuses_one_person_as_both(ada: Staff, ana: Staff) -> None:
    request = asked(ada, ana)
    for row in ({"done_by": request.asked_by, "done_at": clock.now()}, {"done_at": clock.now()}, {"done_by": "another"}, {"asked_by": ""}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Request.objects.filter(pk=request.pk).update(**row)


def test_who_asked_for_what_cannot_be_rewritten_not_even_by_the_desks_own_statements(ada: Staff, sam: Staff, ana: Staff) -> None:
    request = asked(ada, ana)
    rows = ({"asked_by": sam.actor.pseudonym}, {"asked_at": clock.now()}, {"kind": "erase"}, {"subject": sam.person.pk})
    for row in (*rows, {"organisation": ada.person.organisation}):
        with pytest.raises(IntegrityError, match="who asked for what is kept"), transaction.atomic():
            Request.objects.filter(pk=request.pk).update(**row)
    assert Request.objects.get().asked_by == ada.actor.pseudonym


def test_the_person_concerned_is_not_the_second_one(ada: Staff, sam: Staff) -> None:
    with pytest.raises(errors.NeedsSecondPerson):
        approve(asked(ada, sam), sam)


def test_a_proof_of_another_request_or_another_person_or_an_old_one_serves_nothing(ada: Staff, sam: Staff, ana: Staff, ola: Staff) -> None:
    request, other = asked(ada, ana), asked(ada, hire(ana.person.organisation, "Abe", Role.CALL_TAKER))
    right = fresh(sam, approval_digest(request))
    for wrong in (None, fresh(sam, approval_digest(other)), fresh(ada, approval_digest(request)), replace(right, at=right.at - timedelta(hours=1))):
        with pytest.raises(errors.FreshProofNeeded):
            actions.approve(request=request, by=sam.actor, fresh=wrong, now=clock.now())
    with pytest.raises(errors.OtherOrganisation):
        approve(request, ola)
    approve(request, sam, right)
    with pytest.raises(errors.RequestClosed):
        approve(request, sam, right)


def test_what_changed_between_asking_and_approving_is_not_done(ada: Staff, sam: Staff, ana: Staff) -> None:
    request = asked(ada, ana)
    before = fresh(sam, approval_digest(request))
    RoleGrant.objects.create(person=ana.person, role=Role.AUDITOR, granted_at=clock.now())
    with pytest.raises(errors.ChangedMeanwhile):
        approve(request, sam, before)
    RoleGrant.objects.filter(role=Role.AUDITOR).delete()
    Request.objects.filter(pk=request.pk).update(plan={"after": ["administrator"]})
    with pytest.raises(errors.ChangedMeanwhile):
        approve(request, sam, before)
    assert ana.actor.roles == {Role.ANALYST}


def test_roles_wait_for_a_key_and_another_key_than_the_one_seen_gets_none(ada: Staff, sam: Staff, one: Organisation) -> None:
    nia = actions.add_person(organisation=one, sign_in_name="nia", name="Nia", roles=[Role.SUPERVISOR], by=ada.actor, now=clock.now())
    request = Request.objects.get()
    assert nia.roles == frozenset()
    with pytest.raises(errors.NotEnrolled):
        approval_digest(request)
    enrol(nia, Authenticator())
    seen = fresh(sam, approval_digest(request))
    nia.passkeys.all().delete()
    enrol(nia, Authenticator())
    with pytest.raises(errors.FreshProofNeeded):
        approve(request, sam, seen)
    approve(request, sam)
    assert queries.person_for(ada.actor, nia.pk).roles == {Role.SUPERVISOR}


def test_who_founds_a_desk_brings_the_second_person_and_nobody_is_alone_again(one: Organisation) -> None:
    ada = hire(one, "Ada", Role.ADMINISTRATOR)
    given = {"organisation": one, "by": ada.actor, "now": clock.now()}
    sam = actions.add_person(sign_in_name="sam", name="Sam", roles=[Role.SUPERVISOR], **given)
    assert sam.roles == {Role.SUPERVISOR}
    enrol(sam, Authenticator())
    actions.deactivate(person=sam, by=ada.actor, now=clock.now())
    assert actions.add_person(sign_in_name="mole", name="Mole", roles=[Role.SUPERVISOR], **given).roles == frozenset()


def test_a_request_runs_out_and_can_be_made_again(ada: Staff, sam: Staff, ana: Staff) -> None:
    request = asked(ada, ana)
    with pytest.raises(errors.AskedAlready):
        asked(ada, ana)
    Request.objects.filter(pk=request.pk).update(until=clock.now())
    with pytest.raises(errors.RequestClosed):
        approve(request, sam)
    approve(asked(ada, ana), sam)


def test_a_refused_or_taken_back_request_does_nothing_and_the_log_says_who(ada: Staff, sam: Staff, ana: Staff) -> None:
    refused = actions.refuse(request=asked(ada, ana), by=sam.actor, now=clock.now())
    back = actions.take_back(request=asked(ada, ana), by=ada.actor, now=clock.now())
    assert (refused.closed_how, back.closed_how, ana.actor.roles) == ("refused", "taken back", {Role.ANALYST})
    said = [(line.event.rpartition(".")[2], line.actor) for line in entries_about(ana.person.id) if ".request." in line.event]
    assert said == [(word, by.actor.pseudonym) for word, by in (("asked", ada), ("refused", sam), ("asked", ada), ("taken_back", ada))]
    for gone in (refused, back):
        with pytest.raises(errors.RequestClosed):
            actions.approve(request=gone, by=sam.actor, fresh=fresh(sam, approval_digest(gone)), now=clock.now())
        with pytest.raises(errors.RequestClosed):
            actions.take_back(request=gone, by=ada.actor, now=clock.now())


def test_neither_the_desk_itself_nor_a_machine_asks_or_answers(ada: Staff, sam: Staff, ana: Staff) -> None:
    request = asked(ada, ana)
    proof = fresh(sam, approval_digest(request))
    for by in (SYSTEM, replace(sam.actor, proof=Proof.API), replace(sam.actor, proof=Proof.SYSTEM)):
        with pytest.raises(errors.NotPermitted):
            actions.approve(request=request, by=by, fresh=proof, now=clock.now())


# A desk of two people


@pytest.fixture
def sue(two: Organisation) -> Staff:
    return hire(two, "Sue", Role.SUPERVISOR)


def named(request: Request, by: Staff, person: Staff) -> GuestGrant:
    return actions.name_approver(request=request, person=person.person, by=by.actor, now=clock.now())


def test_a_named_person_of_a_partner_answers_this_one_request_and_no_other(ada: Staff, ana: Staff, sam: Staff, sue: Staff) -> None:
    request, other = asked(ada, ana), asked(ada, sam)
    with pytest.raises(errors.OtherOrganisation):
        approve(request, sue)
    for wrong in (hire(sue.person.organisation, "Olu", Role.ANALYST), sam):
        # One whose role would not allow it at home, and one of one's own.
        with pytest.raises(errors.NotPossible):
            named(request, ada, wrong)
    named(request, ada, sue)
    with pytest.raises(errors.OtherOrganisation):
        approve(other, sue)
    browser = enter(sue)
    assert [one["request"] for one in browser.get("/requests/").context["waiting"]] == [request]
    page = browser.get(f"/requests/{request.pk}/").content.decode()
    assert "Change the roles of Ana" in page
    assert browser.get(f"/requests/{other.pk}/").status_code == 404
    for closed in ("/people/", f"/people/{ana.person.pk}/", f"/people/{ana.person.pk}/link/"):
        assert browser.get(closed).status_code in {403, 404, 405}
    approve(request, sue)
    assert ana.actor.roles == set(WANTED)
    assert {line.actor for line in entries_about(ana.person.id) if line.event == "accounts.request.approved"} == {sue.actor.pseudonym}


def test_the_right_of_a_named_person_ends_with_the_request(ada: Staff, ana: Staff, sue: Staff) -> None:
    request = asked(ada, ana)
    grant = named(request, ada, sue)
    assert grant.until == request.until
    GuestGrant.objects.update(until=clock.now())
    with pytest.raises(errors.OtherOrganisation):
        approve(request, sue)
    assert queries.partners_who_may(Verb.PEOPLE_RECOVER, stage=None, organisation=ada.person.organisation_id) == [sue.person]


# Whatever they do, in whichever order

PEOPLE = ("ada", "adi", "sam")
STEPS = st.lists(st.tuples(st.sampled_from(("ask", "approve", "refuse", "take_back", "sign_in", "name")), st.sampled_from(range(3))), max_size=8)


@pytest.mark.slow
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_no_sequence_of_acts_does_what_was_asked_by_who_does_it(ada: Staff, adi: Staff, sam: Staff, ana: Staff, steps: list[tuple[str, int]]) -> None:
    people = (ada, adi, sam)
    with transaction.atomic():
        for (step, who), number in zip(steps, itertools.count()):
            with_refusals(lambda step=step, who=who, number=number: act(step, people[who], ana, number))
        for done in Request.objects.exclude(done_at=None):
            assert done.done_by not in {done.asked_by, ""}
        changed = [line for line in entries_about(ana.person.id) if line.event == "accounts.roles.changed"]
        assert len(changed) == Request.objects.exclude(done_at=None).count()
        for by in people:
            # Alone, one person changes nothing, however often they come back.
            if {who for _, who in steps} == {people.index(by)}:
                assert not changed
        transaction.set_rollback(True)


def act(step: str, by: Staff, ana: Staff, number: int) -> None:
    request = Request.objects.order_by("-asked_at").first()
    if step == "ask":
        asked(by, ana, [Role.LIAISON] if number % 2 else [Role.AUDITOR])
    elif step == "sign_in":
        Session.objects.all().delete()
    elif request is not None and step == "name":
        named(request, by, by)
    elif request is not None and step == "approve":
        proof = FreshProof(pseudonym=by.actor.pseudonym, digest=approval_digest(request), proof=Proof.PASSKEY, at=clock.now())
        approve(request, by, proof)
    elif request is not None:
        getattr(actions, step)(request=request, by=by.actor, now=clock.now())


def with_refusals(act: Callable[[], None]) -> None:
    try:
        with transaction.atomic():
            act()
    except errors.AccountsError:
        pass


def test_the_pages_lead_from_asking_to_answering(ada: Staff, sam: Staff, ana: Staff) -> None:
    first, second = enter(ada), enter(sam)
    page = first.post(f"/people/{ana.person.pk}/roles/", {"roles": ["analyst", "liaison"]}).headers["Location"]
    assert "It waits for another person" in first.get(page).content.decode()
    assert "You asked, so it waits for somebody else" in first.get("/requests/").content.decode()
    shown = second.get(page).content.decode()
    assert "analyst, liaison" in shown
    assert "Refuse: it will not be done" in shown
    assert second.post(f"{page}decide/", {"act": "refuse"}).status_code == 302
    assert "It was refused on" in first.get(page).content.decode()
    assert Client().get(page).status_code == 302
    assert enter(ana).get(page).status_code == 403
