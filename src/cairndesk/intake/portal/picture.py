"""The page on which a phone makes the hashes of a picture that it keeps: the only one that runs a script, and a journey without it is complete."""

import functools
import gzip
import re
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from django.http import HttpRequest, HttpResponse

from cairndesk.intake.portal import pages
from cairndesk.intake.portal.aside import carried
from cairndesk.intake.portal.contacts import Help
from cairndesk.intake.portal.doors import door, posted
from cairndesk.intake.portal.languages import Language
from cairndesk.intake.portal.pages import Place

_SCRIPT = Path(__file__).parent / "picture.js"
# As django.middleware.gzip presses a page, and what it adds at most so that the size tells less.
_GZIP_LEVEL, _GZIP_BESIDE = 6, 100
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
    response = _drawn(place, carried(posted(request)))
    response.headers["Content-Security-Policy"] = policy()
    return response


def takes(place: Place, *draft: str) -> int:
    """How many KB (1,000 bytes) the page takes over the wire, rounded up; with the fields of the `draft`, and without what is typed meanwhile."""
    seen = _Seen(place.door("picture"), place.desk.id if place.desk else None, pages.helpers(place).at_the_foot(), place.elsewhere("picture"), place)
    # What is sealed cannot be pressed together.
    return -(-(_pressed(seen) + _GZIP_BESIDE + sum(map(len, draft))) // 1000)


@dataclass(frozen=True)
class _Seen:
    """What the bytes of the page hang on: by these they are known again."""

    address: str
    desk: UUID | None
    help: Help
    elsewhere: tuple[tuple[Language, str], ...]
    place: Place = field(compare=False)


@functools.lru_cache(maxsize=256)
def _pressed(seen: _Seen) -> int:
    """The bytes of the page over the wire; drawing it for nothing but that takes as long as the page that says it."""
    return len(gzip.compress(_drawn(seen.place, [("s", ""), ("d", "")]).content, _GZIP_LEVEL))


def _drawn(place: Place, held: list[tuple[str, str]]) -> HttpResponse:
    context = {"next": place.door("next"), "form": "w", "carried": held, "script": script()}
    return pages.draw(place, "on_phone.html", context, door="picture", stay="stay")
