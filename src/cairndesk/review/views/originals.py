"""Destroying an original that is kept sealed: somebody asks and says why, another person reads it and does it."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from cairndesk.accounts import confirm
from cairndesk.accounts.policy import doer, requires
from cairndesk.accounts.rules import Actor, Verb, permits, require
from cairndesk.cases.models import Case
from cairndesk.cases.queries import case_for
from cairndesk.custody.models import SealedObject
from cairndesk.lib import clock
from cairndesk.review import actions, errors, queries
from cairndesk.review.forms.looks import DestroyForm
from cairndesk.review.views.common import around
from cairndesk.triage.queries import names_of


@requires(Verb.DESTRUCTION_ASK)
def destroy(request: HttpRequest, case_id: UUID, original_id: UUID) -> HttpResponse:
    """What would go; a form to ask, or, for another person, the button that does it."""
    actor, now = doer(request), clock.now()
    shown, original = _wanted(actor, case_id, original_id, Verb.DESTRUCTION_ASK)
    form = DestroyForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        actions.ask_destruction(case=shown, original=original, reason=form.cleaned_data["reason"], by=actor, now=now)
        request.session["said"] = "Another supervisor can now destroy the original. Until then nothing changes."
        return redirect("review:destroy", case_id=case_id, original_id=original_id)
    asked = queries.destruction_of(original)
    may_do = asked is not None and asked.asked_by != actor.pseudonym and permits(actor.roles, Verb.MEDIA_DESTROY, shown.stage)
    context = around(shown, actor) | {
        "form": form,
        "original": original,
        "file": next((one for one in queries.files(shown) if one.original == original_id), None),
        "asked": asked,
        "asked_by": names_of([asked.asked_by]).get(asked.asked_by, "") if asked else "",
        "may_do": may_do,
        "proof": confirm.ask(request, actions.destroying_digest(asked)) if asked and may_do and asked.done_at is None else None,
    }
    return render(request, "review/destroy.html", context, status=422 if form.is_bound else 200)


@requires(Verb.DESTRUCTION_ASK)
@require_POST
def decide(request: HttpRequest, case_id: UUID, original_id: UUID) -> HttpResponse:
    """Destroy the original, or take the asking back."""
    actor, now = doer(request), clock.now()
    takes_back = request.POST.get("act") == "withdraw"
    # Before the proof, so that nobody confirms what could not be done.
    _, original = _wanted(actor, case_id, original_id, Verb.DESTRUCTION_ASK if takes_back else Verb.MEDIA_DESTROY)
    asked = queries.destruction_of(original)
    if asked is None:
        raise errors.NotAskedNow
    if takes_back:
        actions.withdraw_destruction(destruction=asked, by=actor, now=now)
        request.session["said"] = "The asking is taken back. The original stays as it is."
    else:
        fresh = confirm.given(request, actions.destroying_digest(asked), now=now)
        actions.destroy_media(destruction=asked, by=actor, fresh=fresh, now=now)
        request.session["said"] = "The original is destroyed. Its hashes and the entry in the log stay."
    return redirect("review:case", case_id=case_id)


def _wanted(actor: Actor, case_id: UUID, original_id: UUID, verb: Verb) -> tuple[Case, SealedObject]:
    shown = case_for(actor, case_id)
    require(actor, verb, organisation=shown.organisation_id, stage=shown.stage)
    original = queries.original_of(shown, original_id)
    if original is None:
        raise errors.NoSuchAccount
    return shown, original
