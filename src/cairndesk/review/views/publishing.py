"""Publishing a file or an address on the desk's own list: somebody confirms it and asks, another person reads what would go and does it."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from cairndesk.accounts import confirm
from cairndesk.accounts.policy import doer, requires
from cairndesk.accounts.rules import Actor, Verb, permits, require
from cairndesk.cases.models import Case, Item
from cairndesk.cases.queries import case_for
from cairndesk.lib import clock
from cairndesk.review import actions, errors, queries
from cairndesk.review.views.common import around
from cairndesk.signals.engine.blocking import hindrance
from cairndesk.signals.queries import own_list
from cairndesk.signals.rules import BLOCKED_FOR, KIND_WORDS
from cairndesk.triage.queries import names_of


@requires(Verb.PUBLICATION_ASK)
def publish(request: HttpRequest, case_id: UUID, item_id: UUID) -> HttpResponse:
    """What would go on the list; a button to confirm and ask, or, for another person, the one that does it."""
    actor, now = doer(request), clock.now()
    shown, file = _wanted(actor, case_id, item_id, Verb.PUBLICATION_ASK)
    if request.method == "POST":
        actions.ask_publication(case=shown, file=file, by=actor, now=now)
        request.session["said"] = f"Another supervisor can now publish {_named(file)}. Until then nothing changes."
        return redirect("review:publish", case_id=case_id, item_id=item_id)
    asked = queries.publication_of(file)
    may_do = asked is not None and asked.asked_by != actor.pseudonym and permits(actor.roles, Verb.HASHES_PUBLISH, shown.stage)
    hinders, proof = "", None
    if asked is not None and may_do and asked.done_at is None:
        try:
            proof = confirm.ask(request, actions.publishing_digest(asked))
        except (errors.NotConfirmed, errors.ContentChanged, errors.NothingToPublish) as why:
            hinders = why.remedy
    context = around(shown, actor) | {
        "file": file,
        "is_address": file.kind == "url",
        "hindered": _hindered(file),
        "days": BLOCKED_FOR.days,
        "kinds": [KIND_WORDS[one.kind] for one in queries.publishable(shown, file)],
        "own": own_list(organisation=shown.organisation_id),
        "asked": asked,
        "asked_by": names_of([asked.asked_by]).get(asked.asked_by, "") if asked else "",
        "may_do": may_do,
        "hinders": hinders,
        "proof": proof,
    }
    return render(request, "review/publish.html", context)


@requires(Verb.PUBLICATION_ASK)
@require_POST
def decide(request: HttpRequest, case_id: UUID, item_id: UUID) -> HttpResponse:
    """Publish the hashes, or take the asking back."""
    actor, now = doer(request), clock.now()
    takes_back = request.POST.get("act") == "withdraw"
    # Before the proof, so that nobody confirms what could not be done.
    _, file = _wanted(actor, case_id, item_id, Verb.PUBLICATION_ASK if takes_back else Verb.HASHES_PUBLISH)
    asked = queries.publication_of(file)
    if asked is None:
        raise errors.NotAskedNow
    if takes_back:
        actions.withdraw_publication(publication=asked, by=actor, now=now)
        request.session["said"] = "The asking is taken back. Nothing was published."
    else:
        fresh = confirm.given(request, actions.publishing_digest(asked), now=now)
        added = actions.publish_hashes(publication=asked, by=actor, fresh=fresh, now=now)
        request.session["said"] = _done(file, added)
    return redirect("review:case", case_id=case_id)


def _named(file: Item) -> str:
    return "the address" if file.kind == "url" else "the hashes"


def _done(file: Item, added: int) -> str:
    if file.kind == "url":
        return f"Access providers are asked to block the address for {BLOCKED_FOR.days} days, and every later report meets it."
    return f"{added} new hash{'es' if added != 1 else ''} on our own list. Every later report meets them from now on."


def _hindered(file: Item) -> str:
    """Why an address can never be blocked; nothing for files, whose hashes say it."""
    return next((hindrance(one) for one in queries.addresses(file)), "") if file.kind == "url" else ""


def _wanted(actor: Actor, case_id: UUID, item_id: UUID, verb: Verb) -> tuple[Case, Item]:
    shown = case_for(actor, case_id)
    require(actor, verb, organisation=shown.organisation_id, stage=shown.stage)
    file = queries.file_of(shown, item_id)
    if file is None:
        raise errors.NoSuchAccount
    return shown, file
