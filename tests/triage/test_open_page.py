"""A page of the desk that stays open: what burns is told to it, and what it offers ends by no clock of the reader's."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from tests.review.conftest import enrol, tell
from tests.review.test_pages import anas, at, enter

from cairndesk.cases.models import Case

__all__ = ["anas", "at", "enrol", "enter", "tell"]
pytestmark = pytest.mark.django_db
Tell = Callable[..., Case]


@pytest.mark.slow
def test_what_burns_is_told_to_a_page_that_is_open(tell: Tell, anas: Client, at: datetime, django_assert_max_num_queries: Callable[..., Any]) -> None:
    assert f'data-burning="{reverse("triage:burning")}"' in anas.get("/").content.decode()
    tell(at=at)
    assert "band" not in anas.get(reverse("triage:burning")).content.decode()
    tell({"danger": ["happening_now"]}, at=at)
    with django_assert_max_num_queries(8):
        told = anas.get(reverse("triage:burning"))
    assert "1 child may be in danger now." in told.content.decode()
    assert Client().get(reverse("triage:burning")).status_code == 302


@pytest.mark.slow
def test_the_undo_bar_says_how_many_seconds_are_left_whatever_the_clock_of_the_reader(tell: Tell, anas: Client, at: datetime) -> None:
    tell(at=at)
    page = anas.post(reverse("review:next"), follow=True).content.decode()
    assert 20 <= int(page.partition('data-left="')[2].partition('"')[0]) <= 30
    script = (Path(settings.BASE) / "static" / "desk.js").read_text("utf-8")
    assert "Date.now" not in script
