"""The first screen, the queues, and setting a priority by hand."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from cairndesk.accounts import policy
from cairndesk.accounts.rules import Verb, may_somewhere
from cairndesk.cases.queries import case_for
from cairndesk.lib import clock
from cairndesk.signals.queries import glossaries_to_review, lists_held, lists_to_renew
from cairndesk.signals.register import tools_to_assess
from cairndesk.triage import actions, queries
from cairndesk.triage.forms import PriorityForm
from cairndesk.triage.rules.queues import BY_KEY

MOST, FEW = 200, 5


@policy.signed_in
def first(request: HttpRequest) -> HttpResponse:
    """What burns, what waits longest, what is mine; people whose work is elsewhere are led there."""
    actor, now = policy.doer(request), clock.now()
    if not may_somewhere(actor, Verb.CASE_READ):
        return render(request, "triage/elsewhere.html", {"now": now})
    late = queries.overdue(by=actor, now=now)
    context = {
        "now": now,
        "burning": queries.rows(queries.cases_in(BY_KEY["danger"], by=actor), most=FEW),
        "longest": queries.rows(queries.longest_waiting(by=actor), most=FEW),
        "mine": queries.rows(queries.cases_in(BY_KEY["mine"], by=actor), most=MOST),
        "overdue": queries.rows(late, most=FEW),
        "unread": queries.rows(queries.unread(by=actor), most=FEW),
        "woken": queries.rows(queries.woken(by=actor), most=FEW),
        "later": queries.rows(queries.matched_later(by=actor), most=FEW),
        "overdue_count": late.count(),
        "ages": queries.ages(by=actor, now=now),
        "load": queries.workload(by=actor, now=now),
        "may_take": may_somewhere(actor, Verb.CASE_CLAIM),
        "renew": lists_to_renew(organisation=actor.organisation, now=now) if actor.organisation else [],
        "held": lists_held(organisation=actor.organisation) if actor.organisation else [],
        "tools": tools_to_assess(organisation=actor.organisation, now=now) if actor.organisation else [],
        "review": glossaries_to_review(organisation=actor.organisation, now=now) if actor.organisation else [],
    }
    return render(request, "triage/first.html", context)


@policy.requires(Verb.CASE_READ)
def queue(request: HttpRequest, key: str) -> HttpResponse:
    """One queue, most urgent and longest waiting first."""
    wanted = BY_KEY.get(key)
    if wanted is None:
        raise Http404
    actor = policy.doer(request)
    context = {
        "queue": wanted,
        "rows": queries.rows(queries.cases_in(wanted, by=actor), most=MOST),
        "now": clock.now(),
        "may_take": may_somewhere(actor, Verb.CASE_CLAIM),
        "most": MOST,
    }
    return render(request, "triage/queue.html", context)


@policy.requires(Verb.PRIORITY_OVERRIDE)
def set_priority(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Set the priority of a case by hand; an incomplete form comes back with what is missing."""
    actor = policy.doer(request)
    case = case_for(actor, case_id)
    form = PriorityForm(request.POST if request.method == "POST" else None, initial={"level": case.priority})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        actions.override_priority(case=case, level=data["level"], why=data["why"], words=data["words"], by=actor, now=clock.now())
        request.session["said"] = "The priority is set. What the rules said stays visible beside it."
        return redirect("review:case", case_id=case_id)
    context = {"form": form, "case": case, "urgency": queries.urgency(case), "now": clock.now()}
    return render(request, "triage/priority.html", context, status=422 if form.errors else 200)
