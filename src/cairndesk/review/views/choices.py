"""What the person who told chose, and setting a part of it aside, for danger or by law."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from cairndesk.accounts.policy import doer, requires
from cairndesk.accounts.rules import Verb, permits
from cairndesk.cases.actions import set_aside
from cairndesk.cases.queries import case_for, choices_of, limits_of
from cairndesk.cases.rules.choices import Ground, Limit
from cairndesk.intake.told import told_lines
from cairndesk.lib import clock
from cairndesk.review.forms.choices import SetAsideForm
from cairndesk.review.views.common import around


@requires(Verb.CASE_READ)
def choices(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """What stands, since when, and what was set aside; then setting one aside."""
    actor, now = doer(request), clock.now()
    shown = case_for(actor, case_id)
    form = SetAsideForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        limit, ground = Limit(form.cleaned_data["limit"]), Ground(form.cleaned_data["ground"])
        set_aside(case=shown, limit=limit, ground=ground, why=form.cleaned_data["why"], by=actor, now=now)
        request.session["said"] = "Set aside. They read behind the six words that we do it, and on which ground."
        return redirect("review:choices", case_id=case_id)
    context = {
        "chosen": [(told_lines({name: row.codes})[0], row.at) for name, row in choices_of(shown).items() if row.codes],
        "limits": limits_of(shown),
        "form": form,
        "may_set_aside": permits(actor.roles, Verb.MESSAGE_SEND, shown.stage) and shown.organisation_id == actor.organisation,
        "language": shown.reports.order_by("received_at").values_list("language", flat=True).last(),
    }
    return render(request, "review/choices.html", around(shown, actor) | context, status=422 if form.errors else 200)
