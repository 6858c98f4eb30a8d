"""One tells at any hour, whoever is there; a line that people staff is shown with its real hours, and with what it costs."""

import re
from datetime import UTC, datetime

import pytest
import time_machine
from tests.intake.portal.rae import CONTACTS, Rae, contact

HOURS = "Monday to Friday, 14:00 to 20:00"


@pytest.mark.parametrize("hour", [0, 3, 7, 12, 23])
def test_the_page_takes_in_what_is_told_on_a_sunday_night_as_at_noon(rae: Rae, hour: int) -> None:
    # Nothing here knows whether anybody is on duty, nor whether the desk is locked: the portal needs neither.
    with time_machine.travel(datetime(2026, 11, 29, hour, 5, tzinfo=UTC), tick=False):
        told = rae.starts("child").says(danger="not_now").says(what="gifts").says(setting="online").says(more="Please help.")
    assert "We have it. Thank you for telling us." in told.text
    assert len(rae.portal.fragments()) >= 4


def test_a_staffed_line_is_shown_with_its_hours_and_never_as_open_at_others(rae: Rae) -> None:
    staffed = contact("helpline", "Evening Line", "XA", hours=HOURS, is_always_open=False)
    always = contact("helpline", "Night Line", "XA", hours="", is_always_open=True)
    rae.portal.publish("contacts.json", [*CONTACTS, staffed, always])
    page = rae.opens("/help/call").text
    shown = {
        name: re.sub(r"<[^>]+>", "", text) for name, text in re.findall(r"<bdi>(Evening Line|Night Line)</bdi></strong>(.*?)</li>", page, re.DOTALL)
    }
    assert HOURS in shown["Evening Line"]
    assert "Open day and night." not in shown["Evening Line"]
    assert "Open day and night." in shown["Night Line"]
    assert all("It costs nothing." in said for said in shown.values())
