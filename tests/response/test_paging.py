"""An alarm that nobody answers reaches whoever is on duty, by mail and over the web, and then the supervisors; it says nothing of a case."""

import json
import re
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
from cairndesk.response.actions import paging
from cairndesk.response.adapters.egress import Egress
from cairndesk.response.adapters.smtp import Server, send
from cairndesk.response.errors import DeliveryRefused
from cairndesk.response.models import AlarmPage

pytestmark = pytest.mark.django_db
BOSS = ["boss@desk-one.example"]
MINUTE = timedelta(minutes=1)


@pytest.fixture
def ways(settings) -> Callable[..., None]:
    def configured(port: int = 0, hosts: tuple[str, ...] = (), supervisors: list[str] = BOSS) -> None:
        told = {
            "host": "127.0.0.1" if port else "",
            "port": port or 587,
            "tls": "none",
            "sender": "desk@desk-one.example",
            "supervisors": supervisors,
        }
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
    # After two hours it goes on every hour, also where nothing was sent in between.
    assert [turned(NOW + minutes * MINUTE) for minutes in (130, 170, 181, 3000)] == [1, 0, 1, 1]
    Alarm.objects.update(answered_at=NOW + 3001 * MINUTE, answered_by="P-1")
    assert turned(NOW + 3100 * MINUTE) == 0


def test_whoever_comes_on_duty_is_paged_at_once_also_at_an_address_that_was_paged_before(
    alarm: Alarm, one: Organisation, ana: Actor, smtp: SmtpServer, ways: Callable[..., None]
) -> None:
    ways(smtp.port, supervisors=[])
    assert turned(NOW) == 0
    # Hours later the first duty of the day begins, and in the midst of an hour the next, with the same pager.
    on_duty(one, ana, "pager@desk-one.example", begins=NOW + 290 * MINUTE)
    on_duty(one, ana, "pager@desk-one.example", begins=NOW + 320 * MINUTE)
    on_duty(one, ana, "other@desk-one.example", begins=NOW + 325 * MINUTE)
    assert [turned(NOW + minutes * MINUTE) for minutes in (289, 290, 291, 301, 319, 320, 321, 325, 326)] == [0, 1, 0, 1, 0, 1, 0, 1, 0]
    assert [one.recipient.partition("@")[0] for one in smtp.taken] == ["pager"] * 3 + ["other"]
    known = [re.search(rb"Message-ID: (\S+)", one.content) for one in smtp.taken]
    assert len({found[1] for found in known if found}) == 4, "no reader drops one of them as a second copy"


@pytest.mark.slow
def test_a_way_that_comes_back_is_used_within_ten_minutes(alarm: Alarm, smtp: SmtpServer, ways: Callable[..., None]) -> None:
    ways(smtp.port)
    smtp.behaviour.recipient = 451
    assert [turned(NOW + minutes * MINUTE) for minutes in range(120, 170)] == [0] * 50
    smtp.behaviour.recipient = 250
    assert sum(turned(NOW + minutes * MINUTE) for minutes in range(170, 180)) == 1


def test_supervisors_are_called_for_the_organisation_that_they_are_named_for(
    alarm: Alarm, two: Organisation, smtp: SmtpServer, ways: Callable[..., None]
) -> None:
    raise_alarm(spool_name="there", organisation=two, now=NOW)
    ways(smtp.port, supervisors=[*BOSS, f"{two.slug}: head@desk-two.example"])
    assert turned(NOW) == 2
    assert {one.recipient for one in smtp.taken} == {*BOSS, "head@desk-two.example"}
    # An organisation that names nobody is left to those who are named for all, rather than to nobody.
    ways(smtp.port)
    assert turned(NOW + 11 * MINUTE) == 2
    assert [one.recipient for one in smtp.taken[2:]] == BOSS * 2


def test_an_address_that_mail_cannot_carry_is_refused_for_good(smtp: SmtpServer) -> None:
    server, egress = Server("127.0.0.1", smtp.port, "none"), Egress([("127.0.0.1", smtp.port)])
    with pytest.raises(DeliveryRefused):
        send(server, egress, sender="desk@desk-one.example", recipient="anä@desk-one.example", message=b"")


def test_an_address_that_nothing_can_be_sent_to_holds_up_nobody(
    alarm: Alarm, one: Organisation, two: Organisation, ana: Actor, smtp: SmtpServer, ways: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    raise_alarm(spool_name="there", organisation=two, now=NOW + MINUTE)
    ways(smtp.port, supervisors=[f"{two.slug}:head@desk-two.example"])
    # As older rosters hold them.
    for address in ("anä@desk-one.example", "a@b@c", "https://[bad/", "https://x.example:99999/", "ana@desk-one.example"):
        on_duty(one, ana, address)
    assert turned(NOW + 2 * MINUTE) >= 2
    assert {"ana@desk-one.example", "head@desk-two.example"} <= {one.recipient for one in smtp.taken}
    # Whatever goes wrong with one page.
    done, post = [], paging.send

    def falls(*given: object, recipient: str, **more: object) -> None:
        done.append(recipient)
        if recipient.startswith("ana@"):
            raise KeyError
        post(*given, recipient=recipient, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(paging, "send", falls)
    assert turned(NOW + 13 * MINUTE) >= 1
    assert smtp.taken[-1].recipient == "head@desk-two.example"
    # It is not tried again with each breath.
    turned(NOW + 13.1 * MINUTE)
    assert done.count("ana@desk-one.example") == 1


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
