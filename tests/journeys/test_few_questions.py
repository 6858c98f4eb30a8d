"""What a page asks of the database: at most thirty statements, on every page of the desk, with everything on them that there can be."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from tests.journeys.places import places
from tests.journeys.test_the_desk_is_for_everybody import Desk, browser_of, desk

__all__ = ["desk"]
pytestmark = [pytest.mark.journey, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def test_no_page_of_the_desk_asks_the_database_more_than_thirty_times(desk: Desk) -> None:
    """What only begins and ends a transaction asks nothing. Most pages cost half of it; how many rows there are must not matter."""
    found = {name: asked_by(browser_of(desk, who), where) for name, (who, where) in places(desk).items()}
    # What erasing takes away lies in all tables below a case, and it reads each: a bound of their number, not of what is in them.
    below = found.pop("erase")
    assert below <= 130
    assert {name: many for name, many in found.items() if many > 30} == {}


def asked_by(browser: Client, where: str) -> int:
    with CaptureQueriesContext(connection) as asked:
        browser.get(where)
    return sum(not one["sql"].startswith(("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")) for one in asked.captured_queries)
