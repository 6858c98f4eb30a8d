"""The page on which a phone makes the hashes of a picture that it keeps: the only one that runs a script, and a journey without it is complete."""

import functools
import re
from pathlib import Path

from django.http import HttpRequest, HttpResponse

from cairndesk.intake.portal import pages
from cairndesk.intake.portal.aside import carried
from cairndesk.intake.portal.doors import door, posted
from cairndesk.intake.portal.pages import Place

_SCRIPT = Path(__file__).parent / "picture.js"
_COMMENT, _BLANKS = re.compile(r"/\*.*?\*/", re.DOTALL), re.compile(r"\n\s*")


@functools.cache
def script() -> str:
    """The one script, as it stands in the page: without comments, which would weigh a fifth of it, and without spare blanks."""
    return _BLANKS.sub("\n", _COMMENT.sub("", _SCRIPT.read_text("utf-8"))).strip()


@functools.cache
def policy() -> str:
    """What this page may do: its own script and style, and sending its form; nothing may be fetched, not even from here."""
    return f"{pages.headers()['Content-Security-Policy']}; script-src {pages.source_of(script())}"


@door("POST")
async def picture(request: HttpRequest, place: Place) -> HttpResponse:
    """Opened from a page with a form, to which it leads back; it stores nothing itself."""
    context = {"next": place.door("next"), "form": "w", "carried": carried(posted(request)), "script": script()}
    response = pages.draw(place, "on_phone.html", context, door="picture", stay="stay")
    response.headers["Content-Security-Policy"] = policy()
    return response
