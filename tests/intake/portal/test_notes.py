"""What a reporter can write down before it is gone: names, times, links; never a picture, and without blame."""

import re
from pathlib import Path

import pytest
from tests.intake.portal.messages import messages
from tests.intake.portal.rae import Rae
from tests.intake.portal.walk import every_page

from cairndesk.intake.portal.languages import SOURCE, all_languages
from cairndesk.lib.catalogues import entries

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


@pytest.mark.slow
@pytest.mark.parametrize("language", [language.code for language in all_languages()])
def test_it_stands_in_every_language_where_a_link_is_asked_for(rae: Rae, language: str) -> None:
    held = {} if language == SOURCE else entries(Path(f"src/cairndesk/locale/{language}/LC_MESSAGES/django.po").read_text("utf-8"))
    seen = every_page(rae, "" if language == SOURCE else f"/{language}")
    for name in (name for name, page in seen.items() if 'name="link"' in page):
        lacks = [text for text in NOTES if held.get(text, text) not in seen[name]]
        # A child tells of themselves; whoever tells of a child is asked to leave the child in peace.
        assert lacks == ([] if name.split()[0] in {"friend", "carer", "professional"} else [FOR_ANOTHER]), name
