"""A look at one original: the card first, a reason, then a small copy that is shown once and comes from another host; and the clear view."""

from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connections
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from cairndesk.accounts.headers import policy_with
from cairndesk.accounts.policy import doer, requires
from cairndesk.accounts.queries import actor_of
from cairndesk.accounts.rules import Actor, Matter, Verb, require
from cairndesk.accounts.sessions import SessionStore
from cairndesk.cases.models import Case
from cairndesk.cases.queries import case_for, opens_to
from cairndesk.lib import clock
from cairndesk.lib.errors import DeskError
from cairndesk.review import actions, errors, queries
from cairndesk.review.forms.looks import ReasonToLookForm
from cairndesk.review.queries.looking import ToLookAt
from cairndesk.review.rules.exposure import PROMPTS
from cairndesk.review.rules.looking import Comfort, LookReason, is_spared_less
from cairndesk.review.views.common import around, unstored
from cairndesk.review.window import COPIES, SECONDS
from cairndesk.signals.engine.answer import Why
from cairndesk.signals.walled import is_strong_enough

_NOTHING = "No copy could be drawn of this file, so there is nothing to look at. Its hashes and what the lists say stay as they are."
_DOES = {"small": actions.look_at_original, "clear": actions.see_clearly}
_DOORS = {"small": "review:look-at", "clear": "review:see-clearly"}


@requires(Verb.MEDIA_LOOK)
def look_at(request: HttpRequest, case_id: UUID, original_id: UUID) -> HttpResponse:
    """What is known without looking, and the form that asks why; behind a reason, and once, the copy."""
    return _look(request, case_id, original_id, "small")


@requires(Verb.MEDIA_LOOK)
def see_clearly(request: HttpRequest, case_id: UUID, original_id: UUID) -> HttpResponse:
    """The clear view of a file that was looked at small, which leaves by itself after seconds; the script shows it only while a button is held."""
    answer = _look(request, case_id, original_id, "clear")
    if request.method == "GET" and answer.status_code == 200:
        # Without a script the page goes back by itself, whether somebody looks or has gone.
        back = reverse("review:look-at", args=[case_id, original_id])
        answer["Refresh"] = f"{settings.CAIRNDESK.desk.clear_seconds};url={back}"
    return unstored(answer)


@requires(Verb.MEDIA_LOOK)
@require_POST
def end_clear(request: HttpRequest) -> HttpResponse:
    """The button was let go: the ledger holds how long it was held."""
    actions.end_reveal(by=doer(request), now=clock.now())
    return HttpResponse(status=204)


def _look(request: HttpRequest, case_id: UUID, original_id: UUID, how: str) -> HttpResponse:
    actor, now = doer(request), clock.now()
    shown = case_for(actor, case_id)
    require(actor, Verb.MEDIA_LOOK, organisation=shown.organisation_id, stage=shown.stage)
    wanted, held = queries.to_look_at(shown, original_id), queries.standing(actor, shown.organisation_id)
    if wanted is None:
        raise errors.NoSuchAccount
    form = ReasonToLookForm(request.POST if request.method == "POST" else None, asks_twice=held.own.asks_twice)
    if form.is_bound and form.is_valid():
        reason = LookReason(form.cleaned_data["reason"])
        drawn = _DOES[how](case=shown, original=original_id, reason=reason, by=actor, now=now)
        if drawn.why is Why.NOTHING:
            request.session[how] = [
                str(original_id),
                COPIES.lay(drawn.as_png(), partial(_may_still, shown.pk, request.session.session_key, _drawn_by(held, how), how)),
            ]
        else:
            request.session["said"] = _NOTHING
        # Led away from what was sent: to load the page again must not look again.
        return redirect(_DOORS[how], case_id=case_id, original_id=original_id)
    address = _laid(request, original_id, how)
    if how == "clear" and not (address or form.is_bound):
        return redirect("review:look-at", case_id=case_id, original_id=original_id)
    context = around(shown, actor) | {"wanted": wanted, "form": form, "copy": address, "how": how} | _standing(actor, shown, wanted, held)
    answer = render(request, "review/look_at.html", context, status=422 if form.is_bound else 200)
    if address or context["may_clear"]:
        answer["Content-Security-Policy"] = policy_with(settings.CAIRNDESK.desk.look_origin)
    return answer


def _standing(actor: Actor, shown: Case, wanted: ToLookAt, held: queries.Standing) -> dict[str, Any]:
    """What the page says around the picture: how much is left today, and whether a clear view is offered."""
    now, desk, comfort = clock.now(), settings.CAIRNDESK.desk, held.shown
    mine, left = queries.mine(actor, held, now=now), queries.looks_left(actor, now=now)
    has_time = mine.cap - mine.spent >= SECONDS
    is_spared = wanted.is_video and comfort.no_video
    can = wanted.can_be_drawn and not is_spared and is_strong_enough() and left > 0 and has_time
    return {
        "card": queries.card(shown, actor),
        "seconds": int(SECONDS),
        "clear_seconds": desk.clear_seconds,
        "has_walls": is_strong_enough(),
        "left": left,
        "most": desk.looks_a_day,
        "has_time": has_time,
        "is_spared": is_spared,
        "prompts": [PROMPTS[one] for one in mine.prompts],
        "is_grey": comfort.is_grey,
        "may_clear": can and not comfort.no_clear and queries.has_looked(wanted.original.pk, by=actor, now=now),
        "clear_form": ReasonToLookForm(asks_twice=comfort.asks_twice, prefix=None, auto_id="clear_%s"),
    }


def _laid(request: HttpRequest, original: UUID, how: str) -> str:
    """Where the copy of this file is shown, once; empty where none waits. One of another file waits on for the page of that."""
    laid, copy = request.session.get(how, ("", ""))
    if laid != str(original):
        return ""
    del request.session[how]
    return f"{settings.CAIRNDESK.desk.look_origin}/{copy}"


def _drawn_by(held: queries.Standing, how: str) -> Comfort:
    """By what was drawn: that the installation has small copies grey says nothing of a clear view."""
    return held.own if how == "clear" else held.shown


def _may_still(case: UUID, session: str | None, drawn: Comfort, how: str) -> bool:
    """Whether who asked is still signed in, may still look, has the grant, and what was `drawn` is not laxer than what holds meanwhile.

    Asked by a thread of its own, which keeps no connection.
    """
    now, idle = clock.now(), timedelta(minutes=settings.CAIRNDESK.desk.idle_minutes)
    try:
        actor = actor_of(SessionStore(session), now=now, idle=idle)
        if actor is None:
            return False
        shown = case_for(actor, case)
        require(actor, Verb.MEDIA_LOOK, organisation=shown.organisation_id, stage=shown.stage)
        if is_spared_less(drawn, _drawn_by(queries.standing(actor, shown.organisation_id), how)):
            return False
        return opens_to(actor.pseudonym, case=case, matter=Matter.ORIGINAL, now=now)
    except DeskError:
        return False
    finally:
        connections.close_all()
