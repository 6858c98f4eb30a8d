"""The page on which what was told is erased: somebody asks, another person reads what will go and does it."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from cairndesk.accounts import confirm
from cairndesk.accounts.policy import requires
from cairndesk.accounts.rules import Verb, permits, require
from cairndesk.cases.queries import case_for
from cairndesk.cases.rules.erasing import Ground
from cairndesk.intake.errors import NotTheSixWords
from cairndesk.lib import clock
from cairndesk.response import actions, queries
from cairndesk.response.errors import NoSuchThing
from cairndesk.response.forms import ErasureForm
from cairndesk.response.rules import HINDERS
from cairndesk.response.views.common import actor_of, wanted


@requires(Verb.ERASURE_ASK)
def erasure(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """What would go and what stays; a form to ask, or, for another person, the button that does it."""
    actor, now = actor_of(request), clock.now()
    case = case_for(actor, case_id)
    form, asked = ErasureForm(request.POST or None), queries.erasure_of(case)
    if request.method == "POST" and form.is_valid():
        ground = Ground(form.cleaned_data["ground"])
        try:
            actions.ask_erasure(case=case, ground=ground, words=form.cleaned_data["words"], by=actor, now=now)
        except NotTheSixWords as wrong:
            form.add_error("words", wrong.remedy)
        else:
            return redirect("response:erasure", case.pk)
    may_do = permits(actor.roles, Verb.TOLD_ERASE, case.stage) and asked is not None and asked.asked_by != actor.pseudonym
    shown = {
        "case": case,
        "form": form,
        "asked": asked,
        "parts": queries.extent_in_words(queries.extent_of(case)),
        "hinders": [HINDERS[one] for one in queries.hindrances(case, now)],
        "may_do": may_do,
        "proof": confirm.ask(request, actions.erasing_digest(asked)) if asked is not None and may_do and asked.done_at is None else None,
    }
    return render(request, "response/erasure.html", shown, status=422 if form.errors else 200)


@requires(Verb.ERASURE_ASK)
@require_POST
def decide(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Erase what was told, or take the asking back."""
    actor, now = actor_of(request), clock.now()
    case = case_for(actor, case_id)
    asked = queries.erasure_of(case)
    if asked is None:
        raise NoSuchThing

    def erase() -> object:
        # Before the proof, so that nobody confirms what could not be done.
        require(actor, Verb.TOLD_ERASE, organisation=case.organisation_id, stage=case.stage)
        fresh = confirm.given(request, actions.erasing_digest(asked), now=now)
        return actions.erase(erasure=asked, by=actor, fresh=fresh, now=now)

    wanted({"erase": erase, "withdraw": lambda: actions.withdraw_erasure(erasure=asked, by=actor, now=now)}, request.POST.get("act", ""))
    return redirect("review:case", case_id)
