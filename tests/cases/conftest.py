"""The cast at work on cases: two organisations with keys, the people in them, and a case that somebody told."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from cairndesk.accounts.models import Organisation
from cairndesk.accounts.rules import Actor, Proof, Role
from cairndesk.cases.actions import ReportFacts, describe_incident, move, open_case
from cairndesk.cases.models import Case, Incident
from cairndesk.cases.rules import Stage
from cairndesk.custody import access
from cairndesk.custody.sealing.keyring import Keyring
from cairndesk.lib.ids import new_id

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
RAE_SAYS = ReportFacts(source="child", channel="portal", path="child", language="en", told={"what": "Somebody will not leave me alone."})


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
    return Organisation.objects.create(slug="one", name="Cairn Desk One", intake_public=b"", is_first=True, created_at=NOON)


@pytest.fixture
def two(db: None) -> Organisation:
    return Organisation.objects.create(slug="two", name="Cairn Desk Two", intake_public=b"", created_at=NOON)


@pytest.fixture
def ring(one: Organisation, two: Organisation) -> Iterator[Keyring]:
    held = Keyring.create([one.pk, two.pk])
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
def ola(two: Organisation) -> Actor:
    return actor(two, "Ola", Role.ANALYST)


@pytest.fixture
def open_another(ring: Keyring, one: Organisation, ana: Actor) -> Callable[..., Case]:
    def opened(organisation: Organisation = one, by: Actor = ana) -> Case:
        case = open_case(organisation=organisation, report=RAE_SAYS, by=by, now=NOON)
        move(case=case, to=Stage.QUEUED, by=by, now=NOON)
        return case

    return opened


@pytest.fixture
def case(open_another: Callable[..., Case]) -> Case:
    return open_another()


@pytest.fixture
def incident(case: Case, ana: Actor) -> Incident:
    return describe_incident(case=case, facts={"setting": "online"}, by=ana, now=NOON)
