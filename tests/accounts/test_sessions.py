"""Sign-ins: 256 bits, idle and absolute ends, rotation, and signing out everywhere; and each page flow as the browser sees it."""

import base64
import re
from datetime import UTC, datetime, timedelta
from http.cookies import Morsel

import pytest
import time_machine
from django.contrib.sessions.backends.base import UpdateError
from django.test import Client
from pytest_django.fixtures import Settings
from tests.accounts.conftest import Staff, enter, hire, proof
from tests.support.authenticator import Authenticator

from cairndesk.accounts import actions, demo
from cairndesk.accounts.models import Organisation, Passkey, Person, Session
from cairndesk.accounts.rules import SYSTEM, Role, codes
from cairndesk.accounts.sessions import SessionStore, digest
from cairndesk.custody.queries import entries_about
from cairndesk.lib import clock

pytestmark = pytest.mark.django_db
GOOD = "four unrelated river stones"


def cookie(browser: Client) -> "Morsel[str]":
    return browser.cookies["desk"]


def shown(browser: Client, path: str, data: dict[str, object] | None = None) -> str:
    """The digest that stands on a page that asks for a proof."""
    answer = browser.get(path) if data is None else browser.post(path, data)
    found = re.search(r'name="proof_digest" value="([0-9a-f]{64})"', answer.content.decode())
    assert found, answer.content.decode()
    return found[1]


def test_the_cookie_holds_256_bits_and_the_database_only_their_digest(ana: Staff) -> None:
    key = cookie(enter(ana)).value
    assert len(base64.urlsafe_b64decode(key + "=")) == 32
    assert Session.objects.get(person=ana.person).session_key == digest(key)
    assert not Session.objects.filter(session_key=key).exists()


def test_the_cookie_is_kept_from_scripts_and_other_sites(ana: Staff, settings: Settings) -> None:
    assert cookie(enter(ana))["httponly"]
    assert cookie(enter(ana))["samesite"] == "Strict"
    assert cookie(enter(ana))["path"] == "/"
    assert not cookie(enter(ana))["domain"]


def test_signing_in_changes_the_key(ana: Staff, sam: Staff) -> None:
    browser = enter(ana)
    before = cookie(browser).value
    answer = browser.post("/ceremonies/", {"purpose": "sign_in"}).json()
    browser.post("/sign-in/passkey/", {"ceremony": answer["ceremony"], "answer": sam.key.get(answer["options"])})
    assert cookie(browser).value != before
    assert not Session.objects.filter(session_key=digest(before)).exists()


def test_a_key_that_somebody_planted_is_never_taken_over(ana: Staff) -> None:
    browser, planted = Client(), "A" * 43
    browser.cookies["desk"] = planted
    answer = browser.post("/ceremonies/", {"purpose": "sign_in"}).json()
    browser.post("/sign-in/passkey/", {"ceremony": answer["ceremony"], "answer": ana.key.get(answer["options"])})
    assert cookie(browser).value != planted


@pytest.mark.parametrize("rubbish", ["", "x", "A" * 43, "A" * 4000, "\u00e9" * 43, "'; drop table"])
def test_a_rubbish_cookie_is_nobody(ana: Staff, rubbish: str) -> None:
    browser = Client()
    browser.cookies["desk"] = rubbish
    assert browser.get("/me/").status_code == 302


def test_a_sign_in_ends_when_idle(ana: Staff) -> None:
    start = datetime.now(UTC)
    with time_machine.travel(start, tick=False) as clockwork:
        browser = enter(ana)
        for minutes in (14, 28, 42):
            clockwork.move_to(start + timedelta(minutes=minutes))
            assert browser.get("/me/").status_code == 200
        clockwork.move_to(start + timedelta(minutes=42 + 16))
        assert browser.get("/me/").status_code == 302
    assert not Session.objects.filter(person=ana.person).exists()


@pytest.mark.slow
def test_a_page_that_asks_by_itself_keeps_no_sign_in_alive(ana: Staff) -> None:
    start = datetime.now(UTC)
    with time_machine.travel(start, tick=False) as clockwork:
        browser = enter(ana)
        for minutes in (5, 10, 14):
            clockwork.move_to(start + timedelta(minutes=minutes))
            assert browser.get("/burning/").status_code == 200
        clockwork.move_to(start + timedelta(minutes=16))
        assert browser.get("/burning/").status_code == 302
    assert not Session.objects.filter(person=ana.person).exists()


@pytest.mark.slow
def test_a_sign_in_ends_after_eight_hours_however_busy(ana: Staff) -> None:
    start = datetime.now(UTC)
    with time_machine.travel(start, tick=False) as clockwork:
        browser = enter(ana)
        for minutes in range(10, 480, 10):
            clockwork.move_to(start + timedelta(minutes=minutes))
            assert browser.get("/me/").status_code == 200
        clockwork.move_to(start + timedelta(minutes=481))
        assert browser.get("/me/").status_code == 302


def test_a_clock_that_went_far_back_ends_the_sign_in(ana: Staff) -> None:
    browser = enter(ana)
    with time_machine.travel(datetime.now(UTC) - timedelta(days=365), tick=False):
        assert browser.get("/me/").status_code == 302


def test_signing_out_here_and_everywhere(ana: Staff) -> None:
    first, second, third = enter(ana), enter(ana), enter(ana)
    first.post("/sign-out/")
    assert first.get("/me/").status_code == 302
    assert second.get("/me/").status_code == 200
    second.post("/sign-out/everywhere/")
    assert third.get("/me/").status_code == 302
    assert entries_about(ana.person.id)[-1].detail == {"count": 2}


def test_a_request_that_outlasts_the_sign_out_brings_nothing_back(ana: Staff) -> None:
    late = SessionStore(cookie(enter(ana)).value)
    late["still"] = "here"
    Session.objects.filter(person=ana.person).delete()
    with pytest.raises(UpdateError):
        late.save()
    assert not Session.objects.exists()


def test_a_deactivated_person_is_out_at_once(ana: Staff) -> None:
    browser = enter(ana)
    Person.objects.filter(pk=ana.person.pk).update(is_active=False)
    assert browser.get("/me/").status_code == 302


def asked_roles(ada: Staff, ana: Staff, roles: list[str]) -> str:
    """The page on which another person can give Ana these roles."""
    return enter(ada).post(f"/people/{ana.person.pk}/roles/", {"roles": roles}).headers["Location"]


def test_a_fresh_proof_changes_the_key(ada: Staff, sam: Staff, ana: Staff) -> None:
    browser, page = enter(sam), asked_roles(ada, ana, ["analyst", "liaison"])
    before = cookie(browser).value
    sent = {"act": "approve", **proof(browser, sam, shown(browser, page))}
    assert browser.post(f"{page}decide/", sent).status_code == 302
    assert ana.actor.roles == {Role.ANALYST, Role.LIAISON}
    assert cookie(browser).value != before


def test_roles_other_than_the_confirmed_ones_are_refused(ada: Staff, sam: Staff, ana: Staff) -> None:
    browser, page = enter(sam), asked_roles(ada, ana, ["analyst", "liaison"])
    sent = proof(browser, sam, shown(browser, page))
    enter(ada).post(f"{page}decide/", {"act": "take_back"})
    other = asked_roles(ada, ana, ["supervisor"])
    answer = browser.post(f"{other}decide/", {"act": "approve", **sent})
    assert answer.status_code == 403
    assert "accounts.fresh_proof_needed" in answer.content.decode()
    assert ana.actor.roles == {Role.ANALYST}


def test_from_the_link_to_the_first_sign_in(ada: Staff) -> None:
    browser = enter(ada)
    page = browser.post("/people/add/", {"name": "Nia", "sign_in_name": "nia", "roles": ["call_taker"]}).content.decode()
    found = re.search(r"http://localhost:8481(/enrol/\?link=[\w-]+)", page)
    assert found
    fresh = Client()
    assert "Nia" in fresh.get(found[1]).content.decode()
    assert "Nia" in fresh.get(found[1]).content.decode()
    assert fresh.post("/enrol/", {"link": found[1].partition("=")[2]}).headers["Location"] == "/enrol/now/"
    answer = fresh.post("/ceremonies/", {"purpose": "enrol"}).json()
    key = Authenticator()
    sent = {"ceremony": answer["ceremony"], "answer": key.create(answer["options"]), "label": "blue key"}
    assert fresh.post("/enrol/passkey/", sent).headers["Location"] == "/sign-in/"
    assert fresh.get("/enrol/now/").status_code == 302
    nia = Staff(Person.objects.get(name="Nia"), key)
    assert enter(nia).get("/me/").status_code == 200
    assert Client().get(found[1]).status_code == 410


def test_the_half_hour_for_enrolling_ends(one: Organisation) -> None:
    now = clock.now()
    person = actions.add_person(organisation=one, sign_in_name="nia", name="Nia", roles=[], by=SYSTEM, now=now)
    token = actions.make_link(person=person, by=SYSTEM, now=now)
    browser = Client()
    browser.post("/enrol/", {"link": token})
    with time_machine.travel(now + timedelta(minutes=31), tick=False):
        assert browser.get("/enrol/now/").status_code == 302


def test_password_and_code_enrol_and_sign_in_only_where_allowed(one: Organisation, settings: Settings) -> None:
    now = clock.now()
    person = actions.add_person(organisation=one, sign_in_name="pat", name="Pat", roles=[Role.ANALYST], by=SYSTEM, now=now)
    browser = Client()
    browser.post("/enrol/", {"link": actions.make_link(person=person, by=SYSTEM, now=now)})
    page = browser.get("/enrol/now/").content.decode()
    secret = re.search(r"secret=([A-Z2-7]+)", page)
    signed = re.search(r'name="secret" value="([^"]+)"', page)
    assert secret
    assert signed
    form = {"password": GOOD, "again": GOOD, "secret": signed[1]}
    assert browser.post("/enrol/password/", {**form, "code": "0"}).status_code == 422
    assert browser.post("/enrol/password/", {**form, "code": codes.code_at(secret[1], clock.now())}).headers["Location"] == "/sign-in/password/"
    later = datetime.now(UTC) + timedelta(seconds=60)
    with time_machine.travel(later, tick=False) as clockwork:
        sent = {"sign_in_name": "pat", "password": GOOD, "code": codes.code_at(secret[1], later)}
        assert browser.post("/sign-in/password/", sent).headers["Location"] == "/enrol/now/"
        assert browser.get("/me/").status_code == 302
        desk = settings.CAIRNDESK.desk.model_copy(update={"password_sign_in": True})
        settings.CAIRNDESK = settings.CAIRNDESK.model_copy(update={"desk": desk})
        clockwork.shift(timedelta(seconds=60))
        sent["code"] = codes.code_at(secret[1], clock.now())
        assert browser.post("/sign-in/password/", sent).headers["Location"] == "/"
        assert browser.get("/me/").status_code == 200


def test_a_password_is_no_way_around_a_passkey(ana: Staff) -> None:
    secret, now = codes.new_secret(), clock.now() - timedelta(minutes=5)
    actions.set_password(person=ana.person, password=GOOD, secret=secret, code=codes.code_at(secret, now), now=now)
    answer = Client().post("/sign-in/password/", {"sign_in_name": "ana", "password": GOOD, "code": codes.code_at(secret, clock.now())})
    assert answer.status_code == 401


@pytest.mark.slow
def test_a_second_passkey_takes_a_fresh_proof(ana: Staff) -> None:
    browser = enter(ana)
    assert browser.get("/enrol/now/").status_code == 302
    digest_shown = shown(browser, "/me/").encode().decode()
    page = browser.get("/me/").content.decode()
    adding = re.findall(r'name="proof_digest" value="([0-9a-f]{64})"', page)[-1]
    assert adding != digest_shown
    assert browser.post("/me/passkeys/", proof(browser, ana, adding)).headers["Location"] == "/enrol/now/"
    answer = browser.post("/ceremonies/", {"purpose": "enrol"}).json()
    second = Authenticator()
    browser.post("/enrol/passkey/", {"ceremony": answer["ceremony"], "answer": second.create(answer["options"])})
    assert Passkey.objects.filter(person=ana.person).count() == 2
    assert browser.get("/me/").status_code == 200
    first = Passkey.objects.get(credential_id=ana.key.credential_id)
    digests = re.findall(r'name="proof_digest" value="([0-9a-f]{64})"', browser.get("/me/").content.decode())
    assert browser.post(f"/me/passkeys/{first.pk}/remove/", proof(browser, Staff(ana.person, second), digests[0])).status_code == 302
    assert not Passkey.objects.filter(pk=first.pk).exists()


def test_one_click_signs_a_demo_person_in_by_a_real_key(one: Organisation) -> None:
    demo.make_secret()
    person = actions.add_person(
        organisation=one, sign_in_name="dee", name="Dee", roles=[Role.ADMINISTRATOR], is_demo=True, by=SYSTEM, now=clock.now()
    )
    demo.enrol(person=person, now=clock.now())
    browser = Client()
    assert "Dee" in browser.get("/sign-in/").content.decode()
    assert browser.post("/sign-in/demo/", {"person": str(person.pk)}).headers["Location"] == "/"
    assert entries_about(person.id)[-1].proof == "demo"
    law = {"mode": "hash_only", "basis": "Sample Act, section 1"}
    asked = shown(browser, "/organisations/media/", dict(law))
    assert browser.post("/organisations/media/", {**law, "proof_digest": "0" * 64}).status_code == 403
    assert browser.post("/organisations/media/", {**law, "proof_digest": asked}).status_code == 302
    assert entries_about(one.id)[-1].proof == "demo"


def test_one_click_on_the_link_that_the_demo_printed_signs_in_whom_it_names(one: Organisation) -> None:
    demo.make_secret()
    dee, dan = (
        actions.add_person(organisation=one, sign_in_name=name, name=name, roles=[Role.ANALYST], is_demo=True, by=SYSTEM, now=clock.now())
        for name in ("dee", "dan")
    )
    for person in (dee, dan):
        demo.enrol(person=person, now=clock.now())
    browser = Client()
    for person in (dee, dan):
        assert browser.get("/sign-in/demo/", {"link": demo.word_for(person.id)}).headers["Location"] == "/"
        assert browser.session["person"] == str(person.id)
    assert entries_about(dan.id)[-1].proof == "demo"
    # Whoever does not know the word signs nobody in: a foreign page could make a browser open any address that it can guess.
    for word in ("", demo.word_for(dee.id)[:-1], str(dee.id), "é"):
        assert Client().get("/sign-in/demo/", {"link": word}).status_code == 401
    assert Client().head("/sign-in/demo/", {"link": demo.word_for(dee.id)}).status_code == 405


def test_the_demo_holds_no_key_of_real_people(one: Organisation, ana: Staff) -> None:
    demo.make_secret()
    assert Client().get("/sign-in/demo/", {"link": demo.word_for(ana.person.id)}).status_code == 401
    assert Client().post("/sign-in/demo/", {"person": str(ana.person.pk)}).status_code == 401
    assert "Ana" not in Client().get("/sign-in/").content.decode()
    assert Client().post("/sign-in/demo/", {"person": "x"}).status_code == 401


def test_the_log_page_shows_ones_own_people_only(one: Organisation, aud: Staff, ana: Staff, ola: Staff) -> None:
    enter(ana)
    enter(ola)
    page = enter(aud).get("/log/").content.decode()
    assert "Ana" in page
    assert "accounts.sign_in.made" in page
    assert "Ola" not in page
    assert enter(aud).get("/log/?before=1").status_code == 200
    assert enter(aud).get("/log/?before=x").status_code == 200


def test_a_machine_key_is_shown_on_the_page_once(ada: Staff) -> None:
    browser = enter(ada)
    page = browser.post("/machines/", {"sender": "Pictures Ltd", "source": "platform"}).content.decode()
    found = re.search(r'<code id="key">(cairn_[\w-]{43})</code>', page)
    assert found
    again = browser.get("/machines/").content.decode()
    assert "Pictures Ltd" in again
    assert found[1] not in again


def test_two_people_replace_a_passkey_on_the_pages(ada: Staff, sam: Staff, ana: Staff) -> None:
    asking, agreeing = enter(ada), enter(sam)
    assert asking.post(f"/people/{ana.person.pk}/lost/").headers["Location"] == "/people/lost/"
    assert "proof_digest" not in asking.get("/people/lost/").content.decode()
    wanted = shown(agreeing, "/people/lost/")
    found = re.search(r'action="(/people/lost/[0-9a-f-]+/)"', agreeing.get("/people/lost/").content.decode())
    assert found
    page = agreeing.post(found[1], proof(agreeing, sam, wanted)).content.decode()
    assert "/enrol/?link=" in page
    assert not Passkey.objects.filter(person=ana.person).exists()


def test_hired_people_see_their_own_name(one: Organisation) -> None:
    lia = hire(one, "Lia", Role.LIAISON)
    assert "Lia" in enter(lia).get("/me/").content.decode()
