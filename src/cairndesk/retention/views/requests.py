"""Requests of data subjects on the desk: written down, checked, decided with reasons, and given."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from uuid import UUID

from django.db.models import Q
from django.forms import Form
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from cairndesk.accounts import confirm, undo
from cairndesk.accounts.models import Person
from cairndesk.accounts.policy import doer, requires
from cairndesk.accounts.queries import guests_on, partners_who_may
from cairndesk.accounts.rules import Actor, Verb, may_somewhere
from cairndesk.cases.models import Case
from cairndesk.cases.queries import case_for, is_held, people
from cairndesk.custody.errors import DeskLocked
from cairndesk.intake.errors import NotTheSixWords
from cairndesk.lib import clock
from cairndesk.lib.errors import DeskError
from cairndesk.retention import actions, queries
from cairndesk.retention.errors import NoSuchThing, RequestUnclear
from cairndesk.retention.forms import CheckForm, DecideForm, ObjectForm, RequestForm, TellForm
from cairndesk.retention.models import SubjectRequest
from cairndesk.retention.rules import Against, Asked, Checked, Decision, Refusal, ToldBy, Who
from cairndesk.review.queries.wording import role_words, usual_in
from cairndesk.signals.errors import NotAnIdentifier

# At which field of a new request a failure is said; all others stand above it, and nothing that was typed is lost.
_FIELDS = {RequestUnclear.code: "words", NoSuchThing.code: "number", NotAnIdentifier.code: "thing"}


@requires(Verb.SUBJECT_REQUEST_RECORD)
def requests(request: HttpRequest) -> HttpResponse:
    """What waits for an answer, the soonest first; what was answered; a form for a new one."""
    actor, now = doer(request), clock.now()
    form = RequestForm(request.POST or None, initial={"received_on": now.date()})
    if form.is_valid():
        said = form.cleaned_data
        try:
            against = Against(said["against"]) if said["against"] else None
            case = _case(actor, said["number"])
            told = actions.Told(Asked(said["asked"]), Who(said["who"]), said["words"], said["received_on"], case, against, said["thing"])
            made = actions.record_request(told=told, by=actor, now=now)
        except DeskError as unclear:
            form.add_error(_FIELDS.get(unclear.code), unclear.detail or unclear.remedy)
        else:
            return redirect("retention:request", made.pk)
    rows = SubjectRequest.objects.filter(Q(organisation=actor.home) | Q(pk__in=_named(actor))).select_related("case").order_by("answer_by", "pk")
    done = rows.exclude(decided_at=None).order_by("-decided_at")
    shown = {"form": form, "waiting": rows.filter(decided_at=None), "answered": done.exclude(told_at=None)[:50], "to_tell": done.filter(told_at=None)}
    return render(request, "retention/requests.html", shown | {"today": now.date()}, status=422 if form.errors else 200)


@requires(Verb.SUBJECT_REQUEST_RECORD)
def one(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """One request: what is known, what is still to be done, and the form of whatever comes next."""
    actor = doer(request)
    return _page(request, actor, _held(actor, request_id, named=True))


@requires(Verb.SUBJECT_REQUEST_RECORD)
@require_POST
def words(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """What was asked, in words; the log names the reader."""
    actor = doer(request)
    held = _held(actor, request_id, named=True)
    opened = actions.open_request(request=held, by=actor, now=clock.now())
    return _page(request, actor, held, opened=opened)


@requires(Verb.SUBJECT_REQUEST_RECORD)
@require_POST
def check(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """How the desk knows who asks, and about whom."""
    actor, now = doer(request), clock.now()
    held = _held(actor, request_id)
    form = CheckForm(request.POST, people=_people(held.case))
    if form.is_valid():
        said = form.cleaned_data
        try:
            case = _case(actor, said["number"])
            person = people(case).filter(pk=said["person"]).first() if case and said["person"] else None
            known = actions.Known(Checked(said["checked"]), case, person, said["words"])
            actions.check_request(request=held, known=known, by=actor, now=now)
        except NotTheSixWords as wrong:
            form.add_error("words", wrong.remedy)
        except (NoSuchThing, RequestUnclear) as unclear:
            form.add_error("number", unclear.detail or unclear.remedy)
        else:
            request.session["said"] = "Written down."
            return redirect("retention:request", held.pk)
    return _page(request, actor, held, check=form)


@requires(Verb.SUBJECT_REQUEST_DECIDE)
@require_POST
def decide(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """Grant it, in part or not at all, with reasons."""
    actor, now = doer(request), clock.now()
    held, form = _held(actor, request_id, named=True), DecideForm(request.POST)
    if form.is_valid():
        said = form.cleaned_data
        refusals = [Refusal(code) for code in said["refusals"]]
        with _refused_on(form):
            fresh = confirm.given(request, actions.deciding_digest(held), now=now) if held.against else None
            decision = Decision(said["decision"])
            actions.decide_request(request=held, decision=decision, refusals=refusals, why=said["why"], by=actor, now=now, fresh=fresh)
            if not _at_home(actor, held):
                request.session["said"] = "Decided. The desk that asked you tells the person."
                return redirect("retention:requests")
            request.session["said"] = "Decided. Tell the person, with the reasons."
            return redirect("retention:request", held.pk)
    return _page(request, actor, held, decide=form)


@requires(Verb.SUBJECT_REQUEST_RECORD)
@require_POST
def name_decider(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """Name a person of a partner organisation who can decide this one request."""
    actor, now = doer(request), clock.now()
    held = _held(actor, request_id)
    person = next((one for one in _partners(held) if str(one.pk) == request.POST.get("person")), None)
    if person is None:
        raise NoSuchThing
    actions.name_decider(request=held, person=person, by=actor, now=now)
    request.session["said"] = f"{person.name} of {person.organisation.name} can read and decide this request, and sees nothing else."
    return redirect("retention:request", held.pk)


@requires(Verb.SUBJECT_REQUEST_RECORD)
@require_POST
def object_to(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """The person objects to how their request was decided; somebody else decides that."""
    actor, now = doer(request), clock.now()
    held, form = _held(actor, request_id), ObjectForm(request.POST)
    if form.is_valid():
        told = actions.Told(Asked.OBJECTION, Who(held.who), form.cleaned_data["words"], now.date(), held.case, Against.REQUEST, earlier=held)
        with _refused_on(form):
            return redirect("retention:request", actions.record_request(told=told, by=actor, now=now).pk)
    return _page(request, actor, held, object_to=form)


@requires(Verb.SUBJECT_REQUEST_RECORD)
@require_POST
def tell(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """That the person was told what came of it."""
    actor, now = doer(request), clock.now()
    held, form = _held(actor, request_id), TellForm(request.POST)
    if form.is_valid():
        with _refused_on(form):
            told = actions.tell_person(request=held, how=ToldBy(form.cleaned_data["how"]), words=form.cleaned_data["words"], by=actor, now=now)
            request.session["said"] = "Written down."
            if told.told_how == ToldBy.RECEIPT:
                url = reverse("retention:request-untell", args=[held.pk])
                undo.offer(request.session, said=f"The message leaves in {undo.in_words()}.", label="Take it back", url=url, now=now)
            return redirect("retention:request", held.pk)
    return _page(request, actor, held, tell=form)


@requires(Verb.SUBJECT_REQUEST_RECORD)
@require_POST
def untell(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """What the person was told does not leave; it is told anew."""
    actor = doer(request)
    undo.withdraw(request.session, url=request.path)
    held = actions.untell_person(request=_held(actor, request_id), by=actor, now=clock.now())
    request.session["said"] = "The message has not left, and its words are gone."
    return redirect("retention:request", held.pk)


@requires(Verb.SUBJECT_REQUEST_DECIDE)
@require_POST
def give(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """Everything of the person as one file, to read or for a machine."""
    actor, now = doer(request), clock.now()
    held = _held(actor, request_id)
    fresh = confirm.given(request, actions.giving_digest(held), now=now)
    told = actions.give(request=held, by=actor, fresh=fresh, now=now)
    as_json = request.POST.get("form") == "json"
    answer: HttpResponse = JsonResponse(told, json_dumps_params={"ensure_ascii": False, "indent": 2}) if as_json else _readable(request, told)
    answer["Content-Disposition"] = f'attachment; filename="{held.pk.hex}.{"json" if as_json else "html"}"'
    answer["Cache-Control"] = "no-store"
    return answer


@contextmanager
def _refused_on(form: Form) -> Iterator[None]:
    """What refuses inside says so on `form`, and what was typed there stays."""
    try:
        yield
    except DeskError as refused:
        form.add_error(None, refused.detail or refused.remedy)


def _readable(request: HttpRequest, told: dict[str, object]) -> HttpResponse:
    return render(request, "retention/given.html", {"told": told})


def _held(actor: Actor, request_id: UUID, *, named: bool = False) -> SubjectRequest:
    """The request of the desk of `actor`, with `named` also one for which a partner named them; raises NoSuchThing."""
    found = SubjectRequest.objects.filter(pk=request_id).select_related("case__organisation", "person", "words", "why").first()
    if found is None or not (_at_home(actor, found) or (named and found.pk in _named(actor))):
        raise NoSuchThing
    return found


def _at_home(actor: Actor, held: SubjectRequest) -> bool:
    return held.organisation_id == actor.home


def _named(actor: Actor) -> set[UUID]:
    """What partners named `actor` for."""
    return {right.case for right in actor.guest if right.verb is Verb.SUBJECT_REQUEST_DECIDE}


def _partners(held: SubjectRequest) -> list[Person]:
    return partners_who_may(Verb.SUBJECT_REQUEST_DECIDE, stage=None, organisation=held.organisation_id)


def _case(actor: Actor, number: str) -> Case | None:
    """The case of that number if `actor` may read it; None where no number is given. Raises NoSuchThing."""
    if not number.strip():
        return None
    found = Case.objects.filter(organisation=actor.home, number__iexact=number.strip()).first()
    if found is None:
        raise NoSuchThing
    return case_for(actor, found.pk)


def _people(case: Case | None) -> list[tuple[str, str]]:
    rows = list(people(case)) if case else []
    usual = usual_in(rows)
    labels = [(str(row.pk), ", ".join(role_words(row, held.role, usual=usual) for held in row.roles.all())) for row in rows]
    return [(key, f"{number}. {label}") for number, (key, label) in enumerate(labels, start=1)]


def _kept_apart(held: SubjectRequest) -> set[str]:
    """Who cannot decide it, as far as a locked desk can say: the page keeps what was typed, and nothing is decided then."""
    try:
        return queries.kept_apart(held)
    except DeskLocked:
        return held.kept_apart


def _undoing(held: SubjectRequest) -> tuple[Mapping[str, list[str]], bytes | None, str]:
    """What granting an objection undoes, the digest of that, and else why nobody can say it now: the page shows what was typed all the same."""
    try:
        undone = queries.to_undo(held)
        return undone, actions.deciding_digest(held, undone), ""
    except DeskLocked as locked:
        return {}, None, locked.remedy


def _page(
    request: HttpRequest,
    actor: Actor,
    held: SubjectRequest,
    *,
    opened: dict[str, str] | None = None,
    check: CheckForm | None = None,
    decide: DecideForm | None = None,
    object_to: ObjectForm | None = None,
    tell: TellForm | None = None,
) -> HttpResponse:
    may_decide = may_somewhere(actor, Verb.SUBJECT_REQUEST_DECIDE)
    is_granted = held.asked == Asked.ACCESS and held.decision in {Decision.GRANTED, Decision.PARTLY}
    decides = may_decide and held.decided_at is None and actor.pseudonym not in _kept_apart(held)
    undo, digest, locked = _undoing(held) if decides and held.against else ({}, None, "")
    known = {"checked": held.checked, "number": held.case.number if held.case else "", "person": str(held.person_id or "")}
    at_home = _at_home(actor, held)
    choices = _people(held.case) if at_home else []
    shown = {
        "one": held,
        "at_home": at_home,
        "partners": _partners(held) if at_home and held.decided_at is None else [],
        "named": guests_on(held.pk, now=clock.now()),
        "about": dict(choices).get(str(held.person_id or ""), ""),
        "opened": opened,
        "today": clock.now().date(),
        "is_held": held.case is not None and is_held(held.case),
        "check": check or CheckForm(initial=known, people=choices),
        "decide": decide or DecideForm() if decides else None,
        "undone": {what: len(things) for what, things in undo.items()} or held.corrected,
        "deciding": confirm.ask(request, digest) if digest else None,
        "locked": locked,
        "object_to": object_to or ObjectForm(),
        "tell": tell or TellForm(),
        "went_out": queries.went_out(held.case) if held.case and held.against == Against.VERDICT else {},
        "proof": confirm.ask(request, actions.giving_digest(held)) if may_decide and is_granted and at_home else None,
    }
    answer = render(request, "retention/request.html", shown, status=422 if check or decide or object_to or tell else 200)
    answer["Cache-Control"] = "no-store"
    return answer
