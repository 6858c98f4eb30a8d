"""People in the database, with keys that can really sign, and a browser that can really sign in."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.test import Client
from pytest_django.fixtures import Settings
from tests.support.authenticator import Authenticator

from cairndesk.accounts import actions
from cairndesk.accounts.models import Organisation, Person
from cairndesk.accounts.rules import SYSTEM, Actor, Proof, Role
from cairndesk.custody import access
from cairndesk.custody.sealing.keyring import Keyring
from cairndesk.lib import clock

NOW = datetime.now(UTC)
TRAINED = NOW.date().replace(year=NOW.year + 1, day=1)


@pytest.fixture
def aside(settings: Settings, tmp_path: Path) -> None:
    """Stretching is the library's business and would only slow these tests; the demo's secret goes to a folder of its own."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.DATA = tmp_path


@pytest.fixture
def ring(aside: None) -> Iterator[Keyring]:
    held = Keyring.create()
    access.use(held)
    yield held
    access.use(None)


@pytest.fixture
def one(db: None, ring: Keyring) -> Organisation:
    return actions.create_organisation(slug="one", name="Cairn Desk One", country="XX", make_keys=ring.add_organisation, by=SYSTEM, now=NOW)


@pytest.fixture
def two(one: Organisation, ring: Keyring) -> Organisation:
    return actions.create_organisation(slug="two", name="Cairn Desk Two", country="XX", make_keys=ring.add_organisation, by=SYSTEM, now=NOW)


@dataclass
class Staff:
    """A person, the key in the pocket, and the same person as the doer of actions."""

    person: Person
    key: Authenticator

    @property
    def actor(self) -> Actor:
        return Person.objects.get(pk=self.person.pk).as_actor(Proof.PASSKEY, now=clock.now())


def enrol(person: Person, key: Authenticator) -> Staff:
    now = clock.now()
    begun = actions.begin_enrolment(person=person, now=now)
    actions.enrol_passkey(ceremony=begun.ceremony, answer=key.create(json.loads(begun.options)), person=person, label="key", now=now)
    return Staff(person, key)


def hire(organisation: Organisation, name: str, *roles: Role, trained: bool = True) -> Staff:
    until = TRAINED if trained else None
    person = actions.add_person(
        organisation=organisation, sign_in_name=name.lower(), name=name, roles=roles, credential_until=until, by=SYSTEM, now=clock.now()
    )
    return enrol(person, Authenticator())


@pytest.fixture
def ada(one: Organisation) -> Staff:
    return hire(one, "Ada", Role.ADMINISTRATOR, trained=False)


@pytest.fixture
def ana(one: Organisation) -> Staff:
    return hire(one, "Ana", Role.ANALYST)


@pytest.fixture
def sam(one: Organisation) -> Staff:
    return hire(one, "Sam", Role.SUPERVISOR)


@pytest.fixture
def aud(one: Organisation) -> Staff:
    return hire(one, "Aud", Role.AUDITOR, trained=False)


@pytest.fixture
def ola(two: Organisation) -> Staff:
    return hire(two, "Ola", Role.ANALYST, Role.SUPERVISOR, Role.LIAISON, Role.CALL_TAKER, Role.ADMINISTRATOR, Role.AUDITOR)


Enter = Callable[[Staff], Client]


def enter(staff: Staff) -> Client:
    """A browser in which `staff` signed in by passkey."""
    browser = Client()
    answer = browser.post("/ceremonies/", {"purpose": "sign_in"}).json()
    landed = browser.post("/sign-in/passkey/", {"ceremony": answer["ceremony"], "answer": staff.key.get(answer["options"])})
    assert landed.status_code == 302, landed.content
    return browser


def proof(browser: Client, staff: Staff, digest: str) -> dict[str, str]:
    """What the page's script puts into a form that is to be confirmed."""
    answer = browser.post("/ceremonies/", {"purpose": "confirm", "digest": digest}).json()
    return {"proof_digest": digest, "ceremony": answer["ceremony"], "answer": staff.key.get(answer["options"])}
