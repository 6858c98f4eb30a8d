"""An emergency from the moment it comes in: first in line, in sight on every page with its time, and called out further until somebody takes it."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from tests.response.conftest import NOW
from tests.response.test_paging import BOSS, MINUTE, on_duty, turned, ways
from tests.review.conftest import as_actor, enrol, tell
from tests.review.test_pages import enter
from tests.support.smtp_server import SmtpServer

from cairndesk.accounts.models import Organisation, Person
from cairndesk.accounts.rules import Role
from cairndesk.cases.models import Case
from cairndesk.intake.actions import raise_alarm
from cairndesk.intake.models import Alarm

__all__ = ["enrol", "enter", "tell", "ways"]
pytestmark = pytest.mark.django_db


@pytest.mark.req("TRG-02")
def test_an_emergency_is_in_sight_everywhere_and_called_out_further_until_somebody_takes_it(
    tell: Callable[..., Case],
    enrol: Callable[..., Person],
    enter: Callable[[Person], Client],
    one: Organisation,
    smtp: SmtpServer,
    ways: Callable[..., None],
) -> None:
    ways(smtp.port)
    with time_machine.travel(NOW, tick=False):
        person = enrol(one, "Ana", Role.ANALYST)
        anas = enter(person)
    on_duty(one, as_actor(person), "ana@desk-one.example")
    older, burning = tell(at=NOW - timedelta(days=2)), tell({"danger": ["happening_now"]}, at=NOW)
    raise_alarm(spool_name="ring", organisation=one, now=NOW)
    Alarm.objects.update(case=burning)
    assert turned(NOW + MINUTE) == 1
    assert turned(NOW + 11 * MINUTE) == 2
    assert [mail.recipient for mail in smtp.taken] == ["ana@desk-one.example", "ana@desk-one.example", *BOSS]
    with time_machine.travel(NOW + 12 * MINUTE, tick=False):
        for page in ("/", "/queue/waiting/", f"/cases/{older.pk}/", "/duty/", "/terms/", "/me/"):
            shown = anas.get(page).content.decode()
            assert "1 child may be in danger now." in shown, page
            assert ">12 min</time>" in shown[shown.index("may be in danger") : shown.index("Go to them now")], page
        # Who may open no case is told, so that they can call somebody, and led nowhere.
        others = enter(enrol(one, "Ada", Role.ADMINISTRATOR))
        for page in ("/", "/burning/"):
            assert "Go to them now" in anas.get(page).content.decode(), page
            told = others.get(page).content.decode()
            assert "may be in danger now" in told, page
            assert "Go to them now" not in told, page
        assert [row.case for row in anas.get("/queue/waiting/").context["rows"]] == [burning, older]
        assert anas.post("/review/next/").url == f"/cases/{burning.pk}/"
        assert "may be in danger now" not in anas.get("/").content.decode()
    assert turned(NOW + 21 * MINUTE) == 0
