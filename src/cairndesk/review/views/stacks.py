"""Stacks: cases that are alike wait together, and a person decides for them at once, without anything being opened."""

from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from cairndesk.accounts import undo
from cairndesk.accounts.policy import doer, requires
from cairndesk.accounts.rules import Actor, Verb, permits
from cairndesk.cases import taxonomy
from cairndesk.cases.models import Case
from cairndesk.cases.queries import case_for
from cairndesk.cases.rules.stages import Stage
from cairndesk.lib import clock
from cairndesk.lib.ids import id_in
from cairndesk.review import actions, errors, queries
from cairndesk.review.models import StackDecision
from cairndesk.review.queries.stacks import decisions_of, standing, stayed, weigh
from cairndesk.review.rules.stacks import WORDS, Out
from cairndesk.triage.queries import stacks as stacks_of
from cairndesk.triage.queries import waiting_under

A_PAGE, MOST, NAMED = 50, 200, 200


@requires(Verb.CASE_READ)
def stacks(request: HttpRequest) -> HttpResponse:
    """Every stack: first those whose leading case is decided, so that one decision can take that over."""
    found = stacks_of(by=doer(request), most=MOST)
    context = {"known": [one for one in found if one.is_decided], "others": [one for one in found if not one.is_decided], "now": clock.now()}
    return render(request, "review/stacks.html", context)


@requires(Verb.CASE_READ)
def stack(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """The cases that wait under one, each as a card without imagery, with why it is there and what holds it out."""
    actor, now = doer(request), clock.now()
    lead = case_for(actor, case_id)
    since = _moment(request.GET.get("since", ""), now) or now
    page = Paginator(waiting_under(lead, by=actor), A_PAGE).get_page(request.GET.get("page"))
    taken = standing(lead)
    context = {
        "case": lead,
        "page": page,
        "members": [(one, WORDS[one.out] if one.out else "") for one in weigh(list(page.object_list), lead=lead, now=now, since=since)],
        "off": _off(request, lead),
        "taken": taken,
        "seen": queries.view_of(taken, title=f"Classification {taken.version}", by="") if taken else None,
        "may": _may(lead, actor),
        "link_kinds": taxonomy.family("link_kind").codes.values(),
        "decided": [(one, [(kept, WORDS[Out(kept.why)]) for kept in stayed(one, by=actor, most=NAMED)]) for one in decisions_of(lead)[:3]],
        "since": since.isoformat(),
        "now": now,
        "wait": undo.in_words(),
    }
    return render(request, "review/stack.html", context)


@requires(Verb.CASE_READ)
@require_POST
def decide(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """One decision for the whole stack; ticks that were taken off, on this page and those before, leave their cases out.

    It holds for what stood there when the first of these pages was drawn: the form says when that was, and which classification it showed.
    """
    actor, now = doer(request), clock.now()
    lead = case_for(actor, case_id)
    off = _remembered(request, lead)
    since = _moment(request.POST.get("since", ""), now)
    if since is None:
        raise errors.NotAsShown
    if onward := request.POST.get("page", ""):
        asked = {"page": onward if onward.isdecimal() else 1, "since": since.isoformat()}
        return redirect(f"{reverse('review:stack', args=[lead.pk])}?{urlencode(asked)}")
    kind = request.POST.get("kind", "") if request.POST.get("decide") == "link" else ""
    shown = id_in(request.POST.get("taken", ""))
    done = actions.decide_stack(lead=lead, shown_at=since, shown=shown, kind=kind, without=off, by=actor, now=now)
    request.session.pop(_key(lead), None)
    what = f"will be linked with case {lead.number}" if kind else f"will be classified like case {lead.number}"
    stay = f" {done.stay} stay in the queue." if done.stay else ""
    said = f"{done.follow} {'case' if done.follow == 1 else 'cases'} {what}.{stay}"
    undo.offer(request.session, said=said, label="Take it back", url=reverse("review:stack-take-back", args=[done.decision.pk]), now=now)
    return redirect("review:stack", case_id=lead.pk)


@requires(Verb.CASE_READ)
@require_POST
def take_back(request: HttpRequest, decision_id: UUID) -> HttpResponse:
    """Take a decision back before anything of it was carried out."""
    actor = doer(request)
    decision = StackDecision.objects.filter(pk=decision_id).first()
    if decision is None:
        raise errors.NoSuchAccount
    lead = case_for(actor, decision.lead_id)
    actions.take_back_decision(decision=decision, by=actor, now=clock.now())
    undo.withdraw(request.session)
    request.session["said"] = "Taken back. Nothing was changed in any case."
    return redirect("review:stack", case_id=lead.pk)


@requires(Verb.CASE_DESCRIBE)
@require_POST
def apart(request: HttpRequest, case_id: UUID, other_id: UUID) -> HttpResponse:
    """Say that two cases do not belong together: no machine suggests it again."""
    actor, now = doer(request), clock.now()
    one, other = case_for(actor, case_id), case_for(actor, other_id)
    actions.say_apart(one=one, other=other, by=actor, now=now)
    request.session["said"] = f"Cases {one.number} and {other.number} are kept apart. Whoever links them after all takes that back."
    if request.POST.get("back") == "stack":
        return redirect("review:stack", case_id=other.pk)
    return redirect("review:case", case_id=one.pk)


def _key(lead: Case) -> str:
    return f"off:{lead.pk}"


def _off(request: HttpRequest, lead: Case) -> set[str]:
    return set(request.session.get(_key(lead), ()))


def _remembered(request: HttpRequest, lead: Case) -> set[UUID]:
    """All whose tick was taken off; kept in the session, so that a stack can be gone through page by page."""
    shown, ticked = set(request.POST.getlist("shown")), set(request.POST.getlist("member"))
    known = {str(pk) for pk in lead.stack.filter(case__in=[one for one in map(id_in, shown) if one]).values_list("case", flat=True)}
    off = (_off(request, lead) - ticked) | (known - ticked)
    request.session[_key(lead)] = sorted(off)
    return {UUID(one) for one in off}


def _moment(said: str, now: datetime) -> datetime | None:
    """When a page says that it was drawn, never later than now; None where it does not say so."""
    try:
        return min(datetime.fromisoformat(said), now)
    except (ValueError, TypeError):
        return None


def _may(lead: Case, actor: Actor) -> dict[str, bool]:
    """What the page offers; the actions check again."""
    take_over = permits(actor.roles, Verb.CASE_CLAIM, Stage.QUEUED) and permits(actor.roles, Verb.ITEM_CLASSIFY, Stage.REVIEWING)
    return {"take_over": take_over, "link": permits(actor.roles, Verb.CASE_DESCRIBE, lead.stage)}
