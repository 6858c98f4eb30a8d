"""From the sheet that a supervisor entered to the page that a child reads, by way of the published folder alone."""

from datetime import timedelta

import pytest
from tests.support.cast import NOON

from cairndesk.custody.queries import verifier_key
from cairndesk.directory.actions import set_portal
from cairndesk.directory.portals import Sheet, Words
from cairndesk.intake import publish
from cairndesk.intake.published import Published

pytestmark = pytest.mark.django_db
SHEET = """
languages = ["ar", "en"]
frames = ["https://play.example"]
[words.en]
name = "Desk of the North"
law = "The law is on your side."
checked_on = 2026-01-02
"""


def test_what_a_supervisor_enters_is_published_for_that_organisation_alone(ring, one, two, sam, data):
    publish.publish_changes(now=NOON)
    folder = Published(data / "published", verifier_key())
    assert [desk.sheet for desk in folder.desks()] == [Sheet(), Sheet()]
    set_portal(text=SHEET, by=sam, now=NOON)
    assert publish.publish_changes(now=NOON + timedelta(seconds=2)) == 1
    first, second = folder.desks()
    assert first.sheet.languages == ("ar", "en")
    assert first.sheet.words == {"en": Words(name="Desk of the North", law="The law is on your side.", checked_on=NOON.date().replace(2026, 1, 2))}
    assert (first.in_language("en").name, first.in_language("ar").name) == ("Desk of the North", first.name)
    assert second.sheet == Sheet()
    assert publish.publish_changes(now=NOON + timedelta(seconds=4)) == 0
