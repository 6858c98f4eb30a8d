"""The cast that most rooms play with: two organisations with keys, and the people in them. Ola must never see what is One's."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from tests.support.week import give_week

from cairndesk.accounts.models import Organisation
from cairndesk.accounts.rules import Actor, Proof, Role
from cairndesk.custody import access
from cairndesk.custody.sealing.keyring import Keyring
from cairndesk.lib.ids import new_id

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)


def actor(organisation: Organisation, name: str, *roles: Role) -> Actor:
    return Actor(
        id=new_id(),
        pseudonym=str(new_id()),
        organisation=organisation.pk,
        roles=frozenset(roles),
        proof=Proof.PASSKEY,
        name=name,
        has_credential=True,
    )


@pytest.fixture
def one(db: None) -> Organisation:
    return Organisation.objects.create(slug="one", name="Cairn Desk One", is_first=True, created_at=NOON, kind_said_at=NOON)


@pytest.fixture
def two(db: None) -> Organisation:
    return Organisation.objects.create(slug="two", name="Cairn Desk Two", created_at=NOON, kind_said_at=NOON)


@pytest.fixture
def ring(one: Organisation, two: Organisation) -> Iterator[Keyring]:
    held = Keyring.create([one.pk, two.pk])
    for organisation in (one, two):
        give_week(held, organisation.pk)
    access.use(held)
    yield held
    access.use(None)


@pytest.fixture
def ana(one: Organisation) -> Actor:
    return actor(one, "Ana", Role.ANALYST)


@pytest.fixture
def sam(one: Organisation) -> Actor:
    return actor(one, "Sam", Role.SUPERVISOR)


@pytest.fixture
def sue(one: Organisation) -> Actor:
    return actor(one, "Sue", Role.SUPERVISOR)


@pytest.fixture
def cal(one: Organisation) -> Actor:
    return actor(one, "Cal", Role.CALL_TAKER)


@pytest.fixture
def lia(one: Organisation) -> Actor:
    return actor(one, "Lia", Role.LIAISON)


@pytest.fixture
def ola(two: Organisation) -> Actor:
    return actor(two, "Ola", Role.ANALYST)


@pytest.fixture
def lou(two: Organisation) -> Actor:
    return actor(two, "Lou", Role.LIAISON)
