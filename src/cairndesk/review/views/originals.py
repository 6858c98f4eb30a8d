"""Destroying an original that is kept sealed: the reason first, then what would go, then the proof."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from cairndesk.accounts import confirm
from cairndesk.accounts.policy import doer, requires
from cairndesk.accounts.rules import Verb, require
from cairndesk.cases.queries import case_for
from cairndesk.lib import clock
from cairndesk.review import actions, errors, queries
from cairndesk.review.forms.looks import DestroyForm
from cairndesk.review.views.common import around, unstored


@requires(Verb.MEDIA_DESTROY)
def destroy(request: HttpRequest, case_id: UUID, original_id: UUID) -> HttpResponse:
    """The reason, then the page that says what would be destroyed; with the proof on it, the original is destroyed."""
    actor, now = doer(request), clock.now()
    shown = case_for(actor, case_id)
    require(actor, Verb.MEDIA_DESTROY, organisation=shown.organisation_id, stage=shown.stage)
    original = queries.original_of(shown, original_id)
    if original is None:
        raise errors.NoSuchAccount
    file = next((one for one in queries.files(shown) if one.original == original_id), None)
    form = DestroyForm(request.POST if request.method == "POST" else None)
    context = around(shown, actor) | {"form": form, "file": file}
    if not form.is_valid():
        return render(request, "review/destroy.html", context, status=422 if form.is_bound else 200)
    reason = form.cleaned_data["reason"]
    digest = actions.destroying_digest(original=original, reason=reason)
    if "proof_digest" not in request.POST:
        return unstored(render(request, "review/destroy.html", context | {"reason": reason, "proof": confirm.ask(request, digest)}))
    fresh = confirm.given(request, digest, now=now)
    actions.destroy_media(case=shown, original=original, reason=reason, by=actor, fresh=fresh, now=now)
    request.session["said"] = "The original is destroyed. Its hashes and the entry in the log stay."
    return redirect("review:case", case_id=case_id)
