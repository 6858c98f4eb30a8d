"""People, links, replacements, organisations, machines and guests: who may, and what takes two."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import RequestFactory
from tests.accounts.conftest import TRAINED, Staff, enter, hire

from cairndesk.accounts import actions, errors, queries
from cairndesk.accounts.actions.organisations import media_digest
from cairndesk.accounts.actions.replacements import replacement_digest
from cairndesk.accounts.models import EnrolmentLink, Organisation, Passkey, Person, Replacement, Session
from cairndesk.accounts.rules import SENDERS, SYSTEM, FreshProof, Proof, Role, Verb, require
from cairndesk.cases import taxonomy
from cairndesk.custody.queries import entries_about
from cairndesk.custody.rules import Event
from cairndesk.custody.sealing.keyring import Keyring
from cairndesk.lib import clock
from cairndesk.lib.ids import new_id

pytestmark = pytest.mark.django_db


def fresh(staff: Staff, digest: bytes) -> FreshProof:
    now = clock.now()
    begun = actions.begin_confirmation(by=staff.actor, digest=digest, now=now)
    return actions.confirm(ceremony=begun.ceremony, answer=staff.key.get(json.loads(begun.options)), by=staff.actor, digest=digest, now=now)


def newcomer(organisation: Organisation, name: str = "Nia") -> Person:
    return actions.add_person(organisation=organisation, sign_in_name=name.lower(), name=name, roles=[Role.CALL_TAKER], by=SYSTEM, now=clock.now())


# Links


def test_a_link_works_once(one: Organisation, ada: Staff) -> None:
    now = clock.now()
    token = actions.make_link(person=newcomer(one), by=ada.actor, now=now)
    assert actions.use_link(token=token, now=now).name == "Nia"
    with pytest.raises(errors.LinkSpent):
        actions.use_link(token=token, now=now)


def test_a_link_lives_a_day_and_only_its_digest_is_kept(one: Organisation, ada: Staff) -> None:
    now = clock.now()
    token = actions.make_link(person=newcomer(one), by=ada.actor, now=now)
    assert len(token) >= 43
    assert token.encode() not in bytes(EnrolmentLink.objects.get().digest)
    with pytest.raises(errors.LinkSpent):
        actions.use_link(token=token, now=now + timedelta(hours=24))


def test_a_new_link_voids_the_old_one(one: Organisation, ada: Staff) -> None:
    now, nia = clock.now(), newcomer(one)
    old = actions.make_link(person=nia, by=ada.actor, now=now)
    actions.make_link(person=nia, by=ada.actor, now=now)
    with pytest.raises(errors.LinkSpent):
        actions.use_link(token=old, now=now)


def test_somebody_with_a_passkey_gets_no_link_from_one_person_alone(ada: Staff, ana: Staff) -> None:
    with pytest.raises(errors.NotPossible):
        actions.make_link(person=ana.person, by=ada.actor, now=clock.now())


# Replacing a lost passkey


def test_two_people_replace_a_lost_passkey_and_the_log_is_loud(ada: Staff, sam: Staff, ana: Staff) -> None:
    now = clock.now()
    enter(ana)
    asked = actions.ask_replacement(person=ana.person, by=ada.actor, now=now)
    token = actions.agree_to_replacement(asked=asked, by=sam.actor, fresh=fresh(sam, replacement_digest(asked)), now=now)
    assert not Passkey.objects.filter(person=ana.person).exists()
    assert not Session.objects.filter(person=ana.person).exists()
    assert actions.use_link(token=token, now=now) == ana.person
    told = [(line.event, line.actor) for line in entries_about(ana.person.id)]
    assert (Event.ACCOUNTS_REPLACEMENT_ASKED, ada.actor.pseudonym) in told
    assert (Event.ACCOUNTS_REPLACEMENT_AGREED, sam.actor.pseudonym) in told


def test_nobody_agrees_to_their_own_request(ada: Staff, ana: Staff) -> None:
    asked = actions.ask_replacement(person=ana.person, by=ada.actor, now=clock.now())
    with pytest.raises(errors.NeedsSecondPerson):
        actions.agree_to_replacement(asked=asked, by=ada.actor, fresh=fresh(ada, replacement_digest(asked)), now=clock.now())
    assert Passkey.objects.filter(person=ana.person).exists()


def test_the_person_concerned_cannot_be_the_second_one(ada: Staff, sam: Staff) -> None:
    asked = actions.ask_replacement(person=sam.person, by=ada.actor, now=clock.now())
    with pytest.raises(errors.NeedsSecondPerson):
        actions.agree_to_replacement(asked=asked, by=sam.actor, fresh=fresh(sam, replacement_digest(asked)), now=clock.now())


def test_the_database_too_refuses_one_person_as_both(ada: Staff, ana: Staff) -> None:
    asked = actions.ask_replacement(person=ana.person, by=ada.actor, now=clock.now())
    with pytest.raises(IntegrityError), transaction.atomic():
        Replacement.objects.filter(pk=asked.pk).update(agreed_by=asked.asked_by)


def test_agreement_takes_a_fresh_proof_of_exactly_this_request(ada: Staff, sam: Staff, ana: Staff) -> None:
    asked = actions.ask_replacement(person=ana.person, by=ada.actor, now=clock.now())
    other = fresh(sam, bytes(32))
    for proof in (None, other):
        with pytest.raises(errors.FreshProofNeeded):
            actions.agree_to_replacement(asked=asked, by=sam.actor, fresh=proof, now=clock.now())


def test_a_request_runs_out_after_a_day_and_is_agreed_to_once(ada: Staff, sam: Staff, ana: Staff) -> None:
    asked = actions.ask_replacement(person=ana.person, by=ada.actor, now=clock.now())
    proof = fresh(sam, replacement_digest(asked))
    with pytest.raises(errors.NotPossible):
        actions.agree_to_replacement(asked=asked, by=sam.actor, fresh=proof, now=clock.now() + timedelta(hours=24))
    actions.agree_to_replacement(asked=asked, by=sam.actor, fresh=proof, now=clock.now())
    with pytest.raises(errors.NotPossible):
        actions.agree_to_replacement(asked=asked, by=sam.actor, fresh=proof, now=clock.now())


def test_another_organisation_cannot_agree(ada: Staff, ana: Staff, ola: Staff) -> None:
    asked = actions.ask_replacement(person=ana.person, by=ada.actor, now=clock.now())
    with pytest.raises(errors.OtherOrganisation):
        actions.agree_to_replacement(asked=asked, by=ola.actor, fresh=fresh(ola, replacement_digest(asked)), now=clock.now())


# Roles, training, leaving


def test_a_change_of_roles_is_proved_logged_and_signs_out(ada: Staff, sam: Staff, ana: Staff) -> None:
    enter(ana)
    asked = actions.ask_roles(person=ana.person, roles=[Role.ANALYST, Role.SUPERVISOR], by=ada.actor, now=clock.now())
    assert ana.actor.roles == {Role.ANALYST}
    actions.approve(request=asked, by=sam.actor, fresh=fresh(sam, actions.approval_digest(asked)), now=clock.now())
    assert ana.actor.roles == {Role.ANALYST, Role.SUPERVISOR}
    assert not Session.objects.filter(person=ana.person).exists()
    last = entries_about(ana.person.id)[-1]
    assert (last.event, last.detail) == (Event.ACCOUNTS_ROLES_CHANGED, {"before": "ana", "after": "ana-sup"})


def test_nobody_changes_their_own_roles_training_or_state(ada: Staff) -> None:
    now = clock.now()
    acts: list[Callable[[], Any]] = [
        lambda: actions.ask_roles(person=ada.person, roles=[Role.ANALYST], by=ada.actor, now=now),
        lambda: actions.record_credential(person=ada.person, until=TRAINED, by=ada.actor, now=now),
        lambda: actions.deactivate(person=ada.person, by=ada.actor, now=now),
    ]
    for act in acts:
        with pytest.raises(errors.NeedsSecondPerson):
            act()


@pytest.mark.req("TRG-01")
def test_training_that_ran_out_yesterday_takes_screening_away_today(ada: Staff, ana: Staff) -> None:
    today = clock.now().date()
    require(ana.actor, Verb.ITEM_CLASSIFY, organisation=ana.actor.organisation, stage="reviewing")
    actions.record_credential(person=ana.person, until=today, by=ada.actor, now=clock.now())
    require(ana.actor, Verb.ITEM_CLASSIFY, organisation=ana.actor.organisation, stage="reviewing")
    for until in (today - timedelta(days=1), None):
        actions.record_credential(person=ana.person, until=until, by=ada.actor, now=clock.now())
        with pytest.raises(errors.CredentialOutOfDate):
            require(ana.actor, Verb.ITEM_CLASSIFY, organisation=ana.actor.organisation, stage="reviewing")


def test_only_an_administrator_of_the_same_desk_manages_people(one: Organisation, ana: Staff, sam: Staff, ola: Staff) -> None:
    nia = newcomer(one)
    for staff, failure in ((ana, errors.NotPermitted), (sam, errors.NotPermitted), (ola, errors.OtherOrganisation)):
        with pytest.raises(failure):
            actions.deactivate(person=nia, by=staff.actor, now=clock.now())
        with pytest.raises(failure):
            actions.make_link(person=nia, by=staff.actor, now=clock.now())
        with pytest.raises(failure):
            actions.add_person(organisation=one, sign_in_name="x", name="X", roles=[], by=staff.actor, now=clock.now())


def test_a_sign_in_name_is_given_once(one: Organisation) -> None:
    newcomer(one)
    with pytest.raises(errors.NotPossible):
        newcomer(one)


# Organisations


def test_the_first_organisation_is_at_the_root_and_others_under_their_word(one: Organisation, two: Organisation, ring: Keyring) -> None:
    assert (one.address, two.address) == ("/", "/o/two/")
    assert Organisation.objects.get(is_first=True) == one
    assert ring.own_public(one.id) != ring.own_public(two.id)
    with pytest.raises(errors.NotPossible):
        actions.create_organisation(slug="two", name="Again", country="", make_keys=ring.add_organisation, by=SYSTEM, now=clock.now())


def test_only_an_administrator_of_the_first_adds_others(ada: Staff, ana: Staff, ola: Staff, ring: Keyring) -> None:
    for staff in (ana, ola):
        with pytest.raises(errors.NotPermitted):
            actions.create_organisation(slug="x", name="X", country="", make_keys=ring.add_organisation, by=staff.actor, now=clock.now())
    made = actions.create_organisation(slug="x", name="X", country="", make_keys=ring.add_organisation, by=ada.actor, now=clock.now())
    assert entries_about(made.id)[-1].event == Event.ACCOUNTS_ORGANISATION_CREATED


def test_an_administrator_of_the_first_says_what_each_is(one: Organisation, two: Organisation, ada: Staff, ana: Staff, ola: Staff) -> None:
    now = clock.now()
    Organisation.objects.filter(pk=two.pk).update(kind_said_at=None)
    for staff in (ana, ola):
        with pytest.raises(errors.NotPermitted):
            actions.set_kind(organisation=two, kind="authority", by=staff.actor, now=now)
    for kind in ("ngo", "ngo", "authority"):
        actions.set_kind(organisation=two, kind=kind, by=ada.actor, now=now)
    two.refresh_from_db()
    assert (two.kind, two.kind_said_at) == ("authority", now)
    said = [one.detail for one in entries_about(two.id) if one.event == Event.ACCOUNTS_KIND_SET]
    assert said == [{"before": "unsaid", "after": "ngo"}, {"before": "ngo", "after": "authority"}]


def test_the_page_shows_what_each_is_and_takes_it_from_the_first_alone(one: Organisation, two: Organisation, ada: Staff) -> None:
    Organisation.objects.filter(pk=two.pk).update(kind_said_at=None)
    browser = enter(ada)
    page = browser.get("/organisations/").content.decode()
    assert "nobody has said" in page
    assert 'action="/organisations/kind/"' in page
    assert browser.post("/organisations/kind/", {"of-organisation": two.pk, "of-kind": "police"}).status_code in {409, 422}
    assert browser.post("/organisations/kind/", {"of-organisation": two.pk, "of-kind": "authority"}).status_code == 302
    page = browser.get("/organisations/").content.decode()
    assert "nobody has said" not in page
    assert page.count("<td>a state authority</td>") == 1
    other = enter(hire(two, "Zed", Role.ADMINISTRATOR))
    assert "/organisations/kind/" not in other.get("/organisations/").content.decode()
    assert other.post("/organisations/kind/", {"of-organisation": two.pk, "of-kind": "ngo"}).status_code == 403


def test_the_first_organisation_starts_another_off_and_then_lets_go(ada: Staff, two: Organisation) -> None:
    now = clock.now()
    zoe = actions.add_person(organisation=two, sign_in_name="zoe", name="Zoe", roles=[Role.ADMINISTRATOR], by=ada.actor, now=now)
    assert actions.make_link(person=zoe, by=ada.actor, now=now)
    hire(two, "Zed", Role.ADMINISTRATOR)
    with pytest.raises(errors.OtherOrganisation):
        actions.add_person(organisation=two, sign_in_name="mole", name="Mole", roles=[Role.ANALYST], by=ada.actor, now=now)
    with pytest.raises(errors.OtherOrganisation):
        actions.make_link(person=zoe, by=ada.actor, now=now)


@pytest.mark.req("EVD-12")
def test_media_enter_only_by_a_named_law_and_a_fresh_proof(one: Organisation, ada: Staff) -> None:
    now, law = clock.now(), "Sample Act, section 1"
    with pytest.raises(errors.LegalBasisMissing):
        actions.switch_media(organisation=one, mode="sealed", basis=" ", by=ada.actor, fresh=None, now=now)
    with pytest.raises(errors.FreshProofNeeded):
        actions.switch_media(organisation=one, mode="sealed", basis=law, by=ada.actor, fresh=fresh(ada, media_digest(one, "hash_only", law)), now=now)
    actions.switch_media(organisation=one, mode="hash_only", basis=law, by=ada.actor, fresh=fresh(ada, media_digest(one, "hash_only", law)), now=now)
    one.refresh_from_db()
    assert (one.media_mode, one.media_basis) == ("hash_only", law)
    assert entries_about(one.id)[-1].detail == {"before": "none", "after": "hash_only"}
    with pytest.raises(IntegrityError), transaction.atomic():
        Organisation.objects.filter(pk=one.pk).update(media_basis="")


# Machines


def test_a_machine_key_is_shown_once_scoped_and_revoked(one: Organisation, ada: Staff) -> None:
    row, key = actions.create_api_key(organisation=one, sender="Pictures Ltd", source="platform", by=ada.actor, now=clock.now())
    assert key.encode() not in bytes(row.digest)
    request = RequestFactory().get("/api/v1/reports", headers={"Authorization": f"Bearer {key}"})
    sender = queries.api_sender(request)
    assert (sender.organisation, sender.source, sender.name) == (one, "platform", "Pictures Ltd")
    assert (sender.actor.proof, sender.actor.organisation, sender.actor.roles) == (Proof.API, one.id, frozenset())
    actions.revoke_api_key(key=row, by=ada.actor, now=clock.now())
    with pytest.raises(errors.NotSignedIn):
        queries.api_sender(request)
    with pytest.raises(errors.NotPossible):
        actions.revoke_api_key(key=row, by=ada.actor, now=clock.now())


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic {key}", "{key}", "Bearer {key}x", "Bearer \udcff"])
def test_no_other_header_is_a_key(one: Organisation, header: str) -> None:
    _, key = actions.create_api_key(organisation=one, sender="Pictures Ltd", source="platform", by=SYSTEM, now=clock.now())
    with pytest.raises(errors.NotSignedIn):
        queries.api_sender(RequestFactory().get("/", headers={"Authorization": header.format(key=key)}))


def test_keys_are_an_administrators_matter(one: Organisation, ana: Staff, ola: Staff) -> None:
    for staff, failure in ((ana, errors.NotPermitted), (ola, errors.OtherOrganisation)):
        with pytest.raises(failure):
            actions.create_api_key(organisation=one, sender="X", source="platform", by=staff.actor, now=clock.now())


def test_a_machine_reports_as_what_the_taxonomy_knows(one: Organisation) -> None:
    assert set(SENDERS) <= set(taxonomy.family("report_source").codes)
    with pytest.raises(errors.NotPossible):
        actions.create_api_key(organisation=one, sender="X", source="child", by=SYSTEM, now=clock.now())


# Guests


def test_a_supervisor_invites_a_trained_partner_for_one_case(one: Organisation, sam: Staff, ola: Staff) -> None:
    now, case = clock.now(), new_id()
    grant = actions.invite_guest(
        person=ola.person, case=case, organisation=one, stage="second_look", until=now + timedelta(days=3), by=sam.actor, now=now
    )
    require(ola.actor, Verb.SECOND_LOOK_GIVE, organisation=one.id, stage="second_look", case=case)
    assert entries_about(case)[-1].event == Event.ACCOUNTS_GUEST_INVITED
    assert [held.person for held in queries.guests_on(case, now=now)] == [ola.person]
    later = ola.person.as_actor(Proof.PASSKEY, now=now + timedelta(days=3))
    with pytest.raises(errors.OtherOrganisation):
        require(later, Verb.SECOND_LOOK_GIVE, organisation=one.id, stage="second_look", case=case)
    actions.withdraw_guest(grant=grant, stage="second_look", by=sam.actor, now=now)
    with pytest.raises(errors.OtherOrganisation):
        require(ola.actor, Verb.SECOND_LOOK_GIVE, organisation=one.id, stage="second_look", case=case)


def test_who_cannot_be_a_guest(one: Organisation, two: Organisation, sam: Staff, ana: Staff) -> None:
    now = clock.now()
    lia, raw = hire(two, "Lou", Role.LIAISON), hire(two, "Raw", Role.ANALYST, trained=False)
    for person in (ana.person, lia.person, raw.person):
        with pytest.raises(errors.NotPossible):
            actions.invite_guest(
                person=person, case=new_id(), organisation=one, stage="second_look", until=now + timedelta(days=1), by=sam.actor, now=now
            )


def test_an_analyst_invites_nobody_and_no_invitation_is_for_long(one: Organisation, sam: Staff, ana: Staff, ola: Staff) -> None:
    now = clock.now()
    with pytest.raises(errors.NotPermitted):
        actions.invite_guest(
            person=ola.person, case=new_id(), organisation=one, stage="second_look", until=now + timedelta(days=1), by=ana.actor, now=now
        )
    with pytest.raises(errors.NotPossible):
        actions.invite_guest(
            person=ola.person, case=new_id(), organisation=one, stage="second_look", until=now + timedelta(days=15), by=sam.actor, now=now
        )
