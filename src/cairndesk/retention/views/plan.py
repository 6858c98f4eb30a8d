"""What will be destroyed within thirty days and why, what is held, what was destroyed, and whether the clock is believed."""

from datetime import timedelta
from itertools import groupby, islice

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from cairndesk.accounts.policy import doer, requires
from cairndesk.accounts.rules import Verb, may_somewhere
from cairndesk.cases.queries import holds_to_review
from cairndesk.directory.queries import schedule_for
from cairndesk.lib import clock
from cairndesk.retention import queries

AHEAD = timedelta(days=30)
MOST = 300


@requires(Verb.RETENTION_READ)
def plan(request: HttpRequest) -> HttpResponse:
    """For whoever answers for it: cases by number, classes by name; nothing sealed is opened."""
    actor, now = doer(request), clock.now()
    due = list(islice(queries.due_by(now + AHEAD, now=now, organisation=actor.home), MOST + 1))
    held = queries.held_back(organisation=actor.home)
    shown = {
        "now": now,
        "cases": [(case, list(lines)) for case, lines in groupby(due[:MOST], key=lambda one: one.case)],
        "is_more": len(due) > MOST,
        "held": held,
        "overdue": set(holds_to_review(actor.home, now.date()).values_list("pk", flat=True)),
        "schedule": schedule_for(queries.country_of(actor.home), now.date()),
        "time": queries.timekeeping(),
        "destroyed": queries.destroyed(organisation=actor.home, since=now - timedelta(days=365)),
        "may_open": may_somewhere(actor, Verb.CASE_READ),
    }
    return render(request, "retention/plan.html", shown)
