"""What stays sealed beside a fact: its words, who a person is, sensitive answers. Each opens on its own page; the log names the reader."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from cairndesk.accounts.policy import doer, requires
from cairndesk.accounts.rules import Actor, Verb
from cairndesk.cases import taxonomy
from cairndesk.cases.actions import open_words, read_identity, read_sensitive, seal_identity
from cairndesk.cases.models import Case, CasePerson
from cairndesk.cases.queries import case_for
from cairndesk.lib import clock
from cairndesk.review import actions, errors
from cairndesk.review.forms.known import IdentityForm, ReasonForm
from cairndesk.review.queries import known
from cairndesk.review.rules.known import ASKED, EVIDENCE_FACTS, Kind
from cairndesk.review.views.common import around, unstored


@requires(Verb.CASE_READ)
@require_POST
def words(request: HttpRequest, case_id: UUID, kind: str, fact_id: UUID) -> HttpResponse:
    """The sealed words of one fact, on a page of their own; the log names the reader before it shows."""
    actor = doer(request)
    shown = case_for(actor, case_id, guest=True)
    fact = known.fact_of(shown, kind, fact_id)
    if fact is None:
        raise errors.NoSuchAccount
    opened = open_words(case=shown, fact=fact, by=actor, now=clock.now())
    actions.note_reading(words=sum(len(value.split()) for value in opened.values()), by=actor, now=clock.now())
    lines = [(EVIDENCE_FACTS.get(name, name), value) for name, value in opened.items() if name]
    context = {"heading": ASKED[Kind(kind)].heading, "words": opened.get(""), "lines": lines}
    return unstored(render(request, "review/words.html", around(shown, actor) | context))


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
    actor, shown, person, reason = _for_a_reason(request, case_id, person_id)
    held = read_identity(person=person, reason=reason, by=actor, now=clock.now())
    labels = {name: field.label for name, field in IdentityForm.base_fields.items()}
    lines = [(labels.get(name, name), value) for name, value in held.items()]
    return unstored(render(request, "review/words.html", around(shown, actor) | {"heading": "Who this person is", "lines": lines}))


@requires(Verb.IDENTITY_READ)
@require_POST
def open_sensitive(request: HttpRequest, case_id: UUID, person_id: UUID) -> HttpResponse:
    """What a person told of the sensitive attributes, for a reason that the log keeps."""
    actor, shown, person, reason = _for_a_reason(request, case_id, person_id)
    held = read_sensitive(person=person, reason=reason, by=actor, now=clock.now())
    told = [(taxonomy.label("sensitive", row.attribute), taxonomy.label("sensitive_answer", row.answer), words) for row, words in held]
    lines = [(question, f"{answer}: {words}" if words else answer) for question, answer, words in told]
    return unstored(render(request, "review/words.html", around(shown, actor) | {"heading": "Sensitive answers", "lines": lines}))


def _for_a_reason(request: HttpRequest, case_id: UUID, person_id: UUID) -> tuple[Actor, Case, CasePerson, str]:
    actor = doer(request)
    shown = case_for(actor, case_id)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        raise errors.NoSuchAccount
    return actor, shown, _person(shown, person_id), form.cleaned_data["reason"]


def _person(shown: Case, person_id: UUID) -> CasePerson:
    person = CasePerson.everything.filter(case=shown, pk=person_id).first()
    if person is None:
        raise errors.NoSuchAccount
    return person
