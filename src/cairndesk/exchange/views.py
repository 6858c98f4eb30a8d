"""Hand-overs: the list of both directions, and one act each."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from cairndesk.accounts import answer
from cairndesk.accounts.policy import doer, requires
from cairndesk.accounts.queries import open_request
from cairndesk.accounts.rules import Kind, Verb, may_somewhere, permits
from cairndesk.cases.queries import case_for
from cairndesk.exchange import actions, errors, queries
from cairndesk.exchange.forms import AgreementForm, EndOfAgreement
from cairndesk.exchange.models import Handover
from cairndesk.lib import clock, text


@requires(Verb.TRANSFER_ACCEPT)
def handovers(request: HttpRequest) -> HttpResponse:
    """What others offer to us and what we offer to others."""
    organisation = doer(request).organisation
    theirs, ours = queries.offered_to(organisation), queries.offered_by(organisation)[:50]
    changed = {one.pk for one in (*theirs, *ours) if one.state == Handover.State.OFFERED and not queries.is_as_let_go(one)}
    running = set(queries.possible_receivers(organisation, on=clock.now().date()).values_list("pk", flat=True)) if organisation else set()
    shown = {
        "offered_to_us": theirs,
        "offered_by_us": ours,
        "changed": changed,
        "running": running,
        "may_agree": may_somewhere(doer(request), Verb.SHARING_SET),
    }
    return render(request, "exchange/handovers.html", shown)


@requires(Verb.CASE_TRANSFER)
def offer(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """The form to ask that a case be offered; then what waits for another person."""
    actor, now = doer(request), clock.now()
    case = case_for(actor, case_id)
    receivers = queries.possible_receivers(case.organisation_id, on=now.date())
    if request.method != "POST":
        asked = open_request(Kind.HAND_OVER, case.pk, now=now)
        one = answer.look(request, asked, now=now) if asked else None
        return render(request, "exchange/offer.html", {"case": case, "receivers": receivers, "one": one})
    receiver = get_object_or_404(receivers, slug=request.POST.get("to", ""))
    reason = text.clean(request.POST.get("reason", "")).strip()
    actions.ask_to_offer(case=case, to=receiver, reason=reason, by=actor, now=now)
    return redirect("exchange:offer", case.pk)


@requires(Verb.TRANSFER_ACCEPT)
@require_POST
def accept(request: HttpRequest, handover_id: UUID) -> HttpResponse:
    """Take the offered case."""
    actor = doer(request)
    case = actions.accept_case(offer=queries.handover_for(actor, handover_id), by=actor, now=clock.now())
    # A liaison takes a case for others; until it has been reviewed, only they may read it.
    return redirect("review:case", case.pk) if permits(actor.roles, Verb.CASE_READ, case.stage) else redirect("exchange:handovers")


@requires(Verb.TRANSFER_ACCEPT)
@require_POST
def refuse(request: HttpRequest, handover_id: UUID) -> HttpResponse:
    """Leave the offered case where it is."""
    return _decide(request, handover_id, actions.refuse_case)


@requires(Verb.CASE_TRANSFER)
@require_POST
def withdraw(request: HttpRequest, handover_id: UUID) -> HttpResponse:
    """Take an own offer back."""
    return _decide(request, handover_id, actions.withdraw_offer)


@requires(Verb.SHARING_SET)
@require_http_methods(["GET", "POST"])
def agreements(request: HttpRequest) -> HttpResponse:
    """With whom cases may be shared, since when and until when, and a form to propose it to another organisation."""
    by, now = doer(request), clock.now()
    form = AgreementForm(request.POST or None, partners=queries.others(by.home), initial={"valid_from": now.date()})
    if form.is_valid():
        try:
            actions.propose_agreement(**form.cleaned_data, by=by, now=now)
        except errors.AgreementRefused as unclear:
            form.add_error("valid_until", unclear.remedy)
        except errors.KindUnsaid as unsaid:
            form.add_error("partner", unsaid.remedy)
        else:
            return redirect("exchange:agreements")
    rows = list(queries.agreements_of(by.home))
    running = set(queries.agreements_in_force(by.home, on=now.date()).values_list("pk", flat=True))
    shown = {"form": form, "rows": rows, "running": running, "home": by.home, "today": now.date(), "ending": EndOfAgreement()}
    return render(request, "exchange/agreements.html", shown, status=422 if form.errors else 200)


@requires(Verb.SHARING_SET)
@require_POST
def agree(request: HttpRequest, agreement_id: UUID) -> HttpResponse:
    """Agree to what another organisation proposed."""
    by = doer(request)
    actions.agree(agreement=queries.agreement_for(by, agreement_id), by=by, now=clock.now())
    return redirect("exchange:agreements")


@requires(Verb.SHARING_SET)
@require_POST
def end_agreement(request: HttpRequest, agreement_id: UUID) -> HttpResponse:
    """End an agreement, or say no to what was proposed."""
    by, form = doer(request), EndOfAgreement(request.POST)
    why = form.cleaned_data["why"] if form.is_valid() else ""
    actions.end_agreement(agreement=queries.agreement_for(by, agreement_id), why=why, by=by, now=clock.now())
    return redirect("exchange:agreements")


def _decide(request: HttpRequest, handover_id: UUID, act: Callable[..., Any]) -> HttpResponse:
    actor = doer(request)
    act(offer=queries.handover_for(actor, handover_id), by=actor, now=clock.now())
    return redirect("exchange:handovers")
