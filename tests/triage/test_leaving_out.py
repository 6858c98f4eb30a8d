"""Leave out kinds of work, put a case back: no reason, nobody is told, nothing is counted; and a child in danger is still seen by somebody."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from tests.review.conftest import as_actor, enrol, tell
from tests.review.test_pages import anas, at, enter

from cairndesk.accounts.models import Duty, Organisation, Person
from cairndesk.accounts.rules import Actor, Role
from cairndesk.cases.actions import add_item
from cairndesk.cases.models import Case, CasePerson, HarmCode, Incident
from cairndesk.custody.models import LogEntry, LogOpening
from cairndesk.intake.models import Alarm
from cairndesk.response.queries.paging import pages_due
from cairndesk.review import actions as review
from cairndesk.review import queries as looks
from cairndesk.review.errors import NothingWaits
from cairndesk.triage import actions, queries
from cairndesk.triage.models import LeftOut, PutBack
from cairndesk.triage.rules.queues import BY_KEY
from cairndesk.triage.rules.work import PUT_BACK_FOR, WORDS, Work

__all__ = ["anas", "at", "enrol", "enter", "tell"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ring")]
Tell = Callable[..., Case]
Enrol = Callable[..., Person]
NOW_TOLD = {"what": ["found"], "danger": ["happening_now"]}


@pytest.fixture
def ari(enrol: Enrol, one: Organisation) -> Person:
    return enrol(one, "Ari", Role.ANALYST)


@pytest.fixture
def ben(enrol: Enrol, one: Organisation) -> Person:
    return enrol(one, "Ben", Role.ANALYST)


def in_danger(by: Actor) -> int:
    return queries.band(queries.rail(by=by), alarms=0, by=by).count


def on_duty(one: Organisation, at: datetime, *people: Person) -> None:
    for person in people:
        turn = {"begins": at - timedelta(hours=1), "ends": at + timedelta(hours=5), "entered_by": "x"}
        Duty.objects.create(organisation=one, person=person, page_to=f"{person.name}@x.org", **turn)


def harm(case: Case, code: str) -> None:
    HarmCode.objects.create(incident=case.incidents.first(), harm=code, taxonomy="1")


def of_kind(case: Case, kind: Work, by: Actor, now: datetime) -> None:
    if not case.incidents.exists():
        Incident.objects.create(case=case, described_at=now, taxonomy="1")
    if kind is Work.IMAGERY:
        add_item(case=case, kind="media", identifier="ab" * 32, facts={"hash_kind": "sha256"}, by=by, now=now)
    elif kind is Work.LIVE:
        Incident.objects.filter(case=case).update(abuse_now="yes")
    elif kind is Work.YOUNGEST:
        CasePerson.objects.create(case=case, apparent_age="age_3_6", taxonomy="1", added_at=now)
    elif kind is Work.SELF_HARM:
        Incident.objects.filter(case=case).update(self_harm="yes")
    elif kind is Work.AT_HOME:
        CasePerson.objects.create(case=case, relation="carer", taxonomy="1", added_at=now)
    else:
        harm(case, "threat_to_share")


@pytest.mark.slow
@pytest.mark.parametrize("kind", list(Work))
def test_what_somebody_left_out_is_in_none_of_their_lists_and_is_not_handed_to_them(
    tell: Tell, ari: Person, ben: Person, at: datetime, kind: Work
) -> None:
    aris, bens = as_actor(ari), as_actor(ben)
    plain, such = tell(at=at), tell(at=at - timedelta(hours=1))
    of_kind(such, kind, aris, at)
    actions.choose_work(leave_out=[kind], by=aris)

    def seen(by: Actor) -> list[set[Case]]:
        lines = {line.queue.key: line.count for line in queries.rail(by=by)}
        found = [set(queries.cases_in(BY_KEY["waiting"], by=by)), set(queries.longest_waiting(by=by)), set(looks.next_in_line(by=by, now=at))]
        assert lines["waiting"] == len(found[0])
        return found

    assert seen(aris) == [{plain}] * 3
    assert seen(bens) == [{plain, such}] * 3
    # What is theirs already stays in sight, and the others are as they were.
    review.claim(case=such, by=aris, now=at)
    assert set(queries.cases_in(BY_KEY["mine"], by=aris)) == {such}
    actions.choose_work(leave_out=[], by=aris)
    assert not LeftOut.objects.exists()


@pytest.mark.slow
def test_no_reason_is_asked_nobody_is_told_and_it_is_changed_by_who_chose_it_alone(
    tell: Tell, enter: Callable[[Person], Client], ari: Person, enrol: Enrol, one: Organisation, at: datetime, django_assert_max_num_queries: Any
) -> None:
    such, before = tell(at=at), LogEntry.objects.count()
    of_kind(such, Work.YOUNGEST, as_actor(ari), at)
    aris, sams = enter(ari), enter(enrol(one, "Sam", Role.SUPERVISOR))
    page = aris.post("/yourself/work/", {"leave_out": ["youngest", "live"]}, follow=True).content.decode()
    assert page.count("checked") == 2
    assert LogEntry.objects.count() == before
    with django_assert_max_num_queries(30):
        assert such.number not in aris.get("/").content.decode()
    assert such.number not in aris.get("/queue/waiting/").content.decode()
    # Another person sees everything as before, and nothing of the choice.
    assert such.number in sams.get("/").content.decode()
    assert "checked" not in sams.get("/yourself/").content.decode().partition("Work that you leave out")[2].partition("</section>")[0]
    assert aris.post("/yourself/work/", {"leave_out": ["everything"]}).status_code == 422
    assert set(LeftOut.objects.values_list("actor", "kind")) == {(str(ari.pseudonym), "youngest"), (str(ari.pseudonym), "live")}
    assert set(WORDS) == set(Work)


def test_not_this_one_is_one_press_and_the_case_is_handed_to_others_only(tell: Tell, ari: Person, ben: Person, at: datetime) -> None:
    aris, case = as_actor(ari), tell(at=at)
    review.claim_next(by=aris, now=at)
    case.refresh_from_db()
    review.put_back(case=case, by=aris, now=at)
    with pytest.raises(NothingWaits):
        review.claim_next(by=aris, now=at)
    # It stays in their list, whoever opens it may take it, and nobody is handed it later than otherwise.
    assert list(queries.cases_in(BY_KEY["waiting"], by=aris)) == [case]
    assert looks.next_in_line(by=aris, now=at + PUT_BACK_FOR) == [case]
    assert actions.forget_put_back(now=at + PUT_BACK_FOR - timedelta(seconds=1)) == 0
    assert review.claim_next(by=as_actor(ben), now=at) == case
    assert (actions.forget_put_back(now=at + PUT_BACK_FOR), PutBack.objects.exists()) == (1, False)
    # The log says that it went back, as it says that it was taken, and no reason.
    assert LogOpening.objects.filter(detail__has_key="reason").count() == 0


@pytest.mark.slow
def test_a_child_in_danger_stays_in_sight_and_is_called_out_to_others_first(
    tell: Tell, ari: Person, ben: Person, one: Organisation, at: datetime
) -> None:
    aris, case = as_actor(ari), tell(NOW_TOLD, at=at)
    actions.choose_work(leave_out=list(Work), by=aris)
    of_kind(case, Work.LIVE, aris, at)
    on_duty(one, at, ari, ben)
    alarm = Alarm.objects.create(spool_name="told", organisation=one, case=case, raised_at=at)

    def called(after: timedelta, *, of: Alarm = alarm, supervisors: tuple[str, ...] = ()) -> set[str]:
        return {page.to for page in pages_due(of, supervisors=supervisors, now=at + after)}

    assert in_danger(aris) == 1
    assert list(queries.cases_in(BY_KEY["danger"], by=aris)) == [case]
    assert looks.next_in_line(by=aris, now=at) == []
    assert called(timedelta()) == {"Ben@x.org"}
    assert called(timedelta(minutes=10)) == {"Ari@x.org", "Ben@x.org"}
    assert called(timedelta(), supervisors=("sam@x.org",)) == {"Ben@x.org"}
    # Where nobody else is there, nobody is passed by: a supervisor's mail may be read in the morning.
    actions.choose_work(leave_out=list(Work), by=as_actor(ben))
    assert called(timedelta(), supervisors=("sam@x.org",)) == {"Ari@x.org", "Ben@x.org", "sam@x.org"}
    assert called(timedelta()) == {"Ari@x.org", "Ben@x.org"}


@pytest.mark.slow
def test_an_emergency_that_is_put_back_rings_anew_for_others(tell: Tell, ari: Person, ben: Person, one: Organisation, at: datetime) -> None:
    aris, case = as_actor(ari), tell(NOW_TOLD, at=at)
    on_duty(one, at, ari, ben)
    review.claim(case=case, by=aris, now=at)
    review.put_back(case=case, by=aris, now=at)
    [again] = Alarm.objects.filter(case=case, answered_at=None)
    assert {page.to for page in pages_due(again, supervisors=(), now=at)} == {"Ben@x.org"}
    assert in_danger(aris) == 1
    review.claim(case=case, by=as_actor(ben), now=at)
    assert not Alarm.objects.filter(case=case, answered_at=None).exists()
    # An ordinary case rings for nobody.
    other = review.claim(case=tell(at=at), by=aris, now=at)
    review.put_back(case=other, by=aris, now=at)
    assert not Alarm.objects.filter(case=other).exists()
