"""Publishing a file or an address on the desk's own list: somebody confirms it and asks, another person reads what would go and does it."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from cairndesk.accounts import answer, undo
from cairndesk.accounts.actions import may_undo
from cairndesk.accounts.policy import doer, requires
from cairndesk.accounts.rules import Actor, Verb, require
from cairndesk.cases.models import Case, Item
from cairndesk.cases.queries import case_for
from cairndesk.lib import clock
from cairndesk.review import actions, errors, queries
from cairndesk.review.views.common import around
from cairndesk.signals.engine.blocking import hindrance
from cairndesk.signals.queries import own_list
from cairndesk.signals.rules import BLOCKED_FOR


@requires(Verb.PUBLICATION_ASK)
def publish(request: HttpRequest, case_id: UUID, item_id: UUID) -> HttpResponse:
    """What would go on the list; a button to confirm and ask, or, for another person, the one that does it."""
    actor, now = doer(request), clock.now()
    shown, file = _wanted(actor, case_id, item_id)
    if request.method == "POST":
        actions.ask_publication(case=shown, file=file, by=actor, now=now)
        request.session["said"] = f"Another supervisor can now publish {_named(file)}. Until then nothing changes."
        return redirect("review:publish", case_id=case_id, item_id=item_id)
    asked = queries.publication_of(file)
    is_open = asked is not None and (asked.done_at is not None or asked.until > now)
    context = around(shown, actor) | {
        "file": file,
        "is_address": file.kind == "url",
        "hindered": _hindered(file),
        "days": BLOCKED_FOR.days,
        "kinds": queries.kinds_in_words(queries.publishable(shown, file)),
        "own": own_list(organisation=shown.organisation_id),
        "asked": asked if is_open else None,
        "may_take_back": asked is not None and may_undo(asked, by=actor, now=now),
        "one": answer.look(request, asked, now=now) if asked is not None and is_open else None,
    }
    return render(request, "review/publish.html", context)


@requires(Verb.PUBLICATION_ASK)
@require_POST
def take_back(request: HttpRequest, case_id: UUID, item_id: UUID) -> HttpResponse:
    """What was published does not leave the desk."""
    actor = doer(request)
    shown, file = _wanted(actor, case_id, item_id)
    undo.withdraw(request.session, url=request.path)
    actions.take_back_publication(case=shown, file=file, by=actor, now=clock.now())
    request.session["said"] = "It is taken back: nothing of it has left the desk, and nothing meets it any more."
    return redirect("review:publish", case_id=case_id, item_id=item_id)


def _named(file: Item) -> str:
    return "the address" if file.kind == "url" else "the hashes"


def _hindered(file: Item) -> str:
    """Why an address can never be blocked; nothing for files, whose hashes say it."""
    return next((hindrance(one) for one in queries.addresses(file)), "") if file.kind == "url" else ""


def _wanted(actor: Actor, case_id: UUID, item_id: UUID) -> tuple[Case, Item]:
    shown = case_for(actor, case_id)
    require(actor, Verb.PUBLICATION_ASK, organisation=shown.organisation_id, stage=shown.stage)
    file = queries.file_of(shown, item_id)
    if file is None:
        raise errors.NoSuchAccount
    return shown, file
