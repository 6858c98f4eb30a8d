"""The register of technical tools: what is written down, and writing down another assessment."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from cairndesk.accounts.policy import doer, requires
from cairndesk.accounts.rules import Verb, may_somewhere
from cairndesk.lib import clock
from cairndesk.signals import actions, register
from cairndesk.signals.errors import AssessmentRefused
from cairndesk.signals.forms import AssessmentForm
from cairndesk.signals.tools import TOOLS, Tool


@requires(Verb.LIST_READ)
def tools(request: HttpRequest) -> HttpResponse:
    """Every tool with its record."""
    return _page(request)


@requires(Verb.TOOL_ASSESS)
@require_POST
def assess(request: HttpRequest, tool: str) -> HttpResponse:
    """Write down an assessment; the tool is on from then on."""
    if tool not in set(Tool):
        raise Http404
    actor, form = doer(request), AssessmentForm(request.POST)
    if not form.is_valid():
        return _page(request, {"tool": Tool(tool), "says": AssessmentRefused.remedy})
    try:
        actions.assess_tool(organisation=actor.home, tool=Tool(tool), **form.cleaned_data, by=actor, now=clock.now())
    except AssessmentRefused as refused:
        return _page(request, {"tool": Tool(tool), "says": refused.detail})
    request.session["said"] = f"{TOOLS[Tool(tool)].title} is on."
    return redirect("signals:tools")


def _page(request: HttpRequest, problem: dict[str, object] | None = None) -> HttpResponse:
    actor, now = doer(request), clock.now()
    shown = register.tools(organisation=actor.home, now=now)
    may = may_somewhere(actor, Verb.TOOL_ASSESS)
    context = {"tools": shown, "may_assess": may, "problem": problem, "today": now.date()}
    return render(request, "signals/tools.html", context, status=422 if problem else 200)
