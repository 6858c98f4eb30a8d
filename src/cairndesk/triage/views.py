"""The first screen and the queues."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from cairndesk.accounts import policy
from cairndesk.accounts.rules import Verb
from cairndesk.lib import clock
from cairndesk.triage import queries
from cairndesk.triage.rules.queues import BY_KEY


@policy.signed_in
def first(request: HttpRequest) -> HttpResponse:
    """What burns, what waits longest, what is mine."""
    return render(request, "triage/first.html", {"now": clock.now()})


@policy.requires(Verb.CASE_READ)
def queue(request: HttpRequest, key: str) -> HttpResponse:
    """One queue, most urgent and longest waiting first."""
    wanted = BY_KEY.get(key)
    if wanted is None:
        raise Http404
    rows = queries.cases_in(wanted, by=request.actor)[:200]  # type: ignore[attr-defined]
    return render(request, "triage/queue.html", {"queue": wanted, "rows": rows, "now": clock.now()})
