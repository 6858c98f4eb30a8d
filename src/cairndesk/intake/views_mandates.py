"""Mandates to search, and what was found under one."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from cairndesk.accounts import confirm
from cairndesk.accounts.models import Organisation
from cairndesk.accounts.policy import doer, requires
from cairndesk.accounts.rules import Verb
from cairndesk.cases.actions import end_mandate, enter_mandate, mandate_digest
from cairndesk.cases.errors import MandateUnclear, NoMandate
from cairndesk.cases.queries import mandate_on, mandates_of
from cairndesk.intake import actions, errors
from cairndesk.intake.forms import FindForm, MandateForm
from cairndesk.lib import clock
from cairndesk.lib.ids import new_id


@requires(Verb.REPORT_TAKE)
@require_http_methods(["GET", "POST"])
def find(request: HttpRequest) -> HttpResponse:
    """The form for what was found by searching; there is none where no mandate holds today."""
    actor, now = doer(request), clock.now()
    mandate = mandate_on(actor.home, now.date())
    if mandate is None:
        raise NoMandate
    form = FindForm(request.POST or None, initial={"once": new_id()})
    if form.is_valid():
        desk = get_object_or_404(Organisation, pk=actor.home)
        try:
            case = actions.record_find(organisation=desk, told=form.told(), by=actor, now=now, once=form.cleaned_data["once"])
        except errors.NothingTold as error:
            form.add_error("link", error.remedy)
        else:
            request.session["said"] = f"Case {case.number} is open. It names the mandate under which it was found."
            return redirect("review:case", case_id=case.pk)
    return render(request, "intake/find.html", {"form": form, "mandate": mandate}, status=422 if form.errors else 200)


@requires(Verb.MANDATE_SET)
@require_http_methods(["GET", "POST"])
def mandates(request: HttpRequest) -> HttpResponse:
    """Every mandate, and the form for another: first the page that says what would be possible, then, with the proof, it is."""
    actor, now = doer(request), clock.now()
    form = MandateForm(request.POST or None, organisation=actor.home)
    sure = None
    if form.is_valid():
        terms = form.terms()
        digest = mandate_digest(actor.home, terms)
        if "proof_digest" not in request.POST:
            sure = confirm.ask(request, digest)
        else:
            try:
                enter_mandate(terms=terms, by=actor, fresh=confirm.given(request, digest, now=now), now=now)
            except MandateUnclear as unclear:
                form.add_error("valid_until", unclear.detail)
            else:
                request.session["said"] = "The mandate is entered. Finds can be taken in while it holds."
                return redirect("intake:mandates")
    context = {"form": form, "proof": sure, "mandates": mandates_of(actor.home), "today": now.date()}
    return render(request, "intake/mandates.html", context, status=422 if form.errors else 200)


@requires(Verb.MANDATE_SET)
@require_POST
def end(request: HttpRequest, mandate_id: UUID) -> HttpResponse:
    """End a mandate now."""
    end_mandate(mandate=mandate_id, by=doer(request), now=clock.now())
    request.session["said"] = "The mandate has ended. What would come under it is refused from now on."
    return redirect("intake:mandates")
