"""What is near the child: what the law says there, who works with the organisation, and the small page that other sites may show."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Generic, TypeVar

from django.http import HttpRequest, HttpResponse

from cairndesk.directory.portals import Sheet
from cairndesk.intake.portal import pages, site
from cairndesk.intake.portal.doors import door, lost, not_open
from cairndesk.intake.portal.languages import all_languages
from cairndesk.intake.portal.pages import Place

_SHEET = Path(__file__).parent / "widget.css"
Held = TypeVar("Held")


@dataclass(frozen=True)
class Said(Generic[Held]):
    """What the operator wrote, and in which language: not always the reader's."""

    held: Held
    language: str
    is_other: bool

    @property
    def direction(self) -> str:
        """The direction of its script; for a language that is none of ours the browser finds it."""
        return next(("rtl" if one.is_rtl else "ltr" for one in all_languages() if one.code == self.language), "auto")


@door("GET", "HEAD")
async def law(request: HttpRequest, place: Place) -> HttpResponse:
    """What the operator says about the law here, and about the limits of keeping a secret; nothing of it is ours."""
    notes = _sheet(place).law
    return pages.draw(place, "law.html", {"said": _said(place, notes)}, door="law") if notes else lost(request)


@door("GET", "HEAD")
async def partners(request: HttpRequest, place: Place) -> HttpResponse:
    """Who works with the organisation, and what for."""
    rows = [(one.name, _said(place, one.what)) for one in _sheet(place).partners]
    return pages.draw(place, "partners.html", {"rows": rows}, door="partners") if rows else lost(request)


@door("GET", "HEAD")
async def widget(request: HttpRequest, place: Place) -> HttpResponse:
    """A few words and a link to the first page, for another site to show in a frame: no script, no picture, no cookie, one request.

    The only page that may be shown so, and only where the organisation said by whom.
    """
    if not site.current().is_open(place.desk):
        return not_open(place)
    response = pages.draw(place, "widget.html", {"style": style()}, door="widget")
    if frames := _sheet(place).frames:
        response.headers["Content-Security-Policy"] = pages.policy(style(), " ".join(frames))
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        # What knows frame-ancestors obeys it; the older header has no word for "these may".
        response.xframe_options_exempt = True
    else:
        response.headers["Content-Security-Policy"] = pages.policy(style())
    return response


@cache
def style() -> str:
    """The inline sheet of the small page."""
    return pages.tight(_SHEET)


def _sheet(place: Place) -> Sheet:
    return place.desk.sheet if place.desk else Sheet()


def _said(place: Place, by_language: Mapping[str, Held]) -> Said[Held]:
    """The reader's language where the operator wrote in it; else the first that the organisation offers, or that there is."""
    wanted = (place.language.code, *(one.code for one in pages.offered_at(place.desk)), *by_language)
    code = next(code for code in wanted if code in by_language)
    return Said(by_language[code], code, is_other=code != place.language.code)
