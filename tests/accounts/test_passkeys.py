"""Passkeys against everything that a hostile answer can get wrong (K1)."""

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies
from pytest_django.fixtures import Settings
from tests.accounts.conftest import Staff, enrol, hire
from tests.support.authenticator import Authenticator, b64

from cairndesk.accounts import actions, errors
from cairndesk.accounts.adapters.authenticators import check_assertion, check_registration, credential_of
from cairndesk.accounts.models import Ceremony, Organisation, Passkey, Person, Session
from cairndesk.accounts.rules import SYSTEM, Proof, RelyingParty, Role
from cairndesk.custody.queries import entries_about
from cairndesk.custody.rules import Event
from cairndesk.lib import clock

pytestmark = pytest.mark.django_db


def attempt(key: Authenticator) -> tuple[Person, Proof]:
    now = clock.now()
    begun = actions.begin_sign_in(now=now)
    return actions.sign_in(ceremony=begun.ceremony, answer=key.get(json.loads(begun.options)), now=now)


def events(person: Person) -> list[str]:
    return [line.event for line in entries_about(person.id)]


def test_a_person_signs_in_and_the_log_says_by_what(ana: Staff) -> None:
    assert attempt(ana.key) == (ana.person, Proof.PASSKEY)
    last = entries_about(ana.person.id)[-1]
    assert (last.event, last.proof, last.actor) == (Event.ACCOUNTS_SIGN_IN_MADE, "passkey", str(ana.person.pseudonym))


@pytest.mark.parametrize(
    "lie",
    [
        {"origin": "https://desk.example"},
        {"origin": "http://localhost:8482"},
        {"origin": "http://127.0.0.1:8481"},
        {"rp_id": "desk.example"},
        {"user_verified": False},
        {"user_present": False},
        {"cross_origin": True},
        {"kind": "webauthn.create"},
        {"challenge": bytes(32)},
        {"flip_signature": True},
        {"user_handle": bytes(16)},
        {"credential_id": bytes(32)},
    ],
)
def test_it_refuses_an_answer_with_one_thing_wrong(ana: Staff, lie: dict[str, Any]) -> None:
    for name, value in lie.items():
        setattr(ana.key, name, value)
    with pytest.raises(errors.SignInFailed):
        attempt(ana.key)
    assert Event.ACCOUNTS_SIGN_IN_MADE not in events(ana.person)


def test_it_refuses_the_signature_of_another_key(ana: Staff) -> None:
    ana.key.private = Authenticator().private
    with pytest.raises(errors.SignInFailed):
        attempt(ana.key)


def test_it_refuses_a_replay(ana: Staff) -> None:
    now = clock.now()
    begun = actions.begin_sign_in(now=now)
    answer = ana.key.get(json.loads(begun.options))
    actions.sign_in(ceremony=begun.ceremony, answer=answer, now=now)
    with pytest.raises(errors.SignInFailed):
        actions.sign_in(ceremony=begun.ceremony, answer=answer, now=now)
    other = actions.begin_sign_in(now=now)
    with pytest.raises(errors.SignInFailed):
        actions.sign_in(ceremony=other.ceremony, answer=answer, now=now)


def test_a_failed_answer_spends_the_challenge(ana: Staff) -> None:
    now = clock.now()
    begun = actions.begin_sign_in(now=now)
    with pytest.raises(errors.SignInFailed):
        actions.sign_in(ceremony=begun.ceremony, answer="{}", now=now)
    assert not Ceremony.objects.filter(pk=begun.ceremony).exists()


def test_a_challenge_runs_out_after_five_minutes(ana: Staff) -> None:
    now = clock.now()
    begun = actions.begin_sign_in(now=now)
    with pytest.raises(errors.SignInFailed):
        actions.sign_in(ceremony=begun.ceremony, answer=ana.key.get(json.loads(begun.options)), now=now + timedelta(minutes=5))


def test_old_challenges_are_swept(ana: Staff) -> None:
    now = clock.now()
    actions.begin_sign_in(now=now)
    actions.begin_sign_in(now=now + timedelta(minutes=6))
    assert Ceremony.objects.count() == 1


def test_an_answer_to_a_confirmation_signs_nobody_in(ana: Staff) -> None:
    now = clock.now()
    begun = actions.begin_confirmation(by=ana.actor, digest=bytes(32), now=now)
    with pytest.raises(errors.SignInFailed):
        actions.sign_in(ceremony=begun.ceremony, answer=ana.key.get(json.loads(begun.options)), now=now)


@pytest.mark.parametrize("step", [0, -1])
def test_a_counter_that_does_not_grow_shuts_the_key_loudly(ana: Staff, step: int) -> None:
    ana.key.counter = 5
    attempt(ana.key)
    ana.key.step = step
    Session.objects.create(session_key="s", session_data="", expire_date=clock.now(), person=ana.person)
    with pytest.raises(errors.PasskeyCopied):
        attempt(ana.key)
    assert events(ana.person)[-1] == Event.ACCOUNTS_PASSKEY_SHUT
    assert not Session.objects.filter(person=ana.person).exists()
    ana.key.step = 10
    with pytest.raises(errors.SignInFailed):
        attempt(ana.key)


def test_a_key_that_keeps_no_counter_is_welcome_again_and_again(one: Organisation) -> None:
    person = actions.add_person(organisation=one, sign_in_name="syn", name="Syn", roles=[Role.ANALYST], by=SYSTEM, now=clock.now())
    syn = enrol(person, Authenticator(step=0))
    assert attempt(syn.key)[0] == attempt(syn.key)[0] == person


def test_a_deactivated_person_is_refused(ana: Staff, ada: Staff) -> None:
    actions.deactivate(person=ana.person, by=ada.actor, now=clock.now())
    with pytest.raises(errors.SignInFailed):
        attempt(ana.key)


def test_a_passkey_cannot_be_enrolled_for_somebody_else(ana: Staff, sam: Staff) -> None:
    now = clock.now()
    begun = actions.begin_enrolment(person=ana.person, now=now)
    answer = Authenticator().create(json.loads(begun.options))
    with pytest.raises(errors.SignInFailed):
        actions.enrol_passkey(ceremony=begun.ceremony, answer=answer, person=sam.person, label="", now=now)


def test_the_same_passkey_belongs_to_one_person_only(ana: Staff, sam: Staff) -> None:
    now = clock.now()
    begun = actions.begin_enrolment(person=sam.person, now=now)
    with pytest.raises(errors.SignInFailed):
        actions.enrol_passkey(ceremony=begun.ceremony, answer=ana.key.create(json.loads(begun.options)), person=sam.person, label="", now=now)


@pytest.mark.parametrize("lie", [{"user_verified": False}, {"origin": "https://desk.example"}, {"rp_id": "desk.example"}, {"cross_origin": True}])
def test_enrolment_asks_for_as_much_as_sign_in(one: Organisation, lie: dict[str, Any]) -> None:
    person = actions.add_person(organisation=one, sign_in_name="new", name="New", roles=[], by=SYSTEM, now=clock.now())
    with pytest.raises(errors.SignInFailed):
        enrol(person, Authenticator(**lie))
    assert not Passkey.objects.filter(person=person).exists()


def test_options_ask_for_verification_and_give_no_name_away(ana: Staff) -> None:
    options = json.loads(actions.begin_sign_in(now=clock.now()).options)
    assert options["userVerification"] == "required"
    assert options["allowCredentials"] == []
    assert options["rpId"] == "localhost"
    made = json.loads(actions.begin_enrolment(person=ana.person, now=clock.now()).options)
    assert made["authenticatorSelection"] == {"residentKey": "required", "requireResidentKey": True, "userVerification": "required"}
    assert [one["id"] for one in made["excludeCredentials"]] == [b64(ana.key.credential_id)]


def test_the_last_passkey_stays(ana: Staff) -> None:
    key = Passkey.objects.get(person=ana.person)
    from cairndesk.accounts.actions.passkeys import removal_digest

    now, digest = clock.now(), removal_digest(key)
    begun = actions.begin_confirmation(by=ana.actor, digest=digest, now=now)
    fresh = actions.confirm(ceremony=begun.ceremony, answer=ana.key.get(json.loads(begun.options)), by=ana.actor, digest=digest, now=now)
    with pytest.raises(errors.LastPasskey):
        actions.remove_passkey(key=key, by=ana.actor, fresh=fresh, now=now)


def test_nobody_removes_the_passkey_of_another(ana: Staff, sam: Staff) -> None:
    with pytest.raises(errors.OtherOrganisation):
        actions.remove_passkey(key=Passkey.objects.get(person=ana.person), by=sam.actor, fresh=None, now=clock.now())


def test_demo_people_are_refused_outside_the_demo(one: Organisation, settings: Settings) -> None:
    person = actions.add_person(organisation=one, sign_in_name="dee", name="Dee", roles=[Role.ANALYST], is_demo=True, by=SYSTEM, now=clock.now())
    dee = enrol(person, Authenticator())
    assert attempt(dee.key)[1] is Proof.DEMO
    settings.CAIRNDESK = settings.CAIRNDESK.model_copy(update={"mode": "real"})
    with pytest.raises(errors.SignInFailed):
        attempt(dee.key)


def test_a_desk_without_a_name_has_no_passkeys() -> None:
    with pytest.raises(errors.PasskeyNeedsName):
        RelyingParty.at("http://127.0.0.1:8481")
    assert RelyingParty.at("https://desk.example/").origin == "https://desk.example"


JSON = strategies.recursive(
    strategies.none() | strategies.booleans() | strategies.integers() | strategies.text(max_size=20),
    lambda inner: strategies.lists(inner, max_size=3) | strategies.dictionaries(strategies.sampled_from(["id", "rawId", "type", "response"]), inner),
    max_leaves=8,
)
RESPONSE = strategies.dictionaries(
    strategies.sampled_from(["clientDataJSON", "authenticatorData", "signature", "userHandle", "attestationObject"]),
    strategies.text(max_size=30) | strategies.binary(max_size=60).map(b64) | JSON,
)
ANSWERS = strategies.text(max_size=40) | (JSON | strategies.fixed_dictionaries({"id": JSON, "rawId": JSON, "type": JSON, "response": RESPONSE})).map(
    json.dumps
)


@pytest.mark.one_database
@pytest.mark.slow
@given(ANSWERS)
@settings(deadline=None, max_examples=150, suppress_health_check=list(HealthCheck))
def test_no_malformed_answer_breaks_anything(answer: str) -> None:
    party = RelyingParty("localhost", "http://localhost:8481")
    for check in (
        lambda: check_registration(party, answer, bytes(32)),
        lambda: check_assertion(party, answer, bytes(32), b""),
        lambda: credential_of(answer),
    ):
        try:
            check()
        except errors.SignInFailed:
            continue
        assert check.__code__.co_names[0] == "credential_of"


def test_tries_at_the_desk_run_out_and_come_back(one: Organisation) -> None:
    now = clock.now()
    for _ in range(60):
        actions.begin_sign_in(now=now)
    with pytest.raises(errors.TooManyTries):
        actions.begin_sign_in(now=now)
    actions.begin_sign_in(now=now + timedelta(seconds=1))


def test_hiring_gives_distinct_keys(one: Organisation) -> None:
    first, second = hire(one, "Bea", Role.ANALYST), hire(one, "Bob", Role.ANALYST)
    assert attempt(first.key)[0] == first.person
    assert attempt(second.key)[0] == second.person
