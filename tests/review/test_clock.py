"""A clock that jumps, ahead and back: decisions that wait, taking back, the ledger of looking, and pages whose rows lie ahead of them."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from tests.review.conftest import CLEAR, as_actor
from tests.review.test_pages import Enter, enter
from tests.review.test_stacks import Report, ana, classified, decide, report
from tests.support.cast import NOON

from cairndesk.accounts.models import Organisation, Person
from cairndesk.accounts.rules import Actor, Role
from cairndesk.accounts.undo import window
from cairndesk.cases.models import Case
from cairndesk.cases.rules import Stage
from cairndesk.custody.queries import entries_about
from cairndesk.lib import clock
from cairndesk.response import actions as response
from cairndesk.review import actions, errors, jobs, queries
from cairndesk.review.models import Classification, Exposure, StackDecision
from cairndesk.review.rules.exposure import Kind, Prompt
from cairndesk.triage.models import Stacked
from cairndesk.triage.rules.queues import BY_KEY

__all__ = ["ana", "enter", "report"]
pytestmark = [pytest.mark.django_db, pytest.mark.slow]
HOUR, DAY, SECOND = timedelta(hours=1), timedelta(days=1), timedelta(seconds=1)
JUMPS = pytest.mark.parametrize("jump", [DAY, -HOUR, -DAY, -365 * DAY], ids=["a day ahead", "an hour back", "a day back", "a year back"])


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> "Machine":
    found = Machine()
    monkeypatch.setattr(clock, "now", lambda: found.shows)
    return found


class Machine:
    """What the clock shows, and a belt that turns at it."""

    shows = NOON

    def works(self, *, after: timedelta = timedelta()) -> int:
        """For how many cases a turn carries something out, once so much more time has gone by."""
        self.shows += after
        return jobs.carry_out()


def followed(case: Case) -> tuple[int, int]:
    """How often it was classified, and how often that it followed is logged."""
    return Classification.objects.filter(case=case).count(), [line.event for line in entries_about(case.pk)].count("review.stack.followed")


@JUMPS
def test_a_decision_about_a_stack_is_carried_out_once_wherever_the_clock_jumps(report: Report, ana: Actor, machine: Machine, jump: timedelta) -> None:
    """The clock jumps after it was laid down, and is put right later: neither twice, nor never."""
    lead, cases = classified(report(), ana), [report(), report()]
    done = decide(lead=lead, by=ana, now=NOON)
    machine.shows = NOON + jump
    turned = [machine.works(), machine.works(after=window()), machine.works(after=SECOND)]
    assert sum(turned) == 2
    machine.shows = NOON + window()
    assert [machine.works(), machine.works(after=DAY)] == [0, 0]
    assert [followed(case) for case in cases] == [(1, 1), (1, 1)]
    done.decision.refresh_from_db()
    assert done.decision.done_at is not None


@JUMPS
def test_what_was_laid_down_while_the_clock_ran_wrongly_waits_thirty_seconds_at_most_once_it_is_put_right(
    report: Report, ana: Actor, machine: Machine, jump: timedelta
) -> None:
    lead, case = classified(report(), ana), report()
    machine.shows = NOON + jump
    decide(lead=lead, shown_at=NOON + DAY, by=ana, now=machine.shows)
    machine.shows = NOON + SECOND
    if jump > timedelta():
        # The clock is put right: thirty seconds from then, not a day.
        assert [machine.works(), machine.works(after=window() - SECOND), machine.works(after=SECOND)] == [0, 0, 1]
    else:
        assert machine.works() == 1
    assert [machine.works(after=window()), machine.works(after=DAY)] == [0, 0]
    assert followed(case) == (1, 1)


@JUMPS
@pytest.mark.parametrize("taken_back_before", [True, False], ids=["taken back, then it jumps", "it jumps, then taken back"])
def test_what_was_taken_back_never_follows(report: Report, ana: Actor, machine: Machine, jump: timedelta, *, taken_back_before: bool) -> None:
    lead, case = classified(report(), ana), report()
    done = decide(lead=lead, by=ana, now=NOON)
    is_in_time = taken_back_before or jump < timedelta()
    machine.shows = NOON + (SECOND if taken_back_before else jump)
    if is_in_time:
        actions.take_back_decision(decision=done.decision, by=ana, now=machine.shows)
    else:
        with pytest.raises(errors.TooLate):
            actions.take_back_decision(decision=done.decision, by=ana, now=machine.shows)
    for shows in (NOON + jump, NOON + jump + window(), NOON + window(), NOON + 2 * DAY):
        machine.shows = shows
        machine.works()
    assert followed(case) == ((0, 0) if is_in_time else (1, 1))
    case.refresh_from_db()
    assert (case.stage == Stage.QUEUED) is is_in_time


def test_once_a_case_followed_a_clock_that_is_set_back_takes_nothing_back(report: Report, ana: Actor, machine: Machine) -> None:
    lead, case = classified(report(), ana), report()
    done = decide(lead=lead, by=ana, now=NOON)
    assert machine.works(after=window()) == 1
    for back in (SECOND, HOUR, DAY):
        with pytest.raises(errors.TooLate):
            actions.take_back_decision(decision=done.decision, by=ana, now=NOON - back)
    assert followed(case) == (1, 1)


def test_nothing_is_lost_where_the_clock_jumps_between_one_case_and_the_next(report: Report, ana: Actor, machine: Machine) -> None:
    lead, cases = classified(report(), ana), [report() for _ in range(5)]
    done = decide(lead=lead, by=ana, now=NOON)
    machine.shows = NOON + window()
    for jump in (timedelta(), DAY, -DAY, HOUR):
        actions.carry_out(decision=StackDecision.objects.get(), most=1, now=machine.shows + jump)
    assert machine.works() == 1
    assert [followed(case) for case in cases] == [(1, 1)] * 5
    assert set(done.decision.members.values_list("state", flat=True)) == {"followed"}
    assert machine.works(after=DAY) == 0


@JUMPS
def test_a_classification_is_taken_back_in_its_thirty_seconds_and_by_no_clock_that_is_set(report: Report, ana: Actor, jump: timedelta) -> None:
    case = actions.claim(case=report(), by=ana, now=NOON)
    actions.classify(case=case, look=CLEAR, by=ana, now=NOON)
    with pytest.raises(errors.StandsByNow):
        response.take_back_classification(case=case, by=ana, now=NOON + jump)
    case.refresh_from_db()
    assert (case.stage, queries.latest(case) is not None) == (Stage.CLASSIFIED, True)
    # The clock is put right within the time: it is taken back as ever, and counts as never having been.
    response.take_back_classification(case=case, by=ana, now=NOON + SECOND)
    assert (case.stage, case.claimed_by, queries.latest(case)) == (Stage.REVIEWING, ana.pseudonym, None)
    with pytest.raises(errors.StandsByNow):
        response.take_back_classification(case=case, by=ana, now=NOON + jump)
    actions.classify(case=case, look=CLEAR, by=ana, now=NOON + jump)
    assert queries.latest(case).version == 2  # type: ignore[union-attr]


@pytest.mark.parametrize("back", [SECOND, HOUR, DAY, 13 * DAY])
def test_the_cap_of_a_day_is_not_emptied_by_a_clock_that_is_set_back(ana: Actor, back: timedelta) -> None:
    held = queries.standing(ana)
    cap = held.shown.day * 60
    actions.note_elsewhere(minutes=cap // 60, by=ana, now=NOON)
    mine = queries.mine(ana, held, now=NOON - back)
    assert (mine.spent, mine.since_break >= 0, Prompt.CAP in mine.prompts) == (cap, True, True)
    assert actions.forget_exposure(now=NOON - back) == 0
    # What is written down at the wrong time counts with it, and again once the clock is put right.
    actions.note_elsewhere(minutes=1, by=ana, now=NOON - back)
    assert queries.mine(ana, held, now=NOON - back).spent == cap + 60
    assert queries.mine(ana, held, now=NOON + SECOND).spent >= cap


def test_a_clear_view_whose_end_lies_ahead_counts_as_it_stands(ana: Actor, one: Organisation) -> None:
    line = Exposure.objects.create(actor=ana.pseudonym, organisation=one, kind=Kind.REVEAL, at=NOON, seconds=10)
    for shows in (NOON - SECOND, NOON - DAY, NOON + DAY):
        actions.end_reveal(by=ana, now=shows)
        line.refresh_from_db()
        assert line.seconds == 10


@pytest.mark.parametrize("shows", [-2 * HOUR, -DAY, -365 * DAY, DAY], ids=["hours back", "a day back", "a year back", "a day ahead"])
def test_every_page_of_the_day_is_drawn_though_its_rows_lie_ahead(
    report: Report, machine: Machine, enter: Enter, enrol: Callable[..., Person], one: Organisation, shows: timedelta
) -> None:
    person = enrol(one, "Ana", Role.ANALYST, Role.SUPERVISOR)
    ana = as_actor(person)
    lead, alike = classified(report(), ana), [report(), report()]
    burning, mine = report(danger="happening_now"), actions.claim(case=report(at=NOON), by=ana, now=NOON)
    decide(lead=lead, by=ana, now=NOON)
    actions.note_elsewhere(minutes=90, by=ana, now=NOON)
    assert Stacked.objects.filter(case__in=alike).count() == 2
    machine.shows = NOON + shows
    # Whoever signs in now: who was signed in before is signed out by such a clock.
    browser: Client = enter(person)
    cases = [reverse("review:case", args=[one.pk]) for one in (lead, burning, mine, *alike)]
    stack = reverse("review:stack", args=[lead.pk])
    queues = [reverse("triage:queue", args=[key]) for key in BY_KEY]
    pages = {path: browser.get(path) for path in ("/", "/burning/", "/shift/", "/stacks/", "/yourself/", stack, *queues, *cases)}
    assert {path: page.status_code for path, page in pages.items()} == dict.fromkeys(pages, 200)
    for path, page in pages.items():
        assert not any(f"{negative} {unit}" in page.content.decode() for negative in ("-1", "-2") for unit in ("h", "d", "min")), path
    assert "2 wait to be carried out" in pages[stack].content.decode()
    assert "90" in pages["/yourself/"].content.decode()
