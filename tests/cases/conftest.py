"""The cast at work on cases: two organisations with keys, the people in them, and a case that somebody told."""

from collections.abc import Callable

import pytest
from tests.support.cast import NOON, actor, ana, cal, lia, ola, one, ring, sam, two

from cairndesk.accounts.models import Organisation
from cairndesk.accounts.rules import Actor, Role
from cairndesk.cases.actions import ReportFacts, describe_incident, move, open_case
from cairndesk.cases.models import Case, Incident
from cairndesk.cases.rules import Stage
from cairndesk.custody.sealing.keyring import Keyring

__all__ = ["NOON", "actor", "ana", "cal", "lia", "ola", "one", "ring", "sam", "two"]
RAE_SAYS = ReportFacts(source="child", channel="portal", path="child", language="en", told={"what": "Somebody will not leave me alone."})


@pytest.fixture
def ben(one: Organisation) -> Actor:
    return actor(one, "Ben", Role.ANALYST)


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
