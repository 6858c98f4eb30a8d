"""Who may open a case, emergency access to it, and what a supervisor does about both."""

from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from cairndesk.accounts import actions as accounts
from cairndesk.accounts import confirm
from cairndesk.accounts.errors import NotPermitted
from cairndesk.accounts.models import Organisation
from cairndesk.accounts.policy import doer, requires
from cairndesk.accounts.queries import person_for
from cairndesk.accounts.rules import Actor, Verb, may_somewhere, require
from cairndesk.cases import actions
from cairndesk.cases.models import Case
from cairndesk.cases.queries import case_for, glass_of
from cairndesk.cases.rules.glass import GlassFinding, GlassReason
from cairndesk.lib import clock
from cairndesk.review import errors, queries
from cairndesk.review.actions import take_off as take_off_case
from cairndesk.review.forms.access import FindingForm, GlassForm
from cairndesk.review.views.common import around

_PAGE = 100


@requires(Verb.CASE_READ)
@require_GET
def access(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Who may open this case now, and every emergency access to it."""
    actor, now = doer(request), clock.now()
    shown = case_for(actor, case_id)
    context = {"access": queries.access_to(shown, by=actor, now=now), "may_break": _may_break(shown, actor)}
    return render(request, "review/access.html", around(shown, actor) | context)


@requires(Verb.GLASS_BREAK)
def break_glass(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """What emergency access is, and the form that takes it with a fresh proof."""
    actor, now = doer(request), clock.now()
    shown = case_for(actor, case_id)
    require(actor, Verb.GLASS_BREAK, organisation=shown.organisation_id, stage=shown.stage)
    digest = actions.glass_digest(shown, actor)
    form = GlassForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        fresh, said = confirm.given(request, digest, now=now), form.cleaned_data
        actions.break_glass(case=shown, reason=GlassReason(said["reason"]), why=said["why"], by=actor, fresh=fresh, now=now)
        request.session["said"] = f"Case {shown.number} opens for you for {_minutes()} minutes. Every supervisor sees that."
        return redirect("review:case", case_id=case_id)
    context = {"form": form, "minutes": _minutes(), "proof": confirm.ask(request, digest), "is_on": actions.is_on(case=shown, by=actor, now=now)}
    return render(request, "review/break_glass.html", around(shown, actor) | context, status=422 if form.errors else 200)


@requires(Verb.GRANT_WITHDRAW)
@require_POST
def take_off(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Take a person off the case, or let them on again."""
    actor, now = doer(request), clock.now()
    shown = case_for(actor, case_id)
    holder, back = request.POST.get("holder", ""), request.POST.get("act") == "let_on"
    if back:
        actions.let_on_again(case=shown, holder=holder, by=actor, now=now)
    else:
        take_off_case(case=shown, holder=holder, by=actor, now=now)
    request.session["said"] = "They can open this case again." if back else "They open nothing of this case any more."
    return redirect("review:access", case_id=case_id)


@requires(Verb.GLASS_REVIEW)
@require_POST
def look_at_glass(request: HttpRequest, case_id: UUID, glass_id: UUID) -> HttpResponse:
    """Say whether an emergency access was right."""
    actor = doer(request)
    shown = case_for(actor, case_id)
    found, form = glass_of(shown).filter(pk=glass_id).first(), FindingForm(request.POST)
    if found is None or not form.is_valid():
        raise errors.NoSuchAccount
    actions.review_glass(glass=found, finding=GlassFinding(form.cleaned_data["finding"]), by=actor, now=clock.now())
    request.session["said"] = "What you found is recorded, and the log names you."
    return redirect("review:access", case_id=case_id)


@requires(Verb.ACCESS_REVIEW)
@require_GET
def overview(request: HttpRequest) -> HttpResponse:
    """Who opened what under which grant, what stands out, and what waits for another person."""
    actor, now = doer(request), clock.now()
    who, before = request.GET.get("who", ""), request.GET.get("before", "")
    shown = queries.releases(actor.home, who=who, before=int(before) if before.isdecimal() else None, most=_PAGE)
    context = {
        "report": queries.access_report(Organisation.objects.get(pk=actor.home), by=actor, now=now),
        "releases": shown,
        "last": shown[-1].index if shown else None,
        "who": who,
        "people": queries.readers(actor.home),
        "may_open": may_somewhere(actor, Verb.CASE_READ),
    }
    return render(request, "review/accesses.html", context)


@requires(Verb.ACCESS_REVIEW)
@require_POST
def confirm_roles(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """Confirm that somebody still needs the roles that were shown."""
    actor = doer(request)
    person = person_for(actor, person_id, Verb.ACCESS_REVIEW)
    accounts.confirm_roles(person=person, shown=request.POST.getlist("role"), by=actor, now=clock.now())
    request.session["said"] = f"Confirmed: {person.name} needs these roles. The log names you."
    return redirect("review:accesses")


def _may_break(shown: Case, actor: Actor) -> bool:
    try:
        require(actor, Verb.GLASS_BREAK, organisation=shown.organisation_id, stage=shown.stage)
    except NotPermitted:
        return False
    return not actions.is_on(case=shown, by=actor, now=clock.now())


def _minutes() -> int:
    minutes: int = settings.CAIRNDESK.desk.emergency_minutes
    return minutes
