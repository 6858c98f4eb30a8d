"""What everybody on the desk may look up: how to handle a risky step, and what runs by itself."""

from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from cairndesk.accounts import queries
from cairndesk.accounts.policy import doer, signed_in
from cairndesk.accounts.rules import Role
from cairndesk.accounts.rules.automatic import CHAPTERS, Automatic, Chapter
from cairndesk.accounts.rules.handling import HANDLING


@signed_in
@require_GET
def handbook(request: HttpRequest) -> HttpResponse:
    """The rules of every risky step, together."""
    return render(request, "accounts/handbook.html", {"steps": list(HANDLING.items())})


@signed_in
@require_GET
def automatic(request: HttpRequest) -> HttpResponse:
    """What the desk does by itself, with the people here who answer for it."""
    holders = queries.holders(by=doer(request))
    return render(request, "accounts/automatic.html", {"chapters": [(one, _steps(one, holders)) for one in CHAPTERS]})


def _steps(chapter: Chapter, holders: Mapping[Role, list[str]]) -> list[tuple[str, Automatic, list[str]]]:
    return [(code, step, holders[step.role]) for code, step in chapter.steps.items()]
