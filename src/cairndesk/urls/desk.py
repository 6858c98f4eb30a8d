"""Every door of the desk; one line a room."""

from importlib.util import find_spec

from django.urls import URLPattern, URLResolver, include, path

from cairndesk.accounts.policy import all_under, by_api_key
from cairndesk.api import api

_ROOMS = ("accounts", "triage", "review", "intake", "exchange", "response", "retention", "directory", "signals", "insight")
urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/", (all_under(api.urls[0], by_api_key), *api.urls[1:])),
    *(path("", include(f"cairndesk.{room}.urls")) for room in _ROOMS if find_spec(f"cairndesk.{room}.urls")),
]
handler400 = "cairndesk.urls.errors.bad_request"
handler404 = "cairndesk.urls.errors.not_found"
handler500 = "cairndesk.urls.errors.broken"
