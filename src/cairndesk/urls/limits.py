"""Before anybody is recognised: whether the clock was set back, which ends every sign-in and every grant."""

from collections.abc import Callable
from contextlib import suppress

from django.http import HttpRequest, HttpResponse

from cairndesk.cases.actions import keep_limits
from cairndesk.custody.errors import LogRolledBack
from cairndesk.lib import clock


class Limits:
    """Looks at the clock before each request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # A desk that only reads can end nothing, and opens, approves and gives nothing either: each of those writes.
        with suppress(LogRolledBack):
            keep_limits(ticks=clock.ticks(), now=clock.now())
        return self.get_response(request)
