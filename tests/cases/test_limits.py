"""A clock that is set back prolongs nothing: what had an end has ended. Each way to do it unseen is tried here."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from tests.cases.conftest import NOON
from tests.cases.test_glass import broken
from tests.cases.test_grants import read, refused, taken

from cairndesk.accounts.actions import limits, look_at_the_clock
from cairndesk.accounts.rules import Actor, Matter
from cairndesk.cases import actions
from cairndesk.cases.models import Case, CaseGrant
from cairndesk.custody.models import LogOpening
from cairndesk.custody.rules import Event

pytestmark = [pytest.mark.django_db, pytest.mark.req("EVD-20")]
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


class Machine:
    """A machine whose counter runs on, whatever its clock is set to, and one process on it that looks at both."""

    def __init__(self, ticks: float = 5000.0) -> None:
        self.ticks = ticks
        limits._held.clear()

    def looks(self, after: timedelta, shows: timedelta) -> bool:
        """Whether it finds the clock set back, `after` so long since noon, when the clock `shows` that."""
        return actions.keep_limits(ticks=self.ticks + after.total_seconds(), now=NOON + shows)


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    monkeypatch.setattr(limits, "SLACK", MINUTE)
    monkeypatch.setattr(limits, "_held", [])
    found = Machine()
    assert not found.looks(0 * HOUR, 0 * HOUR)
    return found


@pytest.fixture
def claimed(case: Case, ana: Actor) -> Case:
    return taken(case, ana)


def set_back() -> int:
    return LogOpening.objects.filter(subject_kind="clock").count()


@pytest.mark.parametrize("shows", [0 * HOUR, -24 * HOUR, -87600 * HOUR])
def test_a_clock_that_is_set_back_before_a_grant_ran_out_ends_it_and_the_claim(machine: Machine, claimed: Case, ana: Actor, shows: timedelta) -> None:
    read(claimed, ana, at=NOON + 3 * HOUR)
    assert machine.looks(3 * HOUR, shows)
    refused(claimed, ana, at=NOON + shows + MINUTE)
    assert LogOpening.objects.get(subject_kind="clock").detail == {"sign_ins": 0, "requests": 0, "grants": 1}
    read(actions.claim(case=claimed, by=ana, now=NOON + shows + MINUTE), ana, at=NOON + shows + MINUTE)


@pytest.mark.req("PRI-18")
def test_emergency_access_ends_with_it_and_still_has_to_be_looked_at(machine: Machine, claimed: Case, ben: Actor) -> None:
    glass = broken(claimed, ben)
    assert machine.looks(25 * MINUTE, 20 * MINUTE)
    refused(claimed, ben, Matter.IDENTITY, at=NOON + 21 * MINUTE)
    glass.refresh_from_db()
    assert (glass.grant.ended_why, glass.reviewed_at) == ("lapsed", None)


def test_small_steps_back_add_up(machine: Machine, claimed: Case, ana: Actor) -> None:
    """Half a minute each time: the second one and every one after that counts against what the counter says."""
    seen = [machine.looks(number * HOUR, number * HOUR - number * MINUTE / 2) for number in range(1, 7)]
    assert seen == [False, False, True, False, False, True]
    assert CaseGrant.objects.filter(ended_at=None).count() == 0


def test_a_clock_that_runs_on_is_corrected_or_set_forward_ends_nothing(machine: Machine, claimed: Case, ana: Actor) -> None:
    for after, shows in ((HOUR, HOUR), (HOUR, HOUR - MINUTE / 2), (HOUR, HOUR + MINUTE / 2), (2 * HOUR, 3 * HOUR)):
        assert not machine.looks(after, shows)
    read(claimed, ana, at=NOON + 3 * HOUR)
    assert set_back() == 0


def test_a_clock_that_ran_ahead_and_was_put_right_ends_what_was_given_meanwhile(machine: Machine, case: Case, ana: Actor) -> None:
    assert not machine.looks(MINUTE, 24 * HOUR)
    ahead = taken(case, ana, at=NOON + 24 * HOUR)
    assert machine.looks(2 * MINUTE, 2 * MINUTE)
    for later in (3 * MINUTE, 24 * HOUR + MINUTE, 27 * HOUR):
        refused(ahead, ana, at=NOON + later)


def test_a_process_that_starts_anew_knows_how_late_it_was_also_after_a_start_of_the_machine(machine: Machine, claimed: Case, ana: Actor) -> None:
    look_at_the_clock(now=NOON + 2 * HOUR)
    assert not Machine(8000.0).looks(0 * HOUR, 3 * HOUR)
    assert Machine(8.0).looks(0 * HOUR, HOUR)
    refused(claimed, ana, at=NOON + HOUR)
    assert not Machine(9.0).looks(0 * HOUR, HOUR)


def test_it_ends_everything_once_however_many_processes_see_it(machine: Machine, claimed: Case, ana: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    other = list(limits._held)
    assert machine.looks(3 * HOUR, HOUR)
    actions.claim(case=claimed, by=ana, now=NOON + HOUR)
    monkeypatch.setattr(limits, "_held", other)
    assert not machine.looks(3 * HOUR, HOUR)
    read(claimed, ana, at=NOON + HOUR)
    assert machine.looks(3 * HOUR, 0 * HOUR)
    assert set_back() == 2


def test_a_steady_clock_costs_no_question(machine: Machine, django_assert_num_queries: Callable[..., object]) -> None:
    with django_assert_num_queries(0):  # type: ignore[attr-defined]
        assert not machine.looks(HOUR, HOUR)


def test_the_log_names_it_to_the_second_by_a_code(machine: Machine, claimed: Case) -> None:
    assert machine.looks(3 * HOUR, 0 * HOUR)
    assert bytes(LogOpening.objects.get(subject_kind="clock").entry.leaf).count(Event.ACCOUNTS_CLOCK_SET_BACK.value.encode()) == 1
