"""Pages that ask nothing: the public tables, the codes they are counted by, the way out, and the blank page it leads to."""

import json
from functools import cache

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext_lazy as _

from cairndesk.cases import taxonomy
from cairndesk.intake.portal import pages, site
from cairndesk.intake.portal.doors import door
from cairndesk.intake.portal.languages import all_languages
from cairndesk.intake.portal.pages import Place
from cairndesk.intake.portal.wording import Text

_LOOKS: dict[str, Text] = {"danger": _("In danger now:"), "rest": _("Everything else:"), "advice": _("For advice only:")}


@door("GET", "HEAD")
async def numbers(request: HttpRequest, place: Place) -> HttpResponse:
    """How soon somebody looks, and the public tables, as they were published."""
    published, slug = site.current().published, place.desk.slug if place.desk else ""
    # The words of the tables are none of a pack.
    code, tables = published.tables(slug, place.language.falls_back or place.language.code)
    other = None if code == place.language.code else next(one for one in all_languages() if one.code == code)
    looks = [(_LOOKS[name], *_span(minutes)) for name, minutes in sorted(published.looks(slug).items(), key=lambda one: list(_LOOKS).index(one[0]))]
    context = {"looks": looks, "tables": tables, "other": other}
    return pages.draw(place, "numbers.html", context, door="numbers")


def _span(minutes: int) -> tuple[Text, int]:
    return (_("Minutes, at most:"), minutes) if minutes % 60 else (_("Hours, at most:"), minutes // 60)


async def leave(request: HttpRequest, *, language: str = "en", voice: str = "", slug: str = "") -> HttpResponse:
    """The quick exit: to the operator's neutral site, or to a blank page of ours; the browser is asked to forget this one."""
    response = HttpResponseRedirect(site.current().config.portal.leave_url or "/blank")
    response.headers["Clear-Site-Data"] = '"cache", "cookies", "storage"'
    return response


async def blank(request: HttpRequest) -> HttpResponse:
    """A page with nothing on it."""
    return HttpResponse(pages.blank())


async def codes(request: HttpRequest) -> HttpResponse:
    """The open taxonomy, for programmes (DET-24)."""
    return HttpResponse(_written(schema=False), content_type="application/json")


async def codes_schema(request: HttpRequest) -> HttpResponse:
    """What the open taxonomy validates against."""
    return HttpResponse(_written(schema=True), content_type="application/schema+json")


@cache
def _written(*, schema: bool) -> bytes:
    return json.dumps(taxonomy.schema() if schema else taxonomy.document(), ensure_ascii=False).encode()
