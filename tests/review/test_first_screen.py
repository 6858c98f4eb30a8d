"""What the first screen says of the work: what is late, and whose training runs out."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from tests.review.test_pages import Enter, Tell, anas, at, enter, url

from cairndesk.accounts.models import Organisation, Person
from cairndesk.accounts.rules import Role
from cairndesk.cases.models import Case

__all__ = ["anas", "at", "enter"]
pytestmark = pytest.mark.django_db


@pytest.mark.req("TRG-03")
def test_every_open_case_has_its_next_step_and_what_is_late_is_on_the_first_screen(tell: Tell, anas: Client, at: datetime) -> None:
    late = tell({"what": ["threatens"]}, at=at - timedelta(days=1))
    tell(at=at)
    assert not Case.objects.filter(next_action_at=None).exists()
    page = anas.get("/").content.decode()
    assert '<b class="figure wait">1</b><p>of the <a href="/queue/open/?late=on">open cases</a></p>' in page
    assert late.number in page[page.index("What is overdue") :]
    assert "overdue by 20 h" in page


@pytest.mark.slow
@pytest.mark.req("TRG-01")
def test_whose_training_runs_out_reads_it_in_time_and_afterwards_cannot_take_a_case(
    tell: Tell, enrol: Callable[..., Person], one: Organisation, enter: Enter, at: datetime
) -> None:
    person, other = enrol(one, "Ana", Role.ANALYST), enrol(one, "Lia", Role.LIAISON)
    client, case, today = enter(person), tell(at=at), at.date()

    def first_screen(days: int, of: Client = client) -> str:
        Person.objects.update(credential_until=today + timedelta(days=days))
        return of.get("/").content.decode()

    assert "Your training" not in first_screen(31)
    assert "After that day you cannot take or judge cases." in first_screen(30)
    assert "After that day" in first_screen(0)
    assert client.post(url("claim", case)).status_code == 302
    client.post(url("put-back", case))
    assert "you cannot take or judge cases now" in first_screen(-1)
    assert client.post(url("claim", case)).status_code == 403
    assert client.post(reverse("review:next")).status_code == 403
    # Whoever neither takes nor judges cases needs no training record, and is not told of one.
    assert "Your training" not in first_screen(-1, enter(other))
