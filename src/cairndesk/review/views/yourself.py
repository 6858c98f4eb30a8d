"""Looking after yourself: one's own ledger, breaks, how one is shown anything, and for a supervisor what is known of all together."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from cairndesk.accounts.policy import doer, requires, signed_in
from cairndesk.accounts.rules import Verb, may_somewhere
from cairndesk.lib import clock
from cairndesk.review import actions, queries
from cairndesk.review.forms.yourself import BoundsForm, ComfortForm, ElsewhereForm, WorkForm
from cairndesk.review.rules import exposure
from cairndesk.review.rules.looking import compared, in_words
from cairndesk.review.views.common import unstored
from cairndesk.triage.actions import choose_work
from cairndesk.triage.queries import left_out


@signed_in
def yourself(request: HttpRequest) -> HttpResponse:
    """The page; what was looked at elsewhere is written down here too."""
    form = ElsewhereForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        actions.note_elsewhere(minutes=form.cleaned_data["minutes"], by=doer(request), now=clock.now())
        request.session["said"] = "It is in your ledger, and counts for your day like anything that you look at here."
        return redirect("review:yourself")
    return _page(request, elsewhere=form)


@signed_in
@require_POST
def comfort(request: HttpRequest) -> HttpResponse:
    """Be shown things otherwise."""
    actor = doer(request)
    held = queries.standing(actor)
    form = ComfortForm(request.POST, most=held.house, now=held.mine, is_viewed=queries.is_looked_at_home(actor))
    if not form.is_valid():
        return _page(request, comfort=form)
    actions.choose_comfort(wanted=form.wanted(held.mine), by=actor)
    request.session["said"] = "From now on you are shown it in this way. Nobody else is told."
    return redirect("review:yourself")


@requires(Verb.LOOKING_BOUND)
def bounds(request: HttpRequest) -> HttpResponse:
    """How, and for how long, anybody of this organisation is shown anything; what is said here counts at once."""
    actor, is_post = doer(request), request.method == "POST"
    said, is_viewed = queries.bounds_of(actor.home), queries.is_looked_at_home(actor)
    form = BoundsForm(request.POST if is_post else None, most=queries.widest(), now=said, is_viewed=is_viewed)
    if is_post and form.is_valid():
        actions.bound_looking(wanted=form.wanted(said), by=actor, now=clock.now())
        request.session["said"] = "It is so from now on for everybody at your organisation, also for who is looking already."
        return redirect("review:yourself")
    history = [(at, name, in_words(one, is_viewed=is_viewed)) for at, name, one in queries.bounds_history(actor.home)]
    context = {"form": form, "history": history}
    return render(request, "review/bounds.html", context, status=422 if is_post else 200)


@signed_in
@require_POST
def work(request: HttpRequest) -> HttpResponse:
    """Leave out kinds of work; no reason is asked."""
    form = WorkForm(request.POST)
    if not form.is_valid():
        return _page(request, work=form)
    choose_work(leave_out=form.cleaned_data["leave_out"], by=doer(request))
    request.session["said"] = "It is so from now on. Nobody is told, and you change it whenever you like."
    return redirect("review:yourself")


@signed_in
@require_POST
def rest(request: HttpRequest) -> HttpResponse:
    """A break was taken."""
    actions.take_break(by=doer(request), now=clock.now())
    request.session["said"] = "Good. The desk proposes the next break when one is due again."
    return redirect("review:yourself")


@signed_in
def export(request: HttpRequest) -> HttpResponse:
    """One's own ledger, to take along."""
    actor = doer(request)
    entries = queries.mine(actor, queries.standing(actor), now=clock.now()).entries
    lines = [{"kind": one.kind.value, "at": one.at.isoformat(), "seconds": one.seconds, "weight": one.weight} for one in entries]
    return unstored(
        JsonResponse({"kept_days": exposure.KEPT.days, "entries": lines}, headers={"Content-Disposition": 'attachment; filename="mine.json"'})
    )


def _page(request: HttpRequest, **forms: Any) -> HttpResponse:
    actor, now = doer(request), clock.now()
    held, is_viewed = queries.standing(actor), queries.is_looked_at_home(actor)
    mine = queries.mine(actor, held, now=now)
    context = {
        "mine": mine,
        "lines": [(one, exposure.WORDS[one.kind], round(one.seconds / 60, 1)) for one in mine.entries[:50]],
        "prompts": [exposure.PROMPTS[one] for one in mine.prompts],
        "spent": round(mine.spent / 60),
        "cap": mine.cap // 60,
        "kept": exposure.KEPT.days,
        "few": queries.FEW,
        "break_minutes": held.own.stretch,
        "elsewhere": ElsewhereForm(),
        "comfort": ComfortForm(most=held.house, now=held.mine, is_viewed=is_viewed),
        "compared": compared(held.house, held.own, is_viewed=is_viewed),
        "may_bound": may_somewhere(actor, Verb.LOOKING_BOUND),
        "work": WorkForm(initial={"leave_out": list(left_out(actor))}),
        "takes_cases": may_somewhere(actor, Verb.CASE_CLAIM),
        "is_viewed": is_viewed,
        "team": queries.team(actor.home, now=now) if may_somewhere(actor, Verb.CASE_GIVE) else None,
    }
    answer = render(request, "review/yourself.html", context | forms, status=422 if any(form.is_bound for form in forms.values()) else 200)
    return unstored(answer)
