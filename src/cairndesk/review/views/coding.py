"""Double coding: a drawn case is coded a second time by somebody who is shown nothing of the first coding; a third person settles what differs."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from cairndesk.accounts.policy import doer, requires
from cairndesk.accounts.rules import Actor, Verb, may_somewhere
from cairndesk.cases.actions import see_coding, take_sample
from cairndesk.cases.models import Case
from cairndesk.cases.queries import case_for, is_veiled, items, samples_for
from cairndesk.lib import clock
from cairndesk.review import actions, errors, queries
from cairndesk.review.forms.looks import LookForm, fields_of
from cairndesk.review.queries.names import items_to_choose
from cairndesk.review.rules.agreement import FEWEST
from cairndesk.review.views.asked import look_form
from cairndesk.review.views.common import read_account, unstored
from cairndesk.triage.queries import names_of
from cairndesk.triage.typed import said_on


@requires(Verb.CODING_GIVE)
def codings(request: HttpRequest) -> HttpResponse:
    """What waits to be coded blind, which codings differ, and how far people agree."""
    actor, now = doer(request), clock.now()
    may_settle = may_somewhere(actor, Verb.CODING_SETTLE)
    context = {
        "waiting": samples_for(actor, now=now),
        "differing": queries.to_settle(by=actor) if may_settle else [],
        "may_settle": may_settle,
        "table": queries.agreement_table(by=actor),
        "fewest": FEWEST,
        "now": now,
        "by": actor.pseudonym,
    }
    return render(request, "review/codings.html", context)


@requires(Verb.CODING_GIVE)
def code(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Where somebody chooses to code a case blind or to see its coding; and, once they have taken it, what was told, and the form."""
    actor, now = doer(request), clock.now()
    shown = case_for(actor, case_id, blind=True)
    form = look_form(LookForm, request, None)
    if not form.is_bound and not is_veiled(actor, shown):
        return redirect("review:case", case_id=case_id)
    if form.is_bound and form.is_valid():
        with said_on(form):
            made = actions.code_blind(case=shown, look=form.look(), by=actor, now=now, note=form.cleaned_data["note"])
            differs = "The two codings differ: a third person settles it." if made.differs else "The two codings say the same."
            request.session["said"] = f"Your coding is recorded. {differs}"
            return redirect("review:codings")
    context = fields_of(form) | {"case": shown, "now": now}
    is_taken = form.is_bound or shown.sample.taken_by == actor.pseudonym
    context |= {"reports": shown.reports.order_by("received_at"), "items": _items(shown), "is_taken": is_taken}
    return render(request, "review/code.html", context, status=422 if form.errors else 200)


@requires(Verb.CODING_GIVE)
@require_POST
def take(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Take a drawn case, to code it blind."""
    actor = doer(request)
    take_sample(case=case_for(actor, case_id, blind=True), by=actor, now=clock.now())
    return redirect("review:code", case_id=case_id)


@requires(Verb.CASE_READ)
@require_POST
def see(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Open the case with its coding; somebody else codes it blind."""
    actor = doer(request)
    see_coding(case=case_for(actor, case_id, blind=True), by=actor, now=clock.now())
    return redirect("review:case", case_id=case_id)


@requires(Verb.CODING_GIVE)
@require_POST
def told(request: HttpRequest, case_id: UUID, report_id: UUID) -> HttpResponse:
    """What was told, for whoever codes it blind: without hints, corrections or anything that a colleague wrote."""
    actor = doer(request)
    shown = _taken(actor, case_id)
    report, _, lines = read_account(shown, report_id, by=actor)
    return unstored(render(request, "review/coded_account.html", {"case": shown, "report": report, "lines": lines}))


@requires(Verb.CODING_GIVE)
@require_POST
def item(request: HttpRequest, case_id: UUID, item_id: UUID) -> HttpResponse:
    """One identifier, defanged, without what lists say of it."""
    actor = doer(request)
    shown = _taken(actor, case_id)
    wanted = queries.item_of(shown, item_id)
    if wanted is None:
        raise errors.NoSuchAccount
    opened = actions.open_item(case=shown, item=wanted, by=actor, now=clock.now())
    return unstored(render(request, "review/coded_account.html", {"case": shown, "opened": opened}))


@requires(Verb.CODING_SETTLE)
def settle(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Both codings side by side, and the form by which a third person settles it; it begins with the first one."""
    actor, now = doer(request), clock.now()
    shown = case_for(actor, case_id)
    blind = queries.codings_of(shown)
    form = look_form(LookForm, request, shown, is_anew=True)
    if form.is_bound and form.is_valid():
        with said_on(form):
            actions.settle_coding(case=shown, look=form.look(), why=form.cleaned_data["note"], by=actor, now=now)
            request.session["said"] = "Settled. All three codings stay with the case; look whether its steps still fit."
            return redirect("review:case", case_id=case_id)
    if blind is None:
        raise errors.NothingToSettle
    names = names_of([blind.first, blind.actor])
    views = [
        queries.view_of(blind.classification, title="First coding", by=names.get(blind.first, "")),
        queries.view_of(blind, title="Blind second coding", by=names.get(blind.actor, "")),
    ]
    context = fields_of(form) | {"case": shown, "now": now}
    context |= {"views": views, "differs": [queries.field_words(name) for name in blind.differs], "is_anew": True}
    context |= {"is_own": actor.pseudonym in (blind.first, blind.actor), "reports": shown.reports.order_by("received_at")}
    return render(request, "review/settle.html", context, status=422 if form.errors else 200)


def _taken(actor: Actor, case_id: UUID) -> Case:
    """The case, which `actor` has taken to code it; what was told opens to no one here before. Raises WaitsForCoding."""
    shown = case_for(actor, case_id, blind=True)
    return shown if is_veiled(actor, shown) and shown.sample.taken_by == actor.pseudonym else case_for(actor, case_id)


def _items(shown: Case) -> list[tuple[UUID, str]]:
    names = items_to_choose(shown)
    return [(one.pk, names[str(one.pk)]) for one in items(shown) if str(one.pk) in names]
