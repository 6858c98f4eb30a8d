"""Search. What is searched for is sent and never stands in an address: those are kept by browsers, logs and whoever is sent one."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from cairndesk.accounts.policy import doer, requires
from cairndesk.accounts.rules import Verb
from cairndesk.lib import clock
from cairndesk.review import recall
from cairndesk.review.actions.search import Because, search
from cairndesk.review.forms.search import SearchForm
from cairndesk.review.rules.search import MOST_WORDS
from cairndesk.review.views.common import unstored
from cairndesk.triage.queries import rows

_WORDS = {Because.NUMBER: "its number", Because.EQUAL: "an identifier that is equal", Because.WORDS: "words of an account"}


@requires(Verb.CASE_READ)
def find(request: HttpRequest) -> HttpResponse:
    """The box, and what was found by it."""
    by, now, form = doer(request), clock.now(), SearchForm(request.POST if request.method == "POST" else None)
    context: dict[str, Any] = {"form": form, "now": now}
    if form.is_valid():
        found = search(said=form.cleaned_data["said"], by=by, now=now)
        shown = rows([case for case, _ in found.cases])
        context |= {"found": [(row, [_WORDS[one] for one in why]) for row, (_, why) in zip(shown, found.cases, strict=True)], "more": found.more}
        context |= {"held": found.words, "asked": True, "cut": MOST_WORDS if found.is_cut else 0}
    else:
        context["held"] = recall.HELD.standing(by.organisation)
    return unstored(render(request, "review/search.html", context, status=422 if form.errors else 200))
