"""Every door of the desk; one line a room."""

from importlib.util import find_spec

from django.urls import URLPattern, URLResolver, include, path

from cairndesk.accounts.policy import all_under, by_api_key, open_to_all
from cairndesk.api import api

_ROOMS = ("accounts", "triage", "review", "intake", "exchange", "response", "retention", "directory", "signals", "insight")
# A letter of another desk is known by whom it was signed, and needs no key.
_OPEN = "referrals"
_machines = [*all_under([one for one in api.urls[0] if str(one.pattern) != _OPEN], by_api_key)]
_machines += all_under([one for one in api.urls[0] if str(one.pattern) == _OPEN], open_to_all)
urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/", (_machines, *api.urls[1:])),
    *(path("", include(f"cairndesk.{room}.urls")) for room in _ROOMS if find_spec(f"cairndesk.{room}.urls")),
]
handler400 = "cairndesk.urls.errors.bad_request"
handler404 = "cairndesk.urls.errors.not_found"
handler500 = "cairndesk.urls.errors.broken"
