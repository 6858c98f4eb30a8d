"""No order of acts brings a case where it must not be; and of many who reach for it at once, one gets it."""

import threading
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from tests.cases.conftest import NOON, RAE_SAYS, actor
from tests.cases.machine import CaseMachine
from tests.support.threads import in_threads, shared_database

from cairndesk.accounts.models import Organisation
from cairndesk.accounts.rules import Actor, Role
from cairndesk.cases import actions
from cairndesk.cases.errors import AlreadyClaimed
from cairndesk.cases.models import Case
from cairndesk.custody import access
from cairndesk.custody.sealing.keyring import Keyring


@pytest.mark.slow
@pytest.mark.req("PRI-11")
@pytest.mark.django_db
def test_no_sequence_of_acts_reaches_an_illegal_state() -> None:
    # Shrinking a failure repeats thousands of database steps; the first failing sequence is short enough to read.
    chosen = settings(
        max_examples=12,
        stateful_step_count=30,
        deadline=None,
        derandomize=True,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(CaseMachine, settings=chosen)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_of_eight_who_reach_for_a_case_at_once_exactly_one_gets_it(tmp_path: Path) -> None:
    with shared_database(tmp_path):
        in_threads(race)


def race() -> None:
    one = Organisation.objects.create(slug="one", name="Cairn Desk One", created_at=NOON)
    access.use(Keyring.create([one.pk]))
    staff = [actor(one, f"Ana {number}", Role.ANALYST) for number in range(8)]
    case = actions.open_case(organisation=one, report=RAE_SAYS, by=staff[0], now=NOON)
    start = threading.Barrier(len(staff), timeout=60)

    def reach(by: Actor) -> str:
        row = Case.objects.get(pk=case.pk)
        start.wait()
        try:
            actions.claim(case=row, by=by, now=NOON)
        except AlreadyClaimed:
            return ""
        return by.pseudonym

    won = [name for name in in_threads(*[lambda by=by: reach(by) for by in staff]) if name]  # type: ignore[misc]
    access.use(None)
    assert [Case.objects.get(pk=case.pk).claimed_by] == won
