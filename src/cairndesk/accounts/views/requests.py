"""Acts that wait for a second person: what exactly would happen, and the buttons that do it, refuse it or take it back."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from cairndesk.accounts import actions, answer, confirm, errors, queries, undo
from cairndesk.accounts.acts import Act, act_of
from cairndesk.accounts.models import Request
from cairndesk.accounts.policy import doer, signed_in
from cairndesk.accounts.rules import Actor, require
from cairndesk.lib import clock


@signed_in
@require_GET
def requests(request: HttpRequest) -> HttpResponse:
    """Everything that this person can answer or take back, the oldest first."""
    by = doer(request)
    waiting = [(one, act_of(one.kind)) for one in queries.open_requests(by=by, now=clock.now())]
    shown = [
        {"request": one, "words": act.words(one), "asked_by": queries.name_behind(one.asked_by), "is_mine": one.asked_by == by.pseudonym}
        for one, act in waiting
        if answer.may(by, act, one, act.does) or answer.may(by, act, one, act.asks)
    ]
    return render(request, "accounts/requests.html", {"waiting": shown})


@signed_in
@require_GET
def request(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """One request: nothing of its case is opened, so that a partner's person can answer it as well."""
    by, now = doer(request), clock.now()
    held, act = _wanted(by, request_id)
    shown = answer.look(request, held, now=now)
    context = {"one": shown, "now": now, "at_home": held.organisation_id == by.organisation}
    if shown.may_take_back:
        context["partners"] = queries.partners_who_may(act.does, stage=act.stage(held), organisation=held.organisation_id)
        context["named"] = queries.guests_on(held.pk, now=now)
    return render(request, "accounts/request.html", context)


@signed_in
@require_POST
def decide(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """Do it, refuse it, or take it back."""
    by, now = doer(request), clock.now()
    held, act = _wanted(by, request_id)
    back = act.words(held).back if held.organisation_id == by.organisation else "/requests/"
    wish = request.POST.get("act", "")
    if wish == "take_back":
        actions.take_back(request=held, by=by, now=now)
        request.session["said"] = "The request is taken back. Nothing was done."
    elif wish == "refuse":
        actions.refuse(request=held, by=by, now=now)
        request.session["said"] = "Refused. Nothing was done, and the log names you."
    else:
        # Before the proof, so that nobody confirms what they may not do.
        require(by, act.does, organisation=held.organisation_id, stage=act.stage(held), case=held.pk)
        fresh = confirm.given(request, actions.approval_digest(held), now=now)
        request.session["said"] = actions.approve(request=held, by=by, fresh=fresh, now=now)
        if url := act.way_back(held):
            undo.offer(request.session, said=f"It leaves the desk in {undo.in_words()}.", label="Take it back", url=url, now=now)
    return redirect(back)


@signed_in
@require_POST
def name_approver(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """Name a person of a partner organisation who can answer this one request."""
    by, now = doer(request), clock.now()
    held, act = _wanted(by, request_id)
    partners = queries.partners_who_may(act.does, stage=act.stage(held), organisation=held.organisation_id)
    person = next((one for one in partners if str(one.pk) == request.POST.get("person")), None)
    if person is None:
        raise errors.NotPossible("guest")
    actions.name_approver(request=held, person=person, by=by, now=now)
    request.session["said"] = f"{person.name} of {person.organisation.name} can answer this request, and sees nothing else."
    return redirect("accounts:request", request_id=held.pk)


def _wanted(by: Actor, request_id: UUID) -> tuple[Request, Act]:
    """The request, when `by` could answer it or could have asked for it; raises OtherOrganisation, NotPermitted."""
    held = queries.request_for(by, request_id)
    act = act_of(held.kind)
    if not (answer.may(by, act, held, act.does) or answer.may(by, act, held, act.asks)):
        raise errors.NotPermitted(act.does.value)
    return held, act
