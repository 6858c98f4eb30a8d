"""The trail of money in one case, as a table. Nothing in it is opened."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from cairndesk.accounts.policy import doer, requires
from cairndesk.accounts.rules import Verb, permits
from cairndesk.cases.queries import case_for
from cairndesk.review.queries.money import trail_of


@requires(Verb.CASE_READ)
def money(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Wallets and payment accounts with what was paid and disclosed; a guest of a partner organisation sees nothing of other cases."""
    actor = doer(request)
    shown = case_for(actor, case_id)
    context = {"case": shown, "trail": trail_of(shown), "may": permits(actor.roles, Verb.CASE_DESCRIBE, shown.stage)}
    return render(request, "review/money.html", context)
