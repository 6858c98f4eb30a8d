"""Cases that a person may link because their pictures look alike."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from cairndesk.accounts.policy import doer, requires
from cairndesk.accounts.rules import Verb, require
from cairndesk.cases import taxonomy
from cairndesk.cases.queries import case_for
from cairndesk.review import queries
from cairndesk.review.views.common import around


@requires(Verb.CASE_DESCRIBE)
def alike(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Search what was seen for pictures that look like those of this case; nothing is linked by it."""
    actor = doer(request)
    shown = case_for(actor, case_id)
    require(actor, Verb.CASE_DESCRIBE, organisation=shown.organisation_id, stage=shown.stage)
    context = around(shown, actor) | {"found": queries.looks_alike(shown, by=actor), "link_kinds": taxonomy.family("link_kind").codes.values()}
    return render(request, "review/alike.html", context)
