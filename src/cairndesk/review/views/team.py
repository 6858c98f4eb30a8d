"""The team of a case, and the part of it that somebody with a function sees."""

from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from cairndesk.accounts.errors import SharingRefused
from cairndesk.accounts.policy import doer, requires
from cairndesk.accounts.rules import Actor, Verb, permits
from cairndesk.cases import actions as cases
from cairndesk.cases import taxonomy
from cairndesk.cases.errors import AgainstTheirChoice, NotYourPart, SeatRefused
from cairndesk.cases.models import Case, Evidence
from cairndesk.cases.queries import case_for, clues_of, part_for, seats_of
from cairndesk.cases.rules.team import SCOPES, Part, is_narrow
from cairndesk.intake.actions import read_messages
from cairndesk.intake.told import told_lines
from cairndesk.lib import clock
from cairndesk.lib.text import defang
from cairndesk.review import actions, errors, queries
from cairndesk.review.forms.team import SeatForm
from cairndesk.review.queries import teams as found
from cairndesk.review.rules.known import EVIDENCE_FACTS
from cairndesk.review.views.common import around, unstored

_NEXT_DAY = timedelta(days=1)


@requires(Verb.CASE_READ)
@require_GET
def team(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Who is on the team, as what."""
    actor = doer(request)
    return _team(request, case_for(actor, case_id), actor)


@requires(Verb.TEAM_SET)
@require_POST
def seat(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Give somebody a function in the case."""
    actor, now = doer(request), clock.now()
    shown = case_for(actor, case_id)
    form = SeatForm(request.POST, people=found.people_to_seat(shown, by=actor.person))
    if not form.is_valid():
        return _team(request, shown, actor, form)
    person, last = form.cleaned_data["person"], form.cleaned_data["until"]
    until = datetime.combine(last, time(), UTC) + _NEXT_DAY if last else None
    try:
        made = cases.seat(case=shown, person=person, function=form.cleaned_data["function"], by=actor, now=now, until=until)
    except (SeatRefused, SharingRefused, AgainstTheirChoice) as refused:
        form.add_error("person", refused.detail or refused.remedy)
        return _team(request, shown, actor, form)
    request.session["said"] = f"{person.name} is on the team: {made.words}."
    return redirect("review:team", case_id=case_id)


@requires(Verb.TEAM_SET)
@require_POST
def unseat(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Take somebody off the team."""
    actor = doer(request)
    shown = case_for(actor, case_id)
    cases.unseat(case=shown, holder=request.POST.get("holder", ""), by=actor, now=clock.now())
    request.session["said"] = "They see nothing of this case any more."
    return redirect("review:team", case_id=case_id)


@requires(Verb.TEAM_WORK)
@require_GET
def mine(request: HttpRequest) -> HttpResponse:
    """The cases in whose team this person is."""
    seats = [(one, found.part_words(one.function)) for one in seats_of(doer(request), now=clock.now())]
    return render(request, "review/teams.html", {"seats": seats, "now": clock.now()})


@requires(Verb.TEAM_WORK)
@require_GET
def part(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """This person's part of the case; nothing sealed is opened."""
    shown, held = part_for(doer(request), case_id, now=clock.now())
    if not is_narrow(held.function):
        return redirect("review:case", case_id=case_id)
    return render(request, "review/part.html", {"case": shown, "seat": held, "parts": found.part_of(shown, held), "now": clock.now()})


@requires(Verb.TEAM_WORK)
@require_POST
def open_part(request: HttpRequest, case_id: UUID, name: str, thing_id: UUID) -> HttpResponse:
    """Something sealed of this person's part, on a page of its own; the log names the reader first."""
    actor, now = doer(request), clock.now()
    shown, held = part_for(actor, case_id, now=now)
    if name not in SCOPES.get(held.function, ()) or name not in _OPENERS:
        raise NotYourPart
    heading, lines = _OPENERS[Part(name)](shown, thing_id, actor, now)
    actions.note_reading(words=sum(len(str(value).split()) for _, value in lines), by=actor, now=now)
    return unstored(render(request, "review/part_opened.html", {"case": shown, "heading": heading, "lines": lines}))


_Lines = tuple[str, list[tuple[str, str]]]


def _told(shown: Case, report: UUID, actor: Actor, now: datetime) -> _Lines:
    one = shown.reports.select_related("told", "case").filter(pk=report).first()
    if one is None:
        raise errors.NoSuchAccount
    return "What was told", [(line.asked, line.answer) for line in told_lines(actions.open_account(report=one, by=actor, now=now))]


def _talk(shown: Case, _: UUID, actor: Actor, now: datetime) -> _Lines:
    said = read_messages(case=shown, by=actor, now=now)
    lines = []
    for one in said:
        who = "They" if one.message.from_reporter else "The desk"
        words = "A private key stands in these words: whoever has the whole case reads them." if one.has_secret_key else one.words
        lines.append((f"{who}, {one.message.at:%Y-%m-%d %H:%M} UTC", words))
    return "The talk with them", lines


def _evidence(shown: Case, thing: UUID, actor: Actor, now: datetime) -> _Lines:
    item = queries.item_of(shown, thing)
    if item is not None:
        return "A reported address, account or hash", [("As it was told", defang(cases.open_identifier(item=item, by=actor, now=now)))]
    fact = Evidence.objects.filter(pk=thing, incident__case=shown).first()
    if fact is None:
        raise errors.NoSuchAccount
    opened = cases.open_words(case=shown, fact=fact, by=actor, now=now)
    return "Facts for evidence", [(EVIDENCE_FACTS.get(name, name), str(value)) for name, value in opened.items()]


def _clue(shown: Case, thing: UUID, actor: Actor, now: datetime) -> _Lines:
    clue = clues_of(shown).filter(pk=thing).first()
    if clue is None:
        raise errors.NoSuchAccount
    kind = taxonomy.label("clue_kind", clue.kind)
    return "A clue", [(kind, str(words)) for words in cases.open_words(case=shown, fact=clue, by=actor, now=now).values()]


_OPENERS = {Part.TOLD: _told, Part.CONTACT: _talk, Part.EVIDENCE: _evidence, Part.CLUES: _clue}


def _team(request: HttpRequest, shown: Case, actor: Actor, form: Any = None) -> HttpResponse:
    may_set = shown.organisation_id == actor.organisation and permits(actor.roles, Verb.TEAM_SET, shown.stage) and shown.stage != "closed"
    form = form or (SeatForm(people=found.people_to_seat(shown, by=actor.person)) if may_set else None)
    context = {"members": found.members(shown, now=clock.now()), "may_set": may_set, "form": form, "me": actor.pseudonym}
    return render(request, "review/team.html", around(shown, actor) | context, status=422 if form is not None and form.errors else 200)
