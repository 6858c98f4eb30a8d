"""The duty roster: everybody reads it, and whoever answers for the work enters it."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from cairndesk.accounts import actions, duty, errors
from cairndesk.accounts.forms import DutyForm
from cairndesk.accounts.models import Duty, Person
from cairndesk.accounts.policy import doer, requires, signed_in
from cairndesk.accounts.rules import Verb, may_somewhere, require
from cairndesk.lib import clock


@signed_in
@require_http_methods(["GET", "POST"])
def roster(request: HttpRequest) -> HttpResponse:
    """Who is on duty in the next two weeks, and a form for a further turn; what is refused comes back with what was typed."""
    by, now = doer(request), clock.now()
    if request.method == "POST":
        require(by, Verb.DUTY_SET, organisation=by.home)
    may_set = may_somewhere(by, Verb.DUTY_SET)
    people = Person.objects.filter(organisation=by.home, is_active=True).order_by("name")
    form = DutyForm(request.POST or None, people=people, initial={"weeks": 0})
    if form.is_bound and form.is_valid():
        try:
            actions.put_on_duty(**form.cleaned_data, by=by, now=now)
        except errors.DutyRefused as refused:
            form.add_error(None, refused.detail)
        else:
            request.session["said"] = "It stands on the roster."
            return redirect("accounts:duty")
    shown = {"form": form, "may_set": may_set, "rows": duty.roster(by.home, now=now), "watch": duty.watch(by.home, now=now), "now": now}
    return render(request, "accounts/duty.html", shown, status=422 if form.errors else 200)


@requires(Verb.DUTY_SET)
@require_POST
def end(request: HttpRequest, duty_id: UUID) -> HttpResponse:
    """Take a turn off the roster, or end it now."""
    by = doer(request)
    held = Duty.objects.filter(pk=duty_id, organisation=by.home).first()
    if held is None:
        raise errors.OtherOrganisation
    actions.end_duty(held=held, by=by, now=clock.now())
    request.session["said"] = "That turn is over."
    return redirect("accounts:duty")
