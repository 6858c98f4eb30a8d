"""Coming back, as staff see it: a promise whose day is over, and what may have shown up again."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from cairndesk.accounts.policy import doer, requires
from cairndesk.accounts.rules import Verb
from cairndesk.cases.models import Case
from cairndesk.cases.queries import case_for
from cairndesk.intake import actions as intake
from cairndesk.intake.queries import promises_of
from cairndesk.lib import clock
from cairndesk.review import actions
from cairndesk.triage.queries import woken_in

# A promise to the reporter whose day is over, to go on after "They were told a day by which"; they read that it takes longer.
_PROMISED = {"seen": "somebody reads what they told", "read": "somebody reads their message", "looked_again": "another person has looked at it again"}
_TOLD = "They read behind the six words that it showed up again."


@requires(Verb.CASE_REOPEN)
@require_POST
def decide_woken(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Say whether what woke the case is the same: then it is open again, and who told us reads it."""
    actor = doer(request)
    is_back = request.POST.get("is") == "back"
    case = case_for(actor, case_id)
    actions.decide_woken(case=case, shown=shown_woken(request, case), is_back=is_back, by=actor, now=clock.now())
    request.session["said"] = f"Open again. {_TOLD}" if is_back else "Settled. Nobody was told anything."
    return redirect("review:case", case_id=case_id)


def shown_woken(request: HttpRequest, case: Case) -> list[int]:
    """What had woken `case` when the page that sent this was drawn."""
    return [one.pk for one in woken_in(case) if str(one.pk) in request.POST.getlist("woken")]


@requires(Verb.MESSAGE_SEND)
@require_POST
def tell_seen_again(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Tell who asked to hear of it that it showed up again."""
    actor = doer(request)
    intake.tell_seen_again(case=case_for(actor, case_id), by=actor, now=clock.now())
    request.session["said"] = _TOLD
    return redirect("review:case", case_id=case_id)


def late(case: Case, today: date) -> Sequence[str]:
    """What the reporter of `case` was told a day for that is over."""
    return [_PROMISED[one.code] for one in promises_of(case) if one.by < today]
