"""The graph of what cases share: the table first, and the same as a drawing; and what people say belongs together. Nothing is opened."""

from uuid import UUID

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from cairndesk.accounts import undo
from cairndesk.accounts.policy import doer, requires
from cairndesk.accounts.rules import Actor, Verb, permits
from cairndesk.cases import actions, taxonomy
from cairndesk.cases.errors import NotOfThisCase, NotOfThisOrganisation
from cairndesk.cases.models import Case, CaseLink
from cairndesk.cases.queries import case_for
from cairndesk.lib import clock
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


@requires(Verb.CASE_DESCRIBE)
@require_POST
def link(request: HttpRequest, case_id: UUID, other_id: UUID) -> HttpResponse:
    """Confirm that two cases belong together."""
    actor = doer(request)
    return _linked(request, case_for(actor, case_id), case_for(actor, other_id), request.POST.get("kind", ""), actor)


@requires(Verb.CASE_DESCRIBE)
@require_POST
def unlink(request: HttpRequest, case_id: UUID, link_id: UUID) -> HttpResponse:
    """Take back that two cases belong together; they are not kept apart by it."""
    actor, now = doer(request), clock.now()
    shown, held, other = _link_of(actor, case_id, link_id)
    if actions.take_back_link(link=held, by=actor, now=now):
        url = reverse("review:relink", args=[shown.pk, held.pk])
        undo.offer(request.session, said=f"The link with case {other.number} is taken back.", label="Link them again", url=url, now=now)
    return redirect("review:case", case_id=case_id)


@requires(Verb.CASE_DESCRIBE)
@require_POST
def relink(request: HttpRequest, case_id: UUID, link_id: UUID) -> HttpResponse:
    """Link two cases again as they were linked before."""
    actor = doer(request)
    shown, held, other = _link_of(actor, case_id, link_id)
    return _linked(request, shown, other, held.kind, actor)


def _linked(request: HttpRequest, shown: Case, other: Case, kind: str, actor: Actor) -> HttpResponse:
    now = clock.now()
    made = actions.link_cases(one=shown, other=other, kind=kind, by=actor, now=now)
    url = reverse("review:unlink", args=[shown.pk, made.pk])
    undo.offer(request.session, said=f"Linked with case {other.number}.", label="Take it back", url=url, now=now)
    return redirect("review:case", case_id=shown.pk)


def _link_of(actor: Actor, case_id: UUID, link_id: UUID) -> tuple[Case, CaseLink, Case]:
    """The case, the link, taken back or not, and the case at its other end. Raises NotOfThisCase."""
    shown = case_for(actor, case_id)
    held = CaseLink.everything.filter(Q(earlier=shown) | Q(later=shown), pk=link_id).select_related("earlier", "later").first()
    if held is None:
        raise NotOfThisCase
    return shown, held, case_for(actor, held.other_than(shown.pk))
