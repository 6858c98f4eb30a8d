"""Destroying an original that is kept sealed: somebody asks and says why, another person reads it and does it."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from cairndesk.accounts import answer
from cairndesk.accounts.policy import doer, requires
from cairndesk.accounts.queries import open_request
from cairndesk.accounts.rules import Actor, Kind, Verb, require
from cairndesk.cases.models import Case
from cairndesk.cases.queries import case_for
from cairndesk.custody.models import SealedObject
from cairndesk.lib import clock
from cairndesk.review import actions, errors, queries
from cairndesk.review.forms.looks import DestroyForm
from cairndesk.review.views.common import around


@requires(Verb.DESTRUCTION_ASK)
def destroy(request: HttpRequest, case_id: UUID, original_id: UUID) -> HttpResponse:
    """What would go; a form to ask, or, for another person, the button that does it."""
    actor, now = doer(request), clock.now()
    shown, original = _wanted(actor, case_id, original_id)
    form = DestroyForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        actions.ask_destruction(case=shown, original=original, reason=form.cleaned_data["reason"], by=actor, now=now)
        request.session["said"] = "Another supervisor can now destroy the original. Until then nothing changes."
        return redirect("review:destroy", case_id=case_id, original_id=original_id)
    asked = open_request(Kind.DESTROY, original.pk, now=now)
    context = around(shown, actor) | {
        "form": form,
        "original": original,
        "file": next((one for one in queries.files(shown) if one.original == original_id), None),
        "one": answer.look(request, asked, now=now) if asked else None,
    }
    return render(request, "review/destroy.html", context, status=422 if form.is_bound else 200)


def _wanted(actor: Actor, case_id: UUID, original_id: UUID) -> tuple[Case, SealedObject]:
    shown = case_for(actor, case_id)
    require(actor, Verb.DESTRUCTION_ASK, organisation=shown.organisation_id, stage=shown.stage)
    original = queries.original_of(shown, original_id)
    if original is None:
        raise errors.NoSuchAccount
    return shown, original
