"""What stands before every view: finding the place, the answer when the portal is not open, and the headers."""

from collections.abc import Awaitable, Callable, Coroutine
from functools import wraps
from typing import Any

from asgiref.sync import markcoroutinefunction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware

from cairndesk.intake.portal import pages
from cairndesk.intake.portal.languages import all_languages
from cairndesk.intake.portal.pages import Filled, Place
from cairndesk.intake.published import NothingPublished

View = Callable[[HttpRequest, Place], Awaitable[HttpResponse]]
Door = Callable[..., Coroutine[Any, Any, HttpResponse]]
_NOT_OPEN = 503


def door(*methods: str) -> Callable[[View], Door]:
    """Make a view of a function of request and place: other methods lead home, and a portal of which nothing is published stays shut."""

    def make(view: View) -> Door:
        @wraps(view)
        async def opened(request: HttpRequest, *, language: str = "en", voice: str = "", slug: str = "") -> HttpResponse:
            try:
                place = pages.place_of(language, slug, voice, host=_host(request))
                if place is None:
                    return lost(request)
            except NothingPublished:
                return not_open(Place(None, all_languages()[0]))
            if request.method not in methods:
                # Somebody typed or reloaded the address of a form: there is nothing to show but the start.
                return HttpResponseRedirect(place.door(""))
            return _with_onion(request, place, await view(request, place))

        return opened

    return make


def not_open(place: Place) -> HttpResponse:
    """The page where nobody can begin to tell yet. It never stands in the way of somebody who has begun, comes back, or looks for help."""
    return pages.draw(place, "not_open.html", status=_NOT_OPEN)


def _with_onion(request: HttpRequest, place: Place, response: HttpResponse) -> HttpResponse:
    """Tor Browser offers the onion address by itself where a page names it; a form that was sent has no other address."""
    if place.desk and place.desk.sheet.onion and request.method in {"GET", "HEAD"}:
        response.headers["Onion-Location"] = f"{place.desk.sheet.onion}{request.path}"
    return response


def _host(request: HttpRequest) -> str:
    """The name by which the visitor came. Whoever forges it reads another public site, as anybody may."""
    return request.headers.get("Host", "").partition(":")[0].rstrip(".").lower()


def posted(request: HttpRequest) -> QueryDict:
    """The fields of a form; anything that is not a plain form has none, so that no file is ever taken in."""
    return request.POST if request.content_type == "application/x-www-form-urlencoded" else QueryDict()


def lost(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """The page for an address that is none; of the address it shows nothing, but goes on in its language, its voice and at its organisation."""
    return pages.draw(_near(request), "lost.html", status=404)


def sorry(request: HttpRequest) -> HttpResponse:
    """The page for a fault of ours."""
    return pages.draw(_near(request), "sorry.html", status=500)


def _near(request: HttpRequest) -> Place:
    return pages.place_at(request.path, host=_host(request))


# Hindi takes three bytes a letter, and a slow phone two seconds for what that adds. No page holds a secret beside words that somebody else
# could have put there (no cookie, and whoever does not hold the draft gets none of it), so pressing it together tells nothing more.
_GZIP = GZipMiddleware(lambda _: HttpResponse())


class Headers:
    """Middleware: every answer, also an unforeseen one, carries the portal's headers, and goes small over the wire."""

    async_capable, sync_capable = True, False

    def __init__(self, get_response: Callable[[HttpRequest], Awaitable[HttpResponseBase]]) -> None:
        self._get_response = get_response
        markcoroutinefunction(self)

    async def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """The answer with its headers."""
        response = await self._get_response(request)
        for name, value in pages.headers().items():
            if name != "X-Frame-Options" or not getattr(response, "xframe_options_exempt", False):
                response.headers.setdefault(name, value)
        if not isinstance(response, Filled):
            response = _GZIP.process_response(request, response)
        # For stores in between, and nothing of ours is ever stored.
        response.headers.pop("Vary", None)
        return response
