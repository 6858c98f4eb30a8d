"""The lists and glossaries that are held, and one look-up at a time. What is looked up travels in the body, never in an address."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from typing import TypeVar
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from cairndesk.accounts.models import Organisation
from cairndesk.accounts.policy import doer, requires
from cairndesk.accounts.rules import Actor, Verb, may_somewhere
from cairndesk.lib import clock
from cairndesk.signals import actions, governed, queries, register
from cairndesk.signals.actions.lists import Governed
from cairndesk.signals.engine.identifiers import recognise
from cairndesk.signals.errors import ListRefused, NotAnIdentifier, ReasonMissing
from cairndesk.signals.forms import LimitForm, OwnListForm, RenewForm
from cairndesk.signals.models import Feedback, Glossary, HashList, Suppression
from cairndesk.signals.rules import ACCEPTED_BECAUSE, ANSWERS, DISPUTES, OFF_BECAUSE, ON_BECAUSE, REFUSED_BECAUSE, WrittenOut
from cairndesk.signals.tally import Tally
from cairndesk.signals.tools import OF_CASES, TOOLS

_LATEST = 12
_Code = TypeVar("_Code", bound=StrEnum)


@requires(Verb.LIST_READ)
def lists(request: HttpRequest) -> HttpResponse:
    """Every list of the organisation, and the answer to a look-up if one was asked."""
    actor, now = doer(request), clock.now()
    organisation = _organisation(actor)
    shown = {
        "lists": sorted(queries.lists(organisation=organisation, now=now), key=lambda one: not one.needs_somebody),
        "own": queries.own_list(organisation=organisation),
        "glossaries": queries.glossaries(organisation=organisation, now=now),
        "off": [TOOLS[tool] for tool in sorted(register.off(organisation=organisation, now=now)) if tool in OF_CASES],
        **_choices(actor),
    }
    asked = request.POST.get("value", "") if request.method == "POST" else None
    if asked is not None:
        try:
            identifiers, tally = recognise(asked), Tally()
            held = replace(queries.lists_now(organisation=organisation, now=now), counts=tally)
            unread = held.unread()
            shown |= {
                "asked": asked,
                "found": queries.matches_on(held, identifiers),
                "not_looked_up": held.not_looked_up(identifiers),
                "unread": unread,
                "behind": [(listed, held.version_of(listed)) for listed in held.behind() if listed not in unread],
                "marked": queries.false_matches(organisation=organisation, identifiers=identifiers, now=now),
            }
            actions.count_uses(tally=tally, now=now)
        except NotAnIdentifier as problem:
            shown |= {"asked": asked, "problem": problem.detail}
    return render(request, "signals/lists.html", shown)


@requires(Verb.LIST_READ)
def one(request: HttpRequest, list_id: UUID) -> HttpResponse:
    """One list: its papers, how it grew, what met it, and what waits for a decision."""
    actor = doer(request)
    listed = _list(actor, list_id)
    page = governed.page(listed, now=clock.now())
    shown = {"page": page, "is_own": listed.is_own, "line": _line([one.entries for one in page.growth]), "latest": page.growth[: -_LATEST - 1 : -1]}
    return render(request, "signals/list.html", shown | _choices(actor))


@requires(Verb.LIST_IMPORT)
@require_POST
def switch(request: HttpRequest, list_id: UUID) -> HttpResponse:
    """Switch a list off, or on again, and say why."""
    actor = doer(request)
    _switch(_list(actor, list_id), request, actor)
    return redirect("signals:list", list_id)


@requires(Verb.TERMS_READ)
@require_POST
def read_terms(request: HttpRequest, glossary_id: UUID) -> HttpResponse:
    """The words of a glossary and what they mean, for those who judge what was told; the log names the reader before it shows."""
    actor, now = doer(request), clock.now()
    held = get_object_or_404(Glossary, pk=glossary_id, organisation=_organisation(actor))
    terms = [(term, term.is_due(now.date())) for term in actions.read_glossary(glossary=held, by=actor, now=now)]
    answer = render(request, "signals/terms.html", {"glossary": held, "terms": terms})
    answer["Cache-Control"] = "no-store"
    return answer


@requires(Verb.LIST_IMPORT)
@require_POST
def switch_glossary(request: HttpRequest, glossary_id: UUID) -> HttpResponse:
    """Switch a glossary off, or on again, and say why."""
    actor = doer(request)
    _switch(get_object_or_404(Glossary, pk=glossary_id, organisation=_organisation(actor)), request, actor)
    return redirect("signals:lists")


@requires(Verb.LIST_IMPORT)
@require_POST
def decide(request: HttpRequest, list_id: UUID) -> HttpResponse:
    """Let a change that was held back count, or throw it away, and say why."""
    actor = doer(request)
    listed, accepts = _list(actor, list_id), request.POST.get("act") == "accept"
    why = _chosen(request, ACCEPTED_BECAUSE if accepts else REFUSED_BECAUSE)
    (actions.accept_change if accepts else actions.refuse_change)(listed=listed, why=why, by=actor, now=clock.now())
    request.session["said"] = "The change counts now, in every process." if accepts else "The change is thrown away. The list is as it was."
    return redirect("signals:list", list_id)


@requires(Verb.LIST_IMPORT)
@require_POST
def renew(request: HttpRequest, list_id: UUID) -> HttpResponse:
    """Write down until when a list is good now."""
    actor = doer(request)
    listed, form = _list(actor, list_id), RenewForm(request.POST)
    if not form.is_valid():
        raise ListRefused("The day until which the list is good is missing.")
    actions.renew_list(listed=listed, expires_on=form.cleaned_data["expires_on"], by=actor, now=clock.now())
    request.session["said"] = "The list is renewed."
    return redirect("signals:list", list_id)


@requires(Verb.LIST_IMPORT)
@require_POST
def limit(request: HttpRequest, list_id: UUID) -> HttpResponse:
    """Say how much of a list may change by itself."""
    actor = doer(request)
    listed, form = _list(actor, list_id), LimitForm(request.POST)
    if not form.is_valid():
        raise ListRefused("The limit is a percentage and a number of rows.")
    actions.set_flood_limit(listed=listed, share=form.cleaned_data["share"], rows=form.cleaned_data["rows"], by=actor, now=clock.now())
    request.session["said"] = "The limit is set."
    return redirect("signals:list", list_id)


@requires(Verb.LIST_IMPORT)
@require_POST
def take_back(request: HttpRequest, suppression_id: UUID) -> HttpResponse:
    """What was marked as a false match is met again."""
    actor = doer(request)
    held = get_object_or_404(Suppression.objects.select_related("entry"), pk=suppression_id, entry__list__organisation=_organisation(actor))
    actions.end_suppression(suppression=held, by=actor, now=clock.now())
    request.session["said"] = "It is met again, and the match is a lead."
    return redirect("signals:list", held.entry.list_id)


@requires(Verb.LIST_IMPORT)
@require_POST
def make_own(request: HttpRequest) -> HttpResponse:
    """Make the list of what people here confirm."""
    actor, form = doer(request), OwnListForm(request.POST)
    if not form.is_valid():
        raise ListRefused("Our own list needs terms of use, and the day until which it is good.")
    organisation = Organisation.objects.get(pk=_organisation(actor))
    made = actions.make_own_list(organisation=organisation, by=actor, now=clock.now(), **form.papers())
    request.session["said"] = "The list is made. What two people confirm in review goes on it."
    return redirect("signals:list", made.pk)


@requires(Verb.LIST_IMPORT)
@require_POST
def write_out(request: HttpRequest, list_id: UUID) -> HttpResponse:
    """Ask that what is to be blocked, or what people here said of the entries, may leave as a file."""
    actor = doer(request)
    listed = _list(actor, list_id)
    what = WrittenOut.BLOCKS if listed.is_own and request.POST.get("what") == WrittenOut.BLOCKS else WrittenOut.OPINIONS
    return redirect("accounts:request", actions.ask_to_write_out(what=what, of=listed, by=actor, now=clock.now()).pk)


@requires(Verb.LIST_IMPORT)
@require_POST
def write_out_terms(request: HttpRequest, glossary_id: UUID) -> HttpResponse:
    """Ask that the terms may leave as a file, for the holder of a key."""
    actor = doer(request)
    held = get_object_or_404(Glossary, pk=glossary_id, organisation=_organisation(actor))
    asked = actions.ask_to_write_out(what=WrittenOut.TERMS, of=held, to=request.POST.get("to", "").strip(), by=actor, now=clock.now())
    return redirect("accounts:request", asked.pk)


@requires(Verb.LIST_IMPORT)
@require_POST
def dispute(request: HttpRequest, list_id: UUID) -> HttpResponse:
    """Dispute an entry with the owner of its list, and hold it or not."""
    actor = doer(request)
    listed, holds = _list(actor, list_id), request.POST.get("holds") == "yes"
    named, reason = recognise(request.POST.get("value", "")), _chosen(request, DISPUTES)
    actions.dispute_entry(listed=listed, named=named, reason=reason, holds=holds, by=actor, now=clock.now())
    request.session["said"] = "The entry is disputed" + (", and met no more until that is settled." if holds else "; it goes on being met.")
    return redirect("signals:list", list_id)


@requires(Verb.LIST_IMPORT)
@require_POST
def answer(request: HttpRequest, feedback_id: UUID) -> HttpResponse:
    """Write down what became of a dispute."""
    actor = doer(request)
    held = get_object_or_404(Feedback, pk=feedback_id, entry__list__organisation=_organisation(actor))
    settled = actions.answer_dispute(dispute=held, answer=_chosen(request, ANSWERS), by=actor, now=clock.now())
    follows = "The entry stays unmet until its owner takes it off." if settled.holds else "The entry is met."
    request.session["said"] = f"The dispute is settled. {follows}"
    return redirect("signals:list", held.entry.list_id)


def _choices(actor: Actor) -> dict[str, object]:
    may = may_somewhere(actor, Verb.LIST_IMPORT)
    words = {"off_because": OFF_BECAUSE, "on_because": ON_BECAUSE, "accepted_because": ACCEPTED_BECAUSE, "refused_because": REFUSED_BECAUSE}
    return {"may_govern": may, "may_read_terms": may_somewhere(actor, Verb.TERMS_READ), "disputes": DISPUTES, "answers": ANSWERS, **words}


def _switch(held: Governed, request: HttpRequest, actor: Actor) -> None:
    act = actions.switch_off if held.is_on else actions.switch_on
    why = _chosen(request, OFF_BECAUSE if held.is_on else ON_BECAUSE)
    act(listed=held, why=why, by=actor, now=clock.now())


def _chosen(request: HttpRequest, codes: Mapping[_Code, str]) -> _Code:
    """The reason that was chosen; raises ReasonMissing for none and for one that does not belong here."""
    found = next((code for code in codes if code == request.POST.get("why", "")), None)
    if found is None:
        raise ReasonMissing
    return found


def _line(sizes: Sequence[int]) -> str:
    """The points of a line through `sizes` in a field of 600 x 100; none where there is nothing to compare."""
    if len(sizes) < 2:
        return ""
    top = max(*sizes, 1)
    return " ".join(f"{at * 600 / (len(sizes) - 1):.1f},{98 - size * 96 / top:.1f}" for at, size in enumerate(sizes))


def _list(actor: Actor, list_id: UUID) -> HashList:
    return get_object_or_404(queries.shown_lists(_organisation(actor)).select_related("source", "look_back"), pk=list_id)


def _organisation(actor: Actor) -> UUID:
    if actor.organisation is None:
        raise HashList.DoesNotExist
    return actor.organisation
