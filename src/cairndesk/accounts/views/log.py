"""The log, for those who look after it: who did what when, in codes, and never a case."""

from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.module_loading import import_string
from django.views.decorators.http import require_GET

from cairndesk.accounts import queries
from cairndesk.accounts.policy import requires
from cairndesk.accounts.rules import Verb


@requires(Verb.LOG_READ)
@require_GET
def log(request: HttpRequest) -> HttpResponse:
    """The newest entries of the people and machines of this organisation; `before` goes back."""
    before = request.GET.get("before", "")
    lines = queries.log_lines(by=request.actor, before=int(before) if before.isdecimal() and len(before) < 16 else None)  # type: ignore[attr-defined]
    veiled: frozenset[UUID] = import_string(settings.VEIL)(request.actor)  # type: ignore[attr-defined]
    # As pairs: a detail may be called *items*, and a template would take that for the method.
    shown = [(line, name, [("kept", "until it is coded blind")] if line.subject in veiled else list(line.detail.items())) for line, name in lines]
    return render(request, "accounts/log.html", {"lines": shown, "last": lines[-1][0].index if lines else None})
