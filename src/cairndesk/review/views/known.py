"""What is known: the page that lists it, the forms that record it, and what opens or takes back one fact."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from cairndesk.accounts.policy import doer, requires
from cairndesk.accounts.rules import Actor, Verb, permits, require
from cairndesk.cases.actions import open_words, read_identity, seal_identity
from cairndesk.cases.models import Case, CasePerson
from cairndesk.cases.queries import case_for
from cairndesk.cases.queries import known as recorded
from cairndesk.custody.errors import DeskLocked
from cairndesk.lib import clock
from cairndesk.lib.ids import new_id
from cairndesk.review import actions, errors
from cairndesk.review.forms.known import FactForm, IdentityForm, ReasonForm, guides
from cairndesk.review.queries import known
from cairndesk.review.rules.known import ASKED, IDENTITY_REASONS, Kind, fingerprint
from cairndesk.review.views.common import around, unstored


@requires(Verb.CASE_READ)
def facts(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Everything that was recorded about the case, in codes; nothing sealed is opened."""
    actor = doer(request)
    shown = case_for(actor, case_id)
    context = around(shown, actor) | {"groups": known.groups(recorded(shown)), "reasons": IDENTITY_REASONS, "may": _may(shown, actor)}
    return render(request, "review/known.html", context)


@requires(Verb.CASE_DESCRIBE)
def record(request: HttpRequest, case_id: UUID, kind: str) -> HttpResponse:
    """The form of one kind; what is sent twice is recorded once, and a form that is refused comes back with all that was typed."""
    actor = doer(request)
    shown = case_for(actor, case_id)
    require(actor, Verb.CASE_DESCRIBE, organisation=shown.organisation_id, stage=shown.stage, case=shown.pk)
    if kind not in set(Kind):
        raise errors.NoSuchAccount
    state = actions.dangers_of(actions.first_incident(shown)) if kind == Kind.DANGER else {}
    form = FactForm(request.POST if request.method == "POST" else None, kind=Kind(kind), case=shown, initial=state)
    if form.is_bound and form.is_valid() and _kept(request, shown, form, actor):
        request.session["said"] = f"Recorded: {ASKED[Kind(kind)].heading.lower()}."
        return redirect("review:known", case_id=case_id)
    # A form that comes back is a new one: what was recorded under its old number is not it.
    once = new_id()
    context = around(shown, actor) | {"form": form, "asked": ASKED[Kind(kind)], "kind": kind, "seen": fingerprint(state), "once": once}
    context |= {"now_held": known.said(state), "guides": guides(form)}
    return render(request, "review/record.html", context, status=422 if form.errors else 200)


@requires(Verb.CASE_READ)
@require_POST
def words(request: HttpRequest, case_id: UUID, kind: str, fact_id: UUID) -> HttpResponse:
    """The sealed words of one fact, on a page of their own; the log names the reader before it shows."""
    actor = doer(request)
    shown = case_for(actor, case_id)
    opened = open_words(case=shown, fact=_fact(shown, kind, fact_id), by=actor, now=clock.now())
    return unstored(render(request, "review/words.html", around(shown, actor) | {"heading": ASKED[Kind(kind)].heading, "words": opened.get("")}))


@requires(Verb.CASE_DESCRIBE)
@require_POST
def take_back(request: HttpRequest, case_id: UUID, kind: str, fact_id: UUID) -> HttpResponse:
    """Take back a fact that was recorded by mistake."""
    actor = doer(request)
    shown = case_for(actor, case_id)
    actions.take_back_fact(case=shown, fact=_fact(shown, kind, fact_id), by=actor, now=clock.now())
    request.session["said"] = f"Taken back: {ASKED[Kind(kind)].heading.lower()}. It counts no more and stays readable."
    return redirect("review:known", case_id=case_id)


@requires(Verb.CASE_DESCRIBE)
def identity(request: HttpRequest, case_id: UUID, person_id: UUID) -> HttpResponse:
    """Put who a person is into a sealed record of its own; what stood there before is replaced and never shown here."""
    actor = doer(request)
    shown = case_for(actor, case_id)
    person = _person(shown, person_id)
    form = IdentityForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        told = {name: value for name, value in form.cleaned_data.items() if value}
        seal_identity(person=person, identity=told, by=actor, now=clock.now())
        request.session["said"] = "Sealed. It opens for a supervisor or a liaison, with a reason."
        return redirect("review:known", case_id=case_id)
    context = around(shown, actor) | {"form": form, "person": person}
    return unstored(render(request, "review/identity.html", context, status=422 if form.errors else 200))


@requires(Verb.IDENTITY_READ)
@require_POST
def open_identity(request: HttpRequest, case_id: UUID, person_id: UUID) -> HttpResponse:
    """Who a person is, for a reason that the log keeps."""
    actor = doer(request)
    shown = case_for(actor, case_id)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        raise errors.NoSuchAccount
    held = read_identity(person=_person(shown, person_id), reason=form.cleaned_data["reason"], by=actor, now=clock.now())
    labels = {name: field.label for name, field in IdentityForm.base_fields.items()}
    lines = [(labels.get(name, name), value) for name, value in held.items()]
    return unstored(render(request, "review/words.html", around(shown, actor) | {"heading": "Who this person is", "lines": lines}))


def _kept(request: HttpRequest, shown: Case, form: FactForm, actor: Actor) -> bool:
    """Record what the form says; False where it could not be recorded now, which the form then says beside all that was typed."""
    more = {"words": "", "seen": request.POST.get("seen", ""), **form.cleaned_data}
    once = _number(request)
    try:
        actions.record_fact(case=shown, kind=form.kind, facts=form.facts(), more=more, once=once or new_id(), by=actor, now=clock.now())
    except (errors.WrittenMeanwhile, errors.SentBefore, DeskLocked) as refused:
        form.add_error(None, refused.remedy)
        return False
    return True


def _number(request: HttpRequest) -> UUID | None:
    """The number under which the form was sent."""
    try:
        return UUID(request.POST.get("once", ""))
    except ValueError:
        return None


def _fact(shown: Case, kind: str, fact_id: UUID) -> Any:
    found = known.fact_of(shown, kind, fact_id)
    if found is None:
        raise errors.NoSuchAccount
    return found


def _person(shown: Case, person_id: UUID) -> CasePerson:
    person = shown.people.filter(pk=person_id).first()
    if person is None:
        raise errors.NoSuchAccount
    return person


def _may(shown: Case, actor: Actor) -> dict[str, bool]:
    at_home = shown.organisation_id == actor.organisation
    verbs = (Verb.CASE_DESCRIBE, Verb.IDENTITY_READ)
    return {verb.name.lower(): at_home and permits(actor.roles, verb, shown.stage) for verb in verbs}
