"""What the person who told chose, and setting a part of it aside, for danger or by law."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from cairndesk.accounts import confirm
from cairndesk.accounts.policy import doer, requires
from cairndesk.accounts.rules import Verb, permits, require
from cairndesk.cases.actions import aside_digest, review_aside, set_aside
from cairndesk.cases.models import Case
from cairndesk.cases.queries import case_for, choices_of, limits_of
from cairndesk.cases.rules.choices import GROUNDS, LIMITS, AsideFinding, Ground, Limit
from cairndesk.intake.told import told_lines
from cairndesk.lib import clock
from cairndesk.review import errors
from cairndesk.review.forms.choices import AsideFindingForm, SetAsideForm
from cairndesk.review.views.common import around


@requires(Verb.CASE_READ)
def choices(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """What stands, since when, and what was set aside; then setting one aside."""
    actor = doer(request)
    shown = case_for(actor, case_id)
    form = SetAsideForm(request.POST if request.method == "POST" else None)
    if form.is_bound:
        require(actor, Verb.CHOICE_SET_ASIDE, organisation=shown.organisation_id, stage=shown.stage)
        if form.is_valid():
            return _set_aside(request, shown, form)
    context = {
        "chosen": [(told_lines({name: row.codes})[0], row.at) for name, row in choices_of(shown).items() if row.codes],
        "limits": limits_of(shown),
        "form": form,
        "may_set_aside": permits(actor.roles, Verb.CHOICE_SET_ASIDE, shown.stage) and shown.organisation_id == actor.organisation,
        "may_look": permits(actor.roles, Verb.CHOICE_REVIEW, shown.stage) and shown.organisation_id == actor.organisation,
        "language": shown.reports.order_by("received_at").values_list("language", flat=True).last(),
    }
    return render(request, "review/choices.html", around(shown, actor) | context, status=422 if form.errors else 200)


@requires(Verb.CHOICE_REVIEW)
@require_POST
def look(request: HttpRequest, case_id: UUID, aside_id: int) -> HttpResponse:
    """Say whether a choice had to be set aside."""
    actor = doer(request)
    shown = case_for(actor, case_id)
    found, form = shown.set_aside.filter(pk=aside_id).first(), AsideFindingForm(request.POST)
    if found is None or not form.is_valid():
        raise errors.NoSuchAccount
    review_aside(aside=found, finding=AsideFinding(form.cleaned_data["finding"]), by=actor, now=clock.now())
    request.session["said"] = "What you found is recorded, and the log names you."
    return redirect("review:choices", case_id=case_id)


def _set_aside(request: HttpRequest, shown: Case, form: SetAsideForm) -> HttpResponse:
    """First the page that says what would be set aside; with the proof on it, it is done."""
    actor, now, given = doer(request), clock.now(), form.cleaned_data
    limit, ground = Limit(given["limit"]), Ground(given["ground"])
    digest = aside_digest(shown, limit=limit, ground=ground, why=given["why"])
    if "proof_digest" not in request.POST:
        context = {"form": form, "asked": LIMITS[limit], "because": GROUNDS[ground], "proof": confirm.ask(request, digest)}
        return render(request, "review/set_aside.html", around(shown, actor) | context)
    fresh = confirm.given(request, digest, now=now)
    set_aside(case=shown, limit=limit, ground=ground, why=given["why"], by=actor, fresh=fresh, now=now)
    request.session["said"] = "Set aside. They read behind the six words that we do it, and on which ground."
    return redirect("review:choices", case_id=shown.pk)
