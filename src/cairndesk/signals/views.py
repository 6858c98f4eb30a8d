"""The lists and glossaries that are held, and one look-up at a time. What is looked up travels in the body, never in an address."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from cairndesk.accounts.policy import doer, requires
from cairndesk.accounts.rules import Actor, Verb, may_somewhere
from cairndesk.lib import clock
from cairndesk.signals import actions, queries
from cairndesk.signals.engine.identifiers import recognise
from cairndesk.signals.errors import NotAnIdentifier
from cairndesk.signals.models import Glossary, HashList, Suppression


@requires(Verb.LIST_READ)
def lists(request: HttpRequest) -> HttpResponse:
    """Every list of the organisation, and the answer to a look-up if one was asked."""
    actor, now = doer(request), clock.now()
    organisation = _organisation(actor)
    shown = {
        "lists": queries.lists(organisation=organisation, now=now),
        "glossaries": queries.glossaries(organisation=organisation, now=now),
        "may_switch": may_somewhere(actor, Verb.LIST_IMPORT),
    }
    asked = request.POST.get("value", "") if request.method == "POST" else None
    if asked is not None:
        try:
            identifiers = recognise(asked)
            shown |= {
                "asked": asked,
                "found": queries.find_matches(organisation=organisation, identifiers=identifiers, now=now),
                "marked": queries.false_matches(organisation=organisation, identifiers=identifiers, now=now),
            }
        except NotAnIdentifier as problem:
            shown |= {"asked": asked, "problem": problem.detail}
    return render(request, "signals/lists.html", shown)


@requires(Verb.LIST_IMPORT)
@require_POST
def switch(request: HttpRequest, list_id: UUID) -> HttpResponse:
    """Switch a list off, or on again."""
    actor, now = doer(request), clock.now()
    listed = get_object_or_404(HashList, pk=list_id, organisation=_organisation(actor))
    act = actions.switch_off if listed.is_on else actions.switch_on
    act(listed=listed, by=actor, now=now)
    return redirect("signals:lists")


@requires(Verb.LIST_IMPORT)
@require_POST
def switch_glossary(request: HttpRequest, glossary_id: UUID) -> HttpResponse:
    """Switch a glossary off, or on again."""
    actor, now = doer(request), clock.now()
    glossary = get_object_or_404(Glossary, pk=glossary_id, organisation=_organisation(actor))
    act = actions.switch_off if glossary.is_on else actions.switch_on
    act(listed=glossary, by=actor, now=now)
    return redirect("signals:lists")


@requires(Verb.LIST_IMPORT)
@require_POST
def take_back(request: HttpRequest, suppression_id: UUID) -> HttpResponse:
    """What was marked as a false match is met again."""
    actor = doer(request)
    held = get_object_or_404(Suppression, pk=suppression_id, entry__list__organisation=_organisation(actor))
    actions.end_suppression(suppression=held, by=actor, now=clock.now())
    request.session["said"] = "It is met again, and the match is a lead."
    return redirect("signals:lists")


def _organisation(actor: Actor) -> UUID:
    if actor.organisation is None:
        raise HashList.DoesNotExist
    return actor.organisation
