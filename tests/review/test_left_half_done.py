"""Cases that somebody took and came to no end with: none falls silent, and none stops whoever takes the next one."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from tests.review.conftest import CLEAR, SEVERE, as_actor
from tests.review.test_pages import at, enter
from tests.support.cast import NOON

from cairndesk.accounts.errors import NotPermitted
from cairndesk.accounts.models import Organisation, Person
from cairndesk.accounts.rules import Actor, Role
from cairndesk.cases.actions import add_item, move, withdraw_grants
from cairndesk.cases.errors import TakenOff
from cairndesk.cases.models import Case
from cairndesk.cases.rules.stages import Stage
from cairndesk.intake.models import Alarm
from cairndesk.intake.queries import ringing
from cairndesk.lib import clock
from cairndesk.review import actions, errors, jobs, queries
from cairndesk.triage import queries as triage
from cairndesk.triage.rules.queues import BY_KEY

__all__ = ["at", "enter"]
pytestmark = pytest.mark.django_db
Tell = Callable[..., Case]
BURNS = {"danger": ["happening_now"]}
LATER = NOON + timedelta(hours=9)


@pytest.mark.slow
def test_a_child_in_danger_whom_somebody_left_half_done_waits_again_and_an_alarm_rings(
    tell: Tell, ana: Actor, sam: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    case, calm = actions.claim(case=tell(BURNS), by=ana, now=NOON), actions.claim(case=tell(), by=ana, now=NOON)
    monkeypatch.setattr(clock, "now", lambda: NOON + timedelta(minutes=30))
    assert jobs.take_up_again() == 0
    monkeypatch.setattr(clock, "now", lambda: NOON + timedelta(minutes=31))
    assert jobs.take_up_again() == 1
    case.refresh_from_db()
    assert (case.stage, case.claimed_by, case.next_action_at) == (Stage.QUEUED, "", case.due_at)
    assert [alarm.case for alarm in ringing(case.organisation_id)] == [case]
    assert jobs.take_up_again() == 0
    # What does not burn is handed to whoever takes the next one.
    assert [actions.claim_next(by=sam, now=LATER) for _ in range(2)] == [case, calm]
    with pytest.raises(errors.NothingWaits):
        actions.claim_next(by=sam, now=LATER)


@pytest.mark.slow
def test_whoever_works_on_a_child_in_danger_keeps_the_case_with_each_step(
    tell: Tell, ana: Actor, sam: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def after(minutes: int) -> datetime:
        monkeypatch.setattr(clock, "now", lambda: NOON + timedelta(minutes=minutes))
        return clock.now()

    case = actions.claim(case=tell(BURNS), by=ana, now=NOON)
    actions.open_account(report=case.reports.get(), by=ana, now=after(25))
    assert jobs.take_up_again() == 0
    case.refresh_from_db()
    assert case.lease_until == NOON + timedelta(minutes=55)
    # The grant of the claim is over by then; the step gives another, and what is written down is a step too.
    actions.open_account(report=case.reports.get(), by=ana, now=after(50))
    case.refresh_from_db()
    add_item(case=case, kind="url", identifier="https://pictures.example/1", by=ana, now=after(79))
    # What others write down keeps it for nobody, and no step revives a claim that is over.
    case.refresh_from_db()
    add_item(case=case, kind="url", identifier="https://pictures.example/2", by=sam, now=after(100))
    assert (after(108), jobs.take_up_again()) == (NOON + timedelta(minutes=108), 0)
    case.refresh_from_db()
    add_item(case=case, kind="url", identifier="https://pictures.example/3", by=ana, now=after(110))
    assert jobs.take_up_again() == 1
    assert [alarm.case for alarm in ringing(case.organisation_id)] == [case]


def test_how_long_it_is_kept_is_the_choice_of_the_operator(tell: Tell, ana: Actor, settings: Any) -> None:
    settings.CAIRNDESK = settings.CAIRNDESK.model_copy(update={"desk": settings.CAIRNDESK.desk.model_copy(update={"claim_minutes": 10})})
    assert actions.claim(case=tell(BURNS), by=ana, now=NOON).lease_until == NOON + timedelta(minutes=10)
    assert actions.claim(case=tell(), by=ana, now=NOON).lease_until == NOON + timedelta(hours=4)


@pytest.mark.slow
def test_a_child_in_danger_about_whom_two_views_differ_rings_and_stands_with_what_burns(tell: Tell, ana: Actor, sam: Actor) -> None:
    cases = [tell(BURNS), tell()]
    for case in cases:
        actions.classify(case=actions.claim(case=case, by=ana, now=NOON), look=SEVERE, by=ana, now=NOON)
        assert triage.burning(by=sam).count == 0
    for case in cases:
        actions.give_second_look(case=case, look=CLEAR, agrees=False, by=sam, now=NOON, note="I see less.")
        assert case.stage == Stage.REVIEWING
    burning = cases[0]
    assert [alarm.case for alarm in ringing(burning.organisation_id)] == [burning]
    assert triage.burning(by=sam).count == next(line.count for line in triage.rail(by=sam) if line.queue.in_danger) == 1
    assert list(triage.cases_in(BY_KEY["danger"], by=sam)) == [burning]
    assert triage.since_last(by=sam, now=NOON).burning == 1
    actions.claim(case=burning, by=sam, now=NOON)
    assert not ringing(burning.organisation_id)
    assert triage.burning(by=sam).count == triage.since_last(by=sam, now=NOON).burning == 0


@pytest.mark.slow
def test_between_two_views_nobody_is_handed_the_decision(tell: Tell, ana: Actor, sam: Actor) -> None:
    case = tell()
    actions.classify(case=actions.claim(case=case, by=ana, now=NOON), look=CLEAR, by=ana, now=NOON)
    move(case=case, to=Stage.REVIEWING, by=sam, now=NOON)
    actions.claim(case=case, by=sam, now=NOON)
    assert queries.next_in_line(by=ana, now=LATER) == []


@pytest.mark.slow
def test_whoever_is_taken_off_a_case_holds_it_no_more_and_judges_it_no_more(tell: Tell, ana: Actor, sam: Actor) -> None:
    case = actions.claim(case=tell(BURNS), by=ana, now=NOON)
    actions.take_off(case=case, holder=ana.pseudonym, by=sam, now=NOON)
    assert (case.stage, case.claimed_by) == (Stage.QUEUED, "")
    assert Alarm.objects.filter(case=case, answered_at=None).count() == 1
    with pytest.raises(NotPermitted):
        actions.classify(case=case, look=CLEAR, by=ana, now=NOON)
    assert actions.claim(case=case, by=sam, now=NOON).claimed_by == sam.pseudonym


@pytest.mark.slow
def test_a_claim_from_before_opens_no_way_to_judge(tell: Tell, ana: Actor, sam: Actor) -> None:
    case = actions.claim(case=tell(), by=ana, now=NOON)
    withdraw_grants(case=case, holder=ana.pseudonym, by=sam, now=NOON)
    with pytest.raises(TakenOff):
        actions.classify(case=case, look=CLEAR, by=ana, now=NOON)
    assert not case.classifications.exists()


@pytest.mark.slow
def test_a_case_that_somebody_was_taken_off_does_not_stop_their_next_one(tell: Tell, ana: Actor, sam: Actor) -> None:
    first, second = tell(BURNS), tell()
    actions.take_off(case=actions.claim(case=first, by=ana, now=NOON), holder=ana.pseudonym, by=sam, now=NOON)
    assert actions.claim_next(by=ana, now=NOON) == second


@pytest.mark.slow
def test_a_case_that_moved_on_since_the_line_was_read_is_passed_over(tell: Tell, ana: Actor, sam: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = tell(BURNS), tell()
    line = queries.next_in_line(by=ana, now=NOON)
    actions.classify(case=actions.claim(case=first, by=sam, now=NOON), look=CLEAR, by=sam, now=NOON)
    monkeypatch.setattr(queries, "next_in_line", lambda **_: line)
    assert actions.claim_next(by=ana, now=NOON) == second


@pytest.mark.slow
def test_whose_training_ran_out_can_still_put_the_case_back(
    tell: Tell, enrol: Callable[..., Person], one: Organisation, enter: Callable[[Person], Client]
) -> None:
    ana, now = enrol(one, "Ana", Role.ANALYST), clock.now()
    case = actions.claim(case=tell(at=now), by=as_actor(ana), now=now)
    Person.objects.filter(pk=ana.pk).update(credential_until=date(2020, 1, 1))
    assert enter(ana).post(reverse("review:put-back", args=[case.pk])).status_code == 302
    case.refresh_from_db()
    assert (case.stage, case.claimed_by) == (Stage.QUEUED, "")


def test_who_may_not_judge_any_more_can_put_it_back(tell: Tell, ana: Actor) -> None:
    case = actions.claim(case=tell(), by=ana, now=NOON)
    actions.put_back(case=case, by=replace(ana, has_credential=False), now=NOON)
    assert case.stage == Stage.QUEUED
