"""What may have shown up again, at the desk: seen, read and decided by keyboard alone."""

import pytest
from tests.journeys.test_the_desk_is_for_everybody import Desk, Enter, browser, desk, enter

__all__ = ["browser", "desk", "enter"]
pytestmark = [pytest.mark.journey, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def test_what_is_back_is_said_by_keyboard_alone(desk: Desk, enter: Enter) -> None:
    page = enter("Sam")
    page.goto("/")
    assert desk.back.number in page.get_by_role("region", name="What may have shown up again").inner_text()
    page.goto(f"/cases/{desk.back.pk}/")
    assert page.get_by_text("They were told a day by which another person has looked at it again.").count() == 1
    assert page.get_by_text("They ask that somebody else looks at what was decided here.").count() == 1
    page.keyboard.press("m")
    page.wait_for_url("**/messages/")
    assert not page.get_by_text("BEGIN PRIVATE KEY").is_visible()
    page.goto(f"/cases/{desk.back.pk}/")
    page.keyboard.press("y")
    page.get_by_text("Open again. They read behind the six words that it showed up again.").wait_for()
