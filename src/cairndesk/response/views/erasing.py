"""The page on which what was told is erased: somebody asks, another person reads what will go and does it."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from cairndesk.accounts import answer
from cairndesk.accounts.policy import requires
from cairndesk.accounts.rules import Verb
from cairndesk.cases.queries import case_for
from cairndesk.cases.rules.erasing import WORDS, Ground
from cairndesk.intake.errors import NotTheSixWords
from cairndesk.lib import clock
from cairndesk.response import actions, queries
from cairndesk.response.forms import ErasureForm
from cairndesk.response.rules import HINDERS
from cairndesk.response.views.common import actor_of


@requires(Verb.ERASURE_ASK)
def erasure(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """What would go and what stays; a form to ask, or, for another person, the button that does it."""
    actor, now = actor_of(request), clock.now()
    case = case_for(actor, case_id)
    form, asked = ErasureForm(request.POST or None), queries.erasure_of(case, now=now)
    if request.method == "POST" and form.is_valid():
        ground = Ground(form.cleaned_data["ground"])
        try:
            actions.ask_erasure(case=case, ground=ground, words=form.cleaned_data["words"], by=actor, now=now)
        except NotTheSixWords as wrong:
            form.add_error("words", wrong.remedy)
        else:
            return redirect("response:erasure", case.pk)
    shown = {
        "case": case,
        "form": form,
        "asked": asked,
        "ground": WORDS[Ground(asked.plan["ground"])] if asked else "",
        "parts": queries.extent_in_words(queries.extent_of(case)),
        "hinders": [HINDERS[one] for one in queries.hindrances(case, now)],
        "one": answer.look(request, asked, now=now) if asked else None,
    }
    return render(request, "response/erasure.html", shown, status=422 if form.errors else 200)
