"""Two people carry a desk: one sees who holds how much and says who takes what, and a severe case goes from the queue to its end."""

from collections.abc import Callable

import pytest
import time_machine
from django.test import Client
from tests.response.confirmed import approve, build, close, release, take
from tests.response.conftest import Keyholder
from tests.response.test_packages import GROUNDS
from tests.review.conftest import SEVERE, enrol, tell
from tests.review.test_pages import enter
from tests.support.cast import NOON

from cairndesk.accounts.models import Organisation, Person
from cairndesk.accounts.rules import SYSTEM, Proof, Role
from cairndesk.cases.models import Case, StageChange
from cairndesk.cases.rules import Stage
from cairndesk.response import actions, queries
from cairndesk.response.models import PlanStep
from cairndesk.response.rules import AuthorityOutcome, StepState
from cairndesk.review import actions as review
from cairndesk.triage.actions import give_case

__all__ = ["enrol", "enter", "tell"]
pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.mark.req("TRG-29")
def test_a_severe_case_goes_from_the_queue_to_its_end_in_the_hands_of_two(
    tell: Callable[..., Case], enrol: Callable[..., Person], enter: Callable[[Person], Client], one: Organisation, police: Keyholder
) -> None:
    with time_machine.travel(NOON, tick=False):
        people = [enrol(one, "Ana", Role.ANALYST), enrol(one, "Sam", Role.SUPERVISOR)]
        ana, sam = (person.as_actor(Proof.PASSKEY, now=NOON) for person in people)
        case, other = tell(), tell()
        # Sam shares the work out, and Ana is handed what is hers by one key.
        give_case(case=other, to=people[0].pk, by=sam, now=NOON)
        assert review.claim_next(by=sam, now=NOON) == case
        review.put_back(case=case, by=sam, now=NOON)
        give_case(case=case, to=people[0].pk, by=sam, now=NOON)
        held = review.claim_next(by=ana, now=NOON)
        review.claim_next(by=ana, now=NOON)
        # Who holds how much stands on the first screen of both.
        for person in people:
            page = enter(person).get("/").content.decode()
            load = page[page.index('id="load"') :]
            assert '<th scope="row">Ana</th><td class="number">2</td>' in load
            assert '<th scope="row">Sam</th>' not in load or '<th scope="row">Sam</th><td class="number">0</td>' in load
        review.classify(case=held, look=SEVERE, by=ana, now=NOON)
        held.refresh_from_db()
        assert held.stage == Stage.SECOND_LOOK
        review.give_second_look(case=held, look=SEVERE, agrees=True, by=sam, now=NOON)
        actions.propose_plan(case=held, facts=queries.facts_of(held), by=SYSTEM, now=NOON)
        package = build(approve(PlanStep.objects.get(case=held, kind="authority"), by=ana, now=NOON), police.authority, GROUNDS, by=ana, now=NOON)
        release(package, by=ana, other=sam, now=NOON)
        take(package, by=ana, now=NOON)
        actions.hand_over(package=package, by=ana, now=NOON)
        actions.record_authority_answer(package=package, outcome=AuthorityOutcome.CHILD_SAFEGUARDED, by=ana, now=NOON)
        for step in PlanStep.objects.filter(case=held, state=StepState.PROPOSED):
            actions.skip_step(step=step, why="the police have her with them", by=ana, now=NOON)
        close(held, best_interests="she is safe", outcome="help_arranged", by=sam, now=NOON)
        held.refresh_from_db()
        assert held.stage == Stage.CLOSED
        # Nobody else had a hand in it but the desk itself.
        actors = set(StageChange.objects.filter(case=held).values_list("actor", flat=True))
        assert actors - {SYSTEM.pseudonym} == {ana.pseudonym, sam.pseudonym}
