"""What the belt proposes before a verdict, and that the rest of the plan follows once there is one."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from tests.response.confirmed import approve
from tests.response.conftest import NOW

from cairndesk.accounts.models import Organisation
from cairndesk.accounts.rules import Actor
from cairndesk.cases.actions import ReportFacts, move, open_case
from cairndesk.cases.models import Case
from cairndesk.cases.rules.stages import Stage
from cairndesk.custody.sealing.keyring import Keyring
from cairndesk.lib import clock
from cairndesk.response import jobs
from cairndesk.response.actions import skip_step
from cairndesk.response.models import PlanStep
from cairndesk.response.rules import StepState

pytestmark = pytest.mark.django_db


@pytest.fixture
def told(ring: Keyring, one: Organisation, ana: Actor) -> Callable[..., Case]:
    """A case that waits for review."""

    def telling(*, is_emergency: bool) -> Case:
        told = {"answers": {"what": ["threatens"]}}
        facts = ReportFacts(source="child", channel="portal", path="child", language="en", told=told, is_emergency=is_emergency)
        case = open_case(organisation=one, report=facts, by=ana, now=NOW)
        move(case=case, to=Stage.QUEUED, by=ana, now=NOW)
        return case

    return telling


def kinds(case: Case) -> list[str]:
    return list(PlanStep.objects.filter(case=case).values_list("kind", flat=True))


@pytest.mark.parametrize("shift", [timedelta(minutes=1), timedelta(days=-30)], ids=["later", "by a clock that was set back"])
def test_the_rest_of_the_plan_follows_once_the_case_is_classified(told: Callable[..., Case], ana: Actor, sam: Actor, shift: timedelta) -> None:
    case = told(is_emergency=True)
    jobs.propose()
    step = approve(PlanStep.objects.get(case=case, kind="safeguard"), by=sam, now=NOW)
    for stage in (Stage.REVIEWING, Stage.CLASSIFIED):
        move(case=case, to=stage, by=ana, now=clock.now() + shift)
    assert jobs.propose() == 1
    assert kinds(case) == ["safeguard", "support", "authority"]
    step.refresh_from_db()
    assert (step.state, step.needs_review) == (StepState.APPROVED, True)
    assert jobs.propose() == 0


@pytest.mark.parametrize("stages", [(), (Stage.REVIEWING,), (Stage.REVIEWING, Stage.SECOND_LOOK)])
def test_in_danger_the_belt_proposes_help_before_a_verdict_and_once(told: Callable[..., Case], ana: Actor, stages: tuple[Stage, ...]) -> None:
    case, calm = told(is_emergency=True), told(is_emergency=False)
    for stage in stages:
        move(case=case, to=stage, by=ana, now=NOW)
    assert jobs.propose() == 1
    assert (kinds(case), kinds(calm)) == (["safeguard", "support"], [])
    assert jobs.propose() == 0


def test_a_case_that_comes_back_after_its_answer_gets_a_plan_anew(told: Callable[..., Case], ana: Actor, sam: Actor) -> None:
    case = told(is_emergency=False)
    for stage in (Stage.REVIEWING, Stage.CLASSIFIED):
        move(case=case, to=stage, by=ana, now=clock.now())
    assert jobs.propose() == 1
    first = kinds(case)
    for step in PlanStep.objects.filter(case=case):
        skip_step(step=step, why="Not now.", by=sam, now=clock.now())
    case.refresh_from_db()
    assert case.stage == Stage.ANSWERED
    for stage in (Stage.QUEUED, Stage.REVIEWING, Stage.CLASSIFIED):
        move(case=case, to=stage, by=sam, now=clock.now())
    assert jobs.propose() == 1
    assert kinds(case) == [*first, *first]
    assert jobs.propose() == 0
