"""No order of acts brings a case where it must not be; and of many who reach for it at once, one gets it."""

import threading
import time

import pytest
from django.db import OperationalError, connection
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from tests.cases.conftest import NOON, RAE_SAYS, actor
from tests.cases.machine import CaseMachine

from cairndesk.accounts.models import Organisation
from cairndesk.accounts.rules import Role
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
def test_of_eight_who_reach_for_a_case_at_once_exactly_one_gets_it() -> None:
    one = Organisation.objects.create(slug="one", name="Cairn Desk One", intake_public=b"", created_at=NOON)
    access.use(Keyring.create([one.pk]))
    staff = [actor(one, f"Ana {number}", Role.ANALYST) for number in range(8)]
    case = actions.open_case(organisation=one, report=RAE_SAYS, by=staff[0], now=NOON)
    start, won, lost = threading.Barrier(len(staff)), [], []

    def reach(by: object) -> None:
        row = Case.objects.get(pk=case.pk)
        start.wait()
        while True:
            try:
                actions.claim(case=row, by=by, now=NOON)  # type: ignore[arg-type]
                won.append(by)
            except AlreadyClaimed:
                lost.append(by)
            except OperationalError:
                # A shared in-memory database answers "locked" at once instead of waiting.
                time.sleep(0.001)
                continue
            break
        connection.close()

    threads = [threading.Thread(target=reach, args=(by,)) for by in staff]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    access.use(None)
    assert (len(won), len(lost)) == (1, 7)
    assert Case.objects.get(pk=case.pk).claimed_by == won[0].pseudonym
