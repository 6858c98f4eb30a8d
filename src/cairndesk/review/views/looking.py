"""A look at one original: the card first, a reason, then a small copy that is shown once and comes from another host."""

from datetime import timedelta
from functools import partial
from uuid import UUID

from django.conf import settings
from django.db import connections
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from cairndesk.accounts.headers import policy_with
from cairndesk.accounts.policy import doer, requires
from cairndesk.accounts.queries import actor_of
from cairndesk.accounts.rules import Matter, Verb, require
from cairndesk.accounts.sessions import SessionStore
from cairndesk.cases.queries import case_for, opens_to
from cairndesk.lib import clock
from cairndesk.lib.errors import DeskError
from cairndesk.review import actions, errors, queries
from cairndesk.review.forms.looks import ReasonToLookForm
from cairndesk.review.rules.looking import LookReason
from cairndesk.review.views.common import around
from cairndesk.review.window import COPIES, SECONDS
from cairndesk.signals.engine.answer import Why
from cairndesk.signals.walled import is_strong_enough

_NOTHING = "No copy could be drawn of this file, so there is nothing to look at. Its hashes and what the lists say stay as they are."


@requires(Verb.MEDIA_LOOK)
def look_at(request: HttpRequest, case_id: UUID, original_id: UUID) -> HttpResponse:
    """What is known without looking, and the form that asks why; behind a reason, and once, the copy."""
    actor, now = doer(request), clock.now()
    shown = case_for(actor, case_id)
    require(actor, Verb.MEDIA_LOOK, organisation=shown.organisation_id, stage=shown.stage)
    wanted = queries.to_look_at(shown, original_id)
    if wanted is None:
        raise errors.NoSuchAccount
    form = ReasonToLookForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        reason = LookReason(form.cleaned_data["reason"])
        drawn = actions.look_at_original(case=shown, original=original_id, reason=reason, by=actor, now=now)
        if drawn.why is Why.NOTHING:
            request.session["look"] = [str(original_id), COPIES.lay(drawn.as_png(), partial(_may_still, shown.pk, request.session.session_key))]
        else:
            request.session["said"] = _NOTHING
        # Led away from what was sent: to load the page again must not look again.
        return redirect("review:look-at", case_id=case_id, original_id=original_id)
    address = _laid(request, original_id)
    context = around(shown, actor) | {"card": queries.card(shown), "wanted": wanted, "form": form, "copy": address, "seconds": int(SECONDS)}
    context |= {"has_walls": is_strong_enough(), "left": queries.looks_left(actor, now=now), "most": settings.CAIRNDESK.desk.looks_a_day}
    answer = render(request, "review/look_at.html", context, status=422 if form.is_bound else 200)
    if address:
        answer["Content-Security-Policy"] = policy_with(settings.CAIRNDESK.desk.look_origin)
    return answer


def _laid(request: HttpRequest, original: UUID) -> str:
    """Where the copy of this file is shown, once; empty where none waits. One of another file waits on for the page of that."""
    laid, copy = request.session.get("look", ("", ""))
    if laid != str(original):
        return ""
    del request.session["look"]
    return f"{settings.CAIRNDESK.desk.look_origin}/{copy}"


def _may_still(case: UUID, session: str | None) -> bool:
    """Whether who asked is still signed in, may still look and has the grant; asked by a thread of its own, which keeps no connection."""
    now, idle = clock.now(), timedelta(minutes=settings.CAIRNDESK.desk.idle_minutes)
    try:
        actor = actor_of(SessionStore(session), now=now, idle=idle)
        if actor is None:
            return False
        shown = case_for(actor, case)
        require(actor, Verb.MEDIA_LOOK, organisation=shown.organisation_id, stage=shown.stage)
        return opens_to(actor.pseudonym, case=case, matter=Matter.ORIGINAL, now=now)
    except DeskError:
        return False
    finally:
        connections.close_all()
