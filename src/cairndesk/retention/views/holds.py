"""Holds of a case: placed by one person, looked at again on a day, lifted by two."""

from uuid import UUID

from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from cairndesk.accounts import answer
from cairndesk.accounts.policy import doer, requires
from cairndesk.accounts.queries import open_request
from cairndesk.accounts.rules import Actor, Kind, Verb, require
from cairndesk.cases import actions
from cairndesk.cases.errors import HoldUnclear
from cairndesk.cases.models import Case, Hold
from cairndesk.cases.queries import case_for, holds_of
from cairndesk.cases.rules.holding import HoldGround
from cairndesk.lib import clock
from cairndesk.retention import queries
from cairndesk.retention.actions import ask_lift
from cairndesk.retention.errors import NoSuchThing
from cairndesk.retention.forms import HoldForm, LiftForm, ReviewForm
from cairndesk.triage.queries import names_of


@requires(Verb.HOLD_PLACE)
def holds(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """What stands on the case and who asked for what; a form to place one more."""
    actor, now = doer(request), clock.now()
    case = _case(actor, case_id)
    form = HoldForm(request.POST or None)
    if form.is_valid():
        said = form.cleaned_data
        try:
            actions.place_hold(case=case, ground=HoldGround(said["ground"]), why=said["why"], review_on=said["review_on"], by=actor, now=now)
        except HoldUnclear as unclear:
            form.add_error("review_on", unclear.remedy)
        else:
            request.session["said"] = "The hold stands. Nothing of this case is destroyed until two people lift it."
            return redirect("retention:holds", case.pk)
    return _page(request, actor, case, form)


@requires(Verb.HOLD_PLACE)
@require_POST
def act(request: HttpRequest, case_id: UUID, hold_id: UUID) -> HttpResponse:
    """Look at a hold again and let it stand, or ask for it to be lifted."""
    actor, now = doer(request), clock.now()
    case = _case(actor, case_id)
    hold = _hold(case, hold_id)
    review, wish = ReviewForm(request.POST), LiftForm(request.POST)
    if request.POST.get("act") == "ask" and wish.is_valid():
        ask_lift(hold=hold, why=wish.cleaned_data["why"], by=actor, now=now)
        request.session["said"] = "A supervisor who is another person can now lift the hold. Until then it stands."
    elif request.POST.get("act") == "review" and review.is_valid():
        actions.review_hold(hold=hold, review_on=review.cleaned_data["review_on"], by=actor, now=now)
        request.session["said"] = "The hold stands."
    else:
        raise HoldUnclear
    return redirect("retention:holds", case.pk)


def _case(actor: Actor, case_id: UUID) -> Case:
    case = case_for(actor, case_id)
    require(actor, Verb.HOLD_PLACE, organisation=case.organisation_id, stage=case.stage)
    return case


def _hold(case: Case, hold_id: UUID) -> Hold:
    found = Hold.objects.filter(pk=hold_id, case=case).first()
    if found is None:
        raise NoSuchThing
    return found


def _page(request: HttpRequest, actor: Actor, case: Case, form: Form) -> HttpResponse:
    standing, now = list(holds_of(case).select_related("original")), clock.now()
    names = names_of(hold.placed_by for hold in standing)

    def line(hold: Hold) -> dict[str, object]:
        asked = open_request(Kind.LIFT_HOLD, hold.pk, now=now)
        one = answer.look(request, asked, now=now) if asked else None
        return {"hold": hold, "placed_by": names.get(hold.placed_by, "Somebody"), "one": one}

    shown = {
        "case": case,
        "lines": [line(hold) for hold in standing],
        "lifted": case.holds.exclude(lifted_at=None),
        "form": form,
        "review": ReviewForm(),
        "wish_form": LiftForm(),
        "corrections": queries.corrections_of(case),
    }
    return render(request, "retention/holds.html", shown, status=422 if form.errors else 200)
