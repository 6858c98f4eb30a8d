"""Cases between this desk and desks of other installations: what is offered, letters that people carry, and who the partners are."""

from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from cairndesk.accounts import answer, undo
from cairndesk.accounts.models import Organisation
from cairndesk.accounts.policy import requires
from cairndesk.accounts.queries import open_request
from cairndesk.accounts.rules import Kind, Verb, may_somewhere, permits
from cairndesk.cases.queries import case_for
from cairndesk.exchange.errors import LetterUnreadable
from cairndesk.exchange.formats import referral
from cairndesk.lib import clock, text
from cairndesk.response import actions, queries
from cairndesk.response.errors import NoSuchThing
from cairndesk.response.forms import PartnerForm
from cairndesk.response.rules import CrossingState, Side
from cairndesk.response.views.common import actor_of, wanted

_SHOWN = 50


@requires(Verb.TRANSFER_ACCEPT)
def desks(request: HttpRequest) -> HttpResponse:
    """What other desks offer to us, what we offer to them, and the letters that are still to be carried."""
    actor, now = actor_of(request), clock.now()
    home = actor.organisation
    shown = {
        "theirs": queries.crossings_of(home, Side.IN)[:_SHOWN],
        "ours": queries.crossings_of(home, Side.OUT)[:_SHOWN],
        "late": {one.pk for side in Side for one in queries.unanswered(home, side, now)},
        "changed": {one.pk for one in queries.crossings_of(home, Side.OUT).filter(state=CrossingState.OFFERED) if not queries.is_as_offered(one)},
        "may_set": may_somewhere(actor, Verb.SHARING_SET),
        "may_transfer": may_somewhere(actor, Verb.CASE_TRANSFER),
        "now": now,
    }
    return render(request, "response/desks.html", shown)


@requires(Verb.TRANSFER_ACCEPT)
@require_POST
def decide(request: HttpRequest, crossing_id: UUID) -> HttpResponse:
    """Take an offer, leave it, or take an own one back."""
    actor, now = actor_of(request), clock.now()
    held = queries.crossing_for(actor, crossing_id)
    why = request.POST.get("why", "")
    acts = {
        "accept": lambda: actions.accept_from_desk(crossing=held, by=actor, now=now),
        "refuse": lambda: actions.refuse_from_desk(crossing=held, why=why, by=actor, now=now),
        "withdraw": lambda: actions.withdraw_from_desk(crossing=held, by=actor, now=now),
        "back": lambda: actions.give_back(crossing=held, why=why, did=request.POST.get("did", ""), by=actor, now=now),
    }
    wanted(acts, request.POST.get("act", ""))
    return redirect("response:desks")


@requires(Verb.CASE_TRANSFER)
@require_POST
def withdraw(request: HttpRequest, crossing_id: UUID) -> HttpResponse:
    """An offer that was just let go does not leave."""
    actor = actor_of(request)
    held = queries.crossing_for(actor, crossing_id)
    undo.withdraw(request.session, url=request.path)
    actions.withdraw_from_desk(crossing=held, by=actor, now=clock.now())
    request.session["said"] = "The offer is taken back."
    return redirect("response:crossing", case_id=held.case_id)


@requires(Verb.CASE_READ)
@require_POST
def read(request: HttpRequest, crossing_id: UUID) -> HttpResponse:
    """What the other desk wrote when it refused the case or handed it back."""
    actor = actor_of(request)
    held = queries.crossing_for(actor, crossing_id)
    words = actions.read_crossing(crossing=held, by=actor, now=clock.now())
    return render(request, "response/crossing.html", {**_about(request, held.case_id), "words": words, "read": held.pk})


@requires(Verb.CASE_READ)
@require_http_methods(["GET", "POST"])
def crossing(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Where a case stands between us and another desk, and a form to ask that it be offered."""
    actor = actor_of(request)
    if request.method != "POST":
        return render(request, "response/crossing.html", _about(request, case_id))
    case = case_for(actor, case_id)
    desk = next((one for one in queries.desks_in_force(case.organisation_id, now=clock.now()) if str(one.pk) == request.POST.get("to")), None)
    if desk is None:
        raise NoSuchThing
    reason = text.clean(request.POST.get("reason", "")).strip()
    actions.ask_to_cross(case=case, desk=desk, reason=reason, by=actor, now=clock.now())
    return redirect("response:crossing", case.pk)


@requires(Verb.TRANSFER_ACCEPT)
@require_POST
def take_in(request: HttpRequest) -> HttpResponse:
    """A letter that somebody carried here."""
    actor, given = actor_of(request), request.FILES.get("letter")
    if given is None:
        raise LetterUnreadable
    organisation = Organisation.objects.get(pk=actor.home)
    held = actions.take_letter(data=given.read(referral.LIMIT + 1), by=actor, now=clock.now(), organisation=organisation)
    request.session["said"] = f"The letter of {held.partner.name} is here."
    return redirect("response:desks")


@requires(Verb.TRANSFER_ACCEPT)
@require_POST
def take_out(request: HttpRequest, letter_id: UUID) -> HttpResponse:
    """A closed letter as a file, to be carried to the other desk."""
    actor = actor_of(request)
    held = queries.letter_of(actor, letter_id)
    body = actions.take_out_letter(letter=held, by=actor, now=clock.now())
    name = f"{held.document}.referral.json"
    return HttpResponse(body, content_type="application/json", headers={"Content-Disposition": f'attachment; filename="{name}"'})


@requires(Verb.TRANSFER_ACCEPT)
@require_POST
def again(request: HttpRequest, letter_id: UUID) -> HttpResponse:
    """A letter that was given up is tried again."""
    actor = actor_of(request)
    actions.send_again(letter=queries.letter_of(actor, letter_id), by=actor, now=clock.now())
    return redirect("response:desks")


@requires(Verb.SHARING_SET)
@require_http_methods(["GET", "POST"])
def partners(request: HttpRequest) -> HttpResponse:
    """The desks with which there is an agreement, what to give them of us, and a form to enter another one."""
    actor, now = actor_of(request), clock.now()
    form = PartnerForm(request.POST or None, initial={"valid_from": now.date()})
    if form.is_valid():
        actions.enter_partner(facts=form.cleaned_data, by=actor, now=now)
        return redirect("response:partners")
    rows = list(queries.desks_of(actor.home))
    shown = {
        "form": form,
        "rows": rows,
        "running": {one.pk for one in rows if one.is_in_force(now.date())},
        "we": queries.own_party(Organisation.objects.get(pk=actor.home)),
        "door": f"{settings.CAIRNDESK.desk.origin}/api/v1/referrals",
        "today": now.date(),
        "me": actor.pseudonym,
    }
    return render(request, "response/partners.html", shown, status=422 if form.errors else 200)


@requires(Verb.SHARING_SET)
@require_POST
def decide_partner(request: HttpRequest, desk_id: UUID) -> HttpResponse:
    """Confirm a partner desk that another person entered, or end one."""
    actor, now = actor_of(request), clock.now()
    desk = queries.desk_for(actor, desk_id)
    acts = {
        "confirm": lambda: actions.confirm_partner(desk=desk, by=actor, now=now),
        "end": lambda: actions.end_partner(desk=desk, why=request.POST.get("why", ""), by=actor, now=now),
    }
    wanted(acts, request.POST.get("act", ""))
    return redirect("response:partners")


def _about(request: HttpRequest, case_id: UUID | None) -> dict[str, object]:
    """What the page of one case shows."""
    actor, now = actor_of(request), clock.now()
    if case_id is None:
        raise NoSuchThing
    case = case_for(actor, case_id)
    asked = open_request(Kind.CROSS_OVER, case.pk, now=now)
    return {
        "case": case,
        "crossings": case.crossings.select_related("partner").prefetch_related("letters").order_by("-offered_at"),
        "receivers": queries.desks_in_force(case.organisation_id, now=now),
        "one": answer.look(request, asked, now=now) if asked else None,
        "may_transfer": permits(actor.roles, Verb.CASE_TRANSFER, case.stage) and case.organisation_id == actor.organisation,
        "back": reverse("review:case", args=[case.pk]),
    }
