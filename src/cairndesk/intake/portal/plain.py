"""Pages that ask nothing: the public tables, the codes they are counted by, the way out, and the blank page it leads to."""

import json
from functools import cache

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from cairndesk.cases import taxonomy
from cairndesk.intake.portal import pages, site
from cairndesk.intake.portal.doors import door
from cairndesk.intake.portal.pages import Place


@door("GET", "HEAD")
async def numbers(request: HttpRequest, place: Place) -> HttpResponse:
    """The public tables, as they were published."""
    language, tables = site.current().published.tables(place.desk.slug if place.desk else "", place.language.code)
    return pages.draw(place, "numbers.html", {"tables": tables, "is_other": language != place.language.code}, door="numbers")


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
