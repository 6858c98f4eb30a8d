"""Holds on the desk: placed by one, looked at again, lifted by a supervisor who is another person."""

from datetime import timedelta

import pytest
from django.urls import reverse
from tests.response.test_pages import Browser, SignIn, buttons, proof_on

from cairndesk.accounts.models import Organisation, Request
from cairndesk.accounts.rules import Role
from cairndesk.cases.models import Case, Hold
from cairndesk.cases.queries import is_held
from cairndesk.lib import clock

pytestmark = pytest.mark.django_db


def see(browser: Browser, case: Case) -> str:
    return browser.get(reverse("retention:holds", args=[case.pk])).content.decode()


def act(browser: Browser, case: Case, **fields: object) -> int:
    return browser.post(reverse("retention:hold", args=[case.pk, Hold.objects.get().pk]), fields).status_code


@pytest.mark.slow
def test_a_hold_is_placed_read_asked_about_and_lifted_by_another(case: Case, analyst: Browser, supervisor: Browser) -> None:
    soon = clock.now().date() + timedelta(days=30)
    wrong = analyst.post(reverse("retention:holds", args=[case.pk]), {"ground": "court", "why": "Order 7", "review_on": "2020-01-01"})
    assert (wrong.status_code, "name a day after today" in wrong.content.decode(), Hold.objects.count()) == (422, True, 0)
    analyst.post(reverse("retention:holds", args=[case.pk]), {"ground": "court", "why": "Order 7", "review_on": soon})
    page = see(analyst, case)
    assert "Held because a court ordered it" in page
    assert "Order 7" not in page
    shown = analyst.get(reverse("review:case", args=[case.pk])).content.decode()
    assert "nothing of it may be destroyed" in shown
    why = analyst.post(reverse("review:note", args=[case.pk, Hold.objects.get().why_id])).content.decode()
    assert "Order 7" in why
    assert "A hold stands on this case" in supervisor.get(reverse("response:erasure", args=[case.pk])).content.decode()
    assert act(analyst, case, act="review", review_on=soon + timedelta(days=5)) == 302
    assert act(supervisor, case, act="ask", why="It is over.") == 302
    assert "Lift this hold" not in buttons(see(supervisor, case))
    decide = reverse("accounts:request-decide", args=[Request.objects.get().pk])
    assert supervisor.post(decide, {"act": "take_back"}).status_code == 302
    assert act(analyst, case, act="ask", why="It is over.") == 302
    page = see(supervisor, case)
    assert "Lift this hold" in buttons(page)
    decide = reverse("accounts:request-decide", args=[Request.objects.get(closed_at=None).pk])
    assert supervisor.post(decide, {"act": "approve"}).status_code in {401, 403, 422}
    assert is_held(case)
    supervisor.post(decide, {"act": "approve"} | proof_on(supervisor, page))
    assert not is_held(case)
    assert "Lifted before" in see(analyst, case)


def test_another_organisation_finds_no_hold_and_an_act_that_no_button_names_is_not_done(
    case: Case, analyst: Browser, sign_in: SignIn, two: Organisation
) -> None:
    soon = clock.now().date() + timedelta(days=30)
    analyst.post(reverse("retention:holds", args=[case.pk]), {"ground": "court", "why": "Order 7", "review_on": soon})
    other = sign_in(two, "Olo", Role.SUPERVISOR)
    assert other.get(reverse("retention:holds", args=[case.pk])).status_code == 404
    assert act(other, case, act="ask", why="x") == 404
    assert act(analyst, case, act="burn") == 422
    assert is_held(case)
