"""The graph of what cases share: the table first, and the same as a drawing. Nothing in it is opened."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from cairndesk.accounts.policy import doer, requires
from cairndesk.accounts.rules import Verb, permits
from cairndesk.cases import taxonomy
from cairndesk.cases.errors import NotOfThisOrganisation
from cairndesk.cases.queries import case_for
from cairndesk.review.queries.graph import graph, most_shared

MOST = 100


@requires(Verb.CASE_READ)
def around(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """What this case shares with others; a guest of a partner organisation sees one case and not its neighbours."""
    actor = doer(request)
    shown = case_for(actor, case_id)
    if shown.organisation_id != actor.organisation:
        raise NotOfThisOrganisation
    may = permits(actor.roles, Verb.CASE_DESCRIBE, shown.stage)
    context = {"case": shown, "graph": graph(shown, by=actor), "may_link": may, "link_kinds": taxonomy.family("link_kind").codes.values()}
    return render(request, "review/graph.html", context)


@requires(Verb.CASE_READ)
def shared(request: HttpRequest) -> HttpResponse:
    """What most cases of the organisation have in common, each with a case from which to look on."""
    return render(request, "review/shared.html", {"rows": most_shared(by=doer(request), most=MOST)})
