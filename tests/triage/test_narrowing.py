"""A queue narrowed by its address: a colleague who opens it sees the same, and a slip never makes a queue look empty."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries
from tests.review.conftest import enrol, tell
from tests.review.test_pages import anas, at, enter

from cairndesk.accounts.models import Organisation, Person
from cairndesk.accounts.rules import Role
from cairndesk.cases.models import Case
from cairndesk.triage import views

__all__ = ["anas", "at", "enrol", "enter", "tell"]
pytestmark = pytest.mark.django_db
Tell = Callable[..., Case]


def numbers(client: Client, query: str = "", *, queue: str = "open") -> list[str]:
    """The numbers of the cases on the page, in their order; the page must have understood what was asked."""
    answer = client.get(reverse("triage:queue", args=[queue]) + query)
    assert answer.status_code == 200
    return [row.case.number for row in answer.context["rows"]]


def of(*cases: Case) -> list[str]:
    return [case.number for case in cases]


def test_a_queue_is_narrowed_by_its_address_and_a_colleague_sees_the_same(
    tell: Tell, anas: Client, at: datetime, enrol: Callable[..., Person], enter: Callable[[Person], Client], one: Organisation
) -> None:
    burning, quiet = tell({"danger": ["happening_now"]}, at=at), tell(at=at)
    assert numbers(anas) == of(burning, quiet)
    assert numbers(anas, "?level=1") == of(burning)
    assert numbers(anas, f"?level={quiet.priority}&level=1") == of(burning, quiet)
    assert numbers(anas, f"?level={quiet.priority}") == of(quiet)
    sams = enter(enrol(one, "Sam", Role.SUPERVISOR))
    assert numbers(sams, f"?level={quiet.priority}") == of(quiet)


def test_it_is_narrowed_to_what_is_late_and_to_who_holds_it(tell: Tell, anas: Client, at: datetime) -> None:
    late, taken = tell(at=at - timedelta(days=20)), tell(at=at)
    anas.post(reverse("review:claim", args=[taken.pk]))
    assert numbers(anas, "?late=on") == of(late)
    assert numbers(anas, "?holder=me") == of(taken)
    assert numbers(anas, "?holder=nobody") == of(late)
    Case.objects.filter(pk=taken.pk).update(lease_until=at - timedelta(minutes=1))
    assert numbers(anas, "?holder=me") == []
    assert numbers(anas, "?holder=nobody") == of(late, taken)


def test_it_is_narrowed_to_days_who_told_it_and_in_which_language(tell: Tell, anas: Client) -> None:
    days = [datetime.fromisoformat(f"2026-01-0{day}T{hour}:00+00:00") for day, hour in ((4, "00"), (4, "23"), (5, "00"))]
    first, last, after = (tell(at=day) for day in days)
    assert numbers(anas, "?since=2026-01-04&until=2026-01-04") == of(first, last)
    assert numbers(anas, "?since=2026-01-05") == of(after)
    first.reports.update(source="child", language="ar")
    assert numbers(anas, "?source=child") == numbers(anas, "?language=ar") == of(first)
    assert numbers(anas, "?source=child&language=en") == []


@pytest.mark.parametrize(
    "query",
    [
        *("?level=9", "?level=x", "?holder=somebody", "?source=%00", "?language=xx"),
        *("?since=tomorrow", "?since=2026-01-05&until=2026-01-04"),
        *("?until=9999-12-31", "?since=9999-12-31", "?since=0001-01-01", "?until=1999-12-31"),
    ],
)
def test_what_is_not_understood_is_named_and_hides_no_case(tell: Tell, anas: Client, at: datetime, query: str) -> None:
    case = tell(at=at)
    answer = anas.get(reverse("triage:queue", args=["open"]) + query)
    assert answer.status_code == 422
    assert answer.context["form"].errors
    assert "errorlist" in answer.content.decode()
    assert [row.case for row in answer.context["rows"]] == [case]


def test_a_long_queue_comes_page_by_page_and_keeps_what_it_is_narrowed_to(
    tell: Tell, anas: Client, at: datetime, monkeypatch: pytest.MonkeyPatch, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    monkeypatch.setattr(views, "MOST", 2)
    cases: Sequence[Case] = [tell(at=at + timedelta(minutes=place)) for place in range(3)]
    with django_assert_max_num_queries(30):
        page = anas.get(reverse("triage:queue", args=["waiting"]) + "?level=4&level=1&nonsense=1&page=1").content.decode()
    assert "3 cases of those you narrowed it to, 1 to 2 shown" in page
    assert 'href="?level=4&amp;level=1&amp;page=2"' in page
    assert numbers(anas, "?level=4&level=1&page=2", queue="waiting") == of(cases[2])
    assert numbers(anas, "?page=999", queue="waiting") == of(cases[2])


def test_a_queue_narrowed_to_nothing_says_so_and_not_that_it_is_empty(tell: Tell, anas: Client, at: datetime) -> None:
    tell(at=at)
    page = anas.get("/queue/open/?level=1").content.decode()
    assert "No case of this queue fits what you narrowed it to." in page
    assert "There is none." not in page


def test_no_address_reaches_the_cases_of_another_organisation(tell: Tell, anas: Client, at: datetime, two: Organisation) -> None:
    tell(to=two, at=at)
    assert numbers(anas) == numbers(anas, "?level=1&level=2&level=3&level=4&level=5") == []
