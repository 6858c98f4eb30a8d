"""An alarm that nobody answers reaches whoever is on duty, by mail and over the web, and then the supervisors; it says nothing of a case."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import time_machine
from django.conf import settings as real
from tests.response.conftest import NOW
from tests.support.list_server import ListServer, Reply
from tests.support.smtp_server import SmtpServer

from cairndesk.accounts.models import Duty, Organisation, Person
from cairndesk.accounts.rules import Actor
from cairndesk.config import Paging
from cairndesk.intake.actions import raise_alarm
from cairndesk.intake.models import Alarm
from cairndesk.response import jobs
from cairndesk.response.models import AlarmPage

pytestmark = pytest.mark.django_db
BOSS = ["boss@desk-one.example"]
MINUTE = timedelta(minutes=1)


@pytest.fixture
def ways(settings) -> Callable[..., None]:
    def configured(port: int = 0, hosts: tuple[str, ...] = ()) -> None:
        told = {"host": "127.0.0.1" if port else "", "port": port or 587, "tls": "none", "sender": "desk@desk-one.example", "supervisors": BOSS}
        mail = real.CAIRNDESK.mail.model_copy(update=told)
        settings.CAIRNDESK = real.CAIRNDESK.model_copy(update={"mail": mail, "paging": Paging(hosts=list(hosts))})

    return configured


@pytest.fixture
def alarm(one: Organisation) -> Alarm:
    return raise_alarm(spool_name="ring", organisation=one, now=NOW)


def on_duty(organisation: Organisation, who: Actor, to: str, *, begins: datetime = NOW - 60 * MINUTE) -> None:
    known = {"organisation": organisation, "sign_in_name": who.name, "name": who.name, "created_at": NOW}
    person, _ = Person.objects.get_or_create(pseudonym=who.pseudonym, defaults=known)
    Duty.objects.create(organisation=organisation, person=person, begins=begins, ends=begins + 480 * MINUTE, page_to=to, entered_by=who.pseudonym)


def turned(at: datetime) -> int:
    with time_machine.travel(at, tick=False):
        return jobs.page()


@pytest.mark.req("INT-06")
def test_whoever_is_on_duty_is_paged_once_a_turn_and_the_supervisors_from_the_second_on(
    alarm: Alarm, one: Organisation, ana: Actor, smtp: SmtpServer, ways: Callable[..., None]
) -> None:
    ways(smtp.port)
    on_duty(one, ana, "ana@desk-one.example")
    on_duty(one, ana, "later@desk-one.example", begins=NOW + 600 * MINUTE)
    assert [turned(NOW + MINUTE) for _ in range(2)] == [1, 0]
    assert [one.recipient for one in smtp.taken] == ["ana@desk-one.example"]
    said = smtp.taken[0].content.decode()
    assert "An alarm rings at the desk" in said
    assert real.CAIRNDESK.desk.origin in said
    assert not any(word in said for word in (str(one.pk), one.name, "ring\n", "child", ana.pseudonym))
    assert turned(NOW + 11 * MINUTE) == 2
    assert {one.recipient for one in smtp.taken[1:]} == {"ana@desk-one.example", *BOSS}
    # Somebody takes the case.
    Alarm.objects.update(answered_at=NOW + 12 * MINUTE, answered_by=ana.pseudonym)
    assert turned(NOW + 21 * MINUTE) == 0


def test_where_nobody_is_on_duty_the_supervisors_are_called_at_once(alarm: Alarm, smtp: SmtpServer, ways: Callable[..., None]) -> None:
    ways(smtp.port)
    assert turned(NOW) == 1
    assert [one.recipient for one in smtp.taken] == BOSS
    assert turned(NOW + 130 * MINUTE) == 0


def test_a_web_address_gets_a_post_at_the_hosts_that_are_named_and_at_no_other(
    alarm: Alarm, one: Organisation, ana: Actor, ways: Callable[..., None]
) -> None:
    with ListServer(lambda _: Reply(status=202)) as pager:
        on_duty(one, ana, f"http://127.0.0.1:{pager.port}/call?key=k")
        ways()
        assert turned(NOW) == 0
        assert pager.asked == []
        assert AlarmPage.objects.get().sent_at is None
        ways(hosts=(f"127.0.0.1:{pager.port}",))
        # Half a minute later it is tried again.
        assert [turned(NOW + 0.1 * MINUTE), turned(NOW + MINUTE)] == [0, 1]
        (asked,) = pager.asked
    assert (asked.path, asked.query) == ("/call", {"key": "k"})
    assert json.loads(asked.body) == {"what": "alarm", "turn": 1, "desk": real.CAIRNDESK.desk.origin}
    assert AlarmPage.objects.get().sent_at == NOW + MINUTE


def test_a_pager_that_fails_holds_up_nobody_elses_page(
    alarm: Alarm, one: Organisation, ana: Actor, smtp: SmtpServer, ways: Callable[..., None]
) -> None:
    with ListServer(lambda _: Reply(status=500)) as pager:
        on_duty(one, ana, f"http://127.0.0.1:{pager.port}/")
        on_duty(one, ana, "ana@desk-one.example")
        ways(smtp.port, (f"127.0.0.1:{pager.port}",))
        assert turned(NOW) == 1
    assert [one.recipient for one in smtp.taken] == ["ana@desk-one.example"]
    assert AlarmPage.objects.filter(sent_at=None).count() == 1
