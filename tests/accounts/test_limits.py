"""A clock that is set back keeps nobody signed in, and leaves nothing to be approved, enrolled or answered that had an end."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.urls import reverse
from tests.accounts.conftest import Staff, enter

from cairndesk.accounts import actions, queries
from cairndesk.accounts.actions import limits
from cairndesk.accounts.errors import LinkSpent, RequestClosed
from cairndesk.accounts.models import Request, Session
from cairndesk.accounts.rules import SYSTEM, Role

pytestmark = [pytest.mark.django_db, pytest.mark.req("EVD-20")]
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _looking(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "SLACK", timedelta(minutes=1))
    monkeypatch.setattr(limits, "_held", [])


def test_who_is_signed_in_has_to_sign_in_again_and_can(ana: Staff) -> None:
    browser = enter(ana)
    assert browser.get("/me/").status_code == 200
    with time_machine.travel(datetime.now(UTC) - HOUR):
        landed = browser.get("/me/")
        assert (landed.status_code, landed["Location"]) == (302, "/sign-in/")
        assert Session.objects.filter(person=ana.person).count() == 0
        assert enter(ana).get("/me/").status_code == 200


def test_what_waits_for_a_second_person_is_not_done_any_more_and_no_link_enrols(ana: Staff, ada: Staff, sam: Staff) -> None:
    now = datetime.now(UTC)
    asked = actions.ask_roles(person=ana.person, roles=[Role.ANALYST, Role.SUPERVISOR], by=ada.actor, now=now)
    lost = actions.ask_replacement(person=ana.person, by=ada.actor, now=now)
    new = actions.add_person(organisation=ana.person.organisation, sign_in_name="new", name="New", roles=[Role.ANALYST], by=SYSTEM, now=now)
    link = actions.make_link(person=new, by=ada.actor, now=now)
    actions.keep_limits(ticks=5000.0, now=now, also=lambda _: 0)
    assert actions.keep_limits(ticks=5000.0 + 60, now=now - HOUR, also=lambda _: 0)
    with pytest.raises(RequestClosed):
        actions.approve(request=asked, by=sam.actor, fresh=None, now=now - HOUR)
    assert not queries.open_replacements(by=sam.actor, now=now - HOUR).filter(pk=lost.pk).exists()
    with pytest.raises(LinkSpent):
        queries.open_link(link, now=now - HOUR)
    closed = Request.objects.get(pk=asked.pk)
    assert closed.closed_at == now - HOUR
    page = enter(ada).get(reverse("accounts:request", args=[asked.pk])).content.decode()
    assert "It was closed by the desk itself, because its clock had been set back, on" in page
    assert "refused" not in page
    # A request whose time ran out and that a later one tidied up was refused by nobody either.
    closed.closed_by, closed.closed_at = sam.actor.pseudonym, closed.until
    assert closed.closed_how == ""
