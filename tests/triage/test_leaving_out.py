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
def test_what_somebody_left_out_is_in_none_of_their_lists_is_counted_all_the_same_and_is_not_handed_to_them(
    tell: Tell, ari: Person, ben: Person, at: datetime, kind: Work
) -> None:
    aris, bens = as_actor(ari), as_actor(ben)
    plain, such = tell(at=at), tell(at=at - timedelta(hours=1))
    of_kind(such, kind, aris, at)
    actions.choose_work(leave_out=[kind], by=aris)

    def seen(by: Actor) -> list[set[Case]]:
        lines, waiting = {line.queue.key: line.count for line in queries.rail(by=by)}, BY_KEY["waiting"]
        found = [set(queries.cases_in(waiting, by=by)), set(queries.longest_waiting(by=by)), set(looks.next_in_line(by=by, now=at))]
        assert lines["waiting"] == 2 == len(found[0]) + queries.left_out_of(waiting, by=by).count()
        assert set(queries.cases_in(waiting, by=by, whole=True)) == {plain, such}
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


@pytest.mark.slow
def test_every_page_that_leaves_something_out_says_how_much_and_shows_it_on_request(
    tell: Tell, enter: Callable[[Person], Client], ari: Person, at: datetime, django_assert_max_num_queries: Any
) -> None:
    such = tell(at=at)
    of_kind(such, Work.YOUNGEST, as_actor(ari), at)
    actions.choose_work(leave_out=[Work.YOUNGEST], by=as_actor(ari))
    aris, queue = enter(ari), "/queue/waiting/"
    for address in ("/", queue, "/queue/open/"):
        page = aris.get(address).content.decode()
        assert "1 more of kinds that you left out." in page
        assert (such.number in page, "taken up" in page, "New reports appear here" in page, "Every case that is not" in page) == (False,) * 4
    assert f'href="{queue}?whole=on"' in aris.get("/").content.decode()
    assert f'href="{queue}?level={such.priority}&amp;whole=on"' in aris.get(f"{queue}?level={such.priority}").content.decode()
    with django_assert_max_num_queries(30):
        page = aris.get(f"{queue}?whole=on").content.decode()
    assert (such.number in page, "left out" in page) == (True, False)
    plain = tell(at=at)
    assert "Without 1 of kinds that you left out." in aris.get("/").content.decode()
    with django_assert_max_num_queries(30):
        assert "1 more of kinds that you left out." in aris.get(f"/cases/{plain.pk}/").content.decode()
    # Narrowed, it counts what fits; nothing that was left out is in what is not a list of what waits.
    assert "of kinds that you left out" not in aris.get(f"{queue}?since=2099-01-01").content.decode()
    assert "of kinds that you left out" not in aris.get("/queue/reviewing/").content.decode()


def test_whoever_shares_the_work_out_has_all_of_it_in_their_lists(tell: Tell, enrol: Enrol, one: Organisation, at: datetime) -> None:
    sams, such = as_actor(enrol(one, "Sam", Role.SUPERVISOR)), tell(at=at)
    of_kind(such, Work.YOUNGEST, sams, at)
    actions.choose_work(leave_out=[Work.YOUNGEST], by=sams)
    assert list(queries.cases_in(BY_KEY["waiting"], by=sams)) == list(queries.longest_waiting(by=sams)) == [such]
    assert not queries.left_out_of(BY_KEY["waiting"], by=sams).exists()
    assert looks.next_in_line(by=sams, now=at) == []


def test_what_was_given_by_name_is_shown_whatever_was_left_out(tell: Tell, ari: Person, enrol: Enrol, one: Organisation, at: datetime) -> None:
    aris, sams, such = as_actor(ari), as_actor(enrol(one, "Sam", Role.SUPERVISOR)), tell(at=at)
    of_kind(such, Work.YOUNGEST, aris, at)
    actions.choose_work(leave_out=[Work.YOUNGEST], by=aris)
    actions.give_case(case=such, to=ari.pk, by=sams, now=at)
    assert list(queries.given_to(by=aris, now=at)) == [such]


@pytest.mark.slow
def test_a_second_look_of_a_kind_that_was_left_out_is_listed_only_in_danger(tell: Tell, ari: Person, at: datetime) -> None:
    aris, calm, urgent = as_actor(ari), tell(at=at), tell(NOW_TOLD, at=at)
    for case in (calm, urgent):
        of_kind(case, Work.YOUNGEST, aris, at)
        Case.objects.filter(pk=case.pk).update(stage="second_look")
    assert set(looks.waiting_for_look(by=aris)) == {calm, urgent}
    actions.choose_work(leave_out=[Work.YOUNGEST], by=aris)
    assert looks.waiting_for_look(by=aris) == [urgent]


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
