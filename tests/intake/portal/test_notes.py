"""What a reporter can write down before it is gone: names, times, links; never a picture, and without blame."""

import re
from pathlib import Path

import pytest
from tests.intake.portal.messages import messages

pytestmark = pytest.mark.req("EVD-14")
NOTES = [text for text, files in messages().items() if "notes.html" in files]
(FOR_ANOTHER,) = (text for text in NOTES if "the child" in text)
TEMPLATES = Path("src/cairndesk/intake/portal/templates/portal")


def test_it_names_what_to_note_says_why_soon_and_asks_for_no_picture() -> None:
    said = " ".join(NOTES).lower()
    for words in ("names:", "times:", "links:", "go away", "tell us soon", "if you are safe", "take no picture of the screen", "not your fault"):
        assert words in said
    # Whatever could be read as an order to keep a picture, or to go and look.
    assert re.findall(r"screenshot|take a picture|save (it|the)|record (it|the)|film|keep the (picture|video)|find it again", said) == []
