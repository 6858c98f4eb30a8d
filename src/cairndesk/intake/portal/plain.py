"""Pages that ask nothing: the public tables, the way out, and the blank page it leads to."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.gzip import gzip_page

from cairndesk.intake.portal import pages, site
from cairndesk.intake.portal.doors import door
from cairndesk.intake.portal.pages import Place


@door("GET", "HEAD")
# The same for everybody and without a secret, and therefore the one page that may be made small on the wire.
@gzip_page
async def numbers(request: HttpRequest, place: Place) -> HttpResponse:
    """The public tables, as they were published."""
    return pages.draw(place, "numbers.html", {"tables": site.current().published.tables(place.desk.slug if place.desk else "")}, door="numbers")


async def leave(request: HttpRequest, *, language: str = "en", slug: str = "") -> HttpResponse:
    """The quick exit: to the operator's neutral site, or to a blank page of ours; the browser is asked to forget this one."""
    response = HttpResponseRedirect(site.current().config.portal.leave_url or "/blank")
    response.headers["Clear-Site-Data"] = '"cache", "cookies", "storage"'
    return response


async def blank(request: HttpRequest) -> HttpResponse:
    """A page with nothing on it."""
    return HttpResponse(pages.blank())
