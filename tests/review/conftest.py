"""Review's stage: the cast, a case that waits, and people who really are in the database where names matter."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
from tests.support.cast import NOON, ana, cal, lia, ola, one, ring, sam, two

from cairndesk.accounts.models import Organisation, Person, RoleGrant
from cairndesk.accounts.rules import SYSTEM, Actor, Proof, Role
from cairndesk.cases.actions import ReportFacts, open_case
from cairndesk.cases.models import Case
from cairndesk.custody.sealing.keyring import Keyring
from cairndesk.review import actions
from cairndesk.review.rules import Look
from cairndesk.triage.actions import take_in

__all__ = ["ana", "cal", "lia", "ola", "one", "ring", "sam", "two"]
CLEAR = Look(features={"shows_abuse": "yes", "authenticity": "real", "realism": "photorealistic"}, harms=("material_distribution",), severity="c")
SEVERE = Look(features=CLEAR.features, harms=CLEAR.harms, severity="a")


@pytest.fixture
def tell(ring: Keyring, one: Organisation) -> Callable[..., Case]:
    """A case that waits in the queue, from answers, as the belt leaves it."""

    def telling(answers: dict[str, Any] | None = None, *, to: Organisation = one, at: datetime = NOON) -> Case:
        answers = answers or {"what": ["found"]}
        now = "happening_now" in answers.get("danger", [])
        facts = ReportFacts(source="friend", channel="portal", path="friend", language="en", told={"answers": answers}, is_emergency=now)
        case = open_case(organisation=to, report=facts, by=SYSTEM, now=at)
        take_in(case=case, now=at)
        return case

    return telling


@pytest.fixture
def held(tell: Callable[..., Case], ana: Actor) -> Case:
    """A case that Ana reviews."""
    return actions.claim(case=tell(), by=ana, now=NOON)


@pytest.fixture
def enrol(db: None) -> Callable[..., Person]:
    """A person in the database, with a training record in date."""

    def enrolling(organisation: Organisation, name: str, *roles: Role) -> Person:
        held = {"sign_in_name": f"{name.lower()}@{organisation.slug}", "name": name, "credential_until": date(2099, 1, 1)}
        person = Person.objects.create(organisation=organisation, created_at=NOON, **held)
        for role in roles:
            RoleGrant.objects.create(person=person, role=role, granted_at=NOON)
        return person

    return enrolling


def as_actor(person: Person) -> Actor:
    return person.as_actor(Proof.PASSKEY, now=NOON)
