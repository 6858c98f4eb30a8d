"""The first screen, the queues, handing a shift on, setting a priority by hand, and the rules that set it otherwise."""

from urllib.parse import urlencode
from uuid import UUID

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from cairndesk.accounts import duty, policy
from cairndesk.accounts.queries import lacks_training, training_ends
from cairndesk.accounts.rules import Verb, may_somewhere
from cairndesk.cases.queries import case_for
from cairndesk.directory.models import FIRST_OWN
from cairndesk.lib import clock
from cairndesk.lib.ids import id_in
from cairndesk.signals.queries import glossaries_to_review, lists_held, lists_to_renew
from cairndesk.signals.register import tools_to_assess
from cairndesk.triage import actions, errors, queries
from cairndesk.triage.forms import NarrowForm, PriorityForm, RulesForm, ShiftNoteForm
from cairndesk.triage.rules.queues import BY_KEY, Narrowing
from cairndesk.triage.rules.shift import KEPT
from cairndesk.triage.rules.table import read_table
from cairndesk.triage.templatetags.desk import own_number
from cairndesk.triage.typed import said_on

MOST, FEW = 200, 5


@policy.signed_in
def first(request: HttpRequest) -> HttpResponse:
    """What burns, what waits longest, what is mine; people whose work is elsewhere are led there."""
    actor, now = policy.doer(request), clock.now()
    if not may_somewhere(actor, Verb.CASE_READ):
        return render(request, "triage/elsewhere.html", {"now": now})
    lists = {
        "burning": queries.cases_in(BY_KEY["danger"], by=actor)[:FEW],
        "longest": queries.longest_waiting(by=actor)[:FEW],
        "given": queries.given_to(by=actor, now=now)[:FEW],
        "mine": queries.cases_in(BY_KEY["mine"], by=actor),
        "overdue": queries.overdue(by=actor, now=now)[:FEW],
        "unread": queries.unread(by=actor)[:FEW],
        "woken": queries.woken(by=actor)[:FEW],
        "later": queries.matched_later(by=actor)[:FEW],
    }
    context = {
        **queries.rows_of(lists, most=MOST),
        "now": now,
        "left_out": queries.left_out_of(BY_KEY["waiting"], by=actor).count(),
        "watch": duty.watch(actor.home, now=now),
        "training": training_ends(by=actor, now=now),
        "untrained": lacks_training(actor),
        "overdue_count": queries.overdue_count(by=actor, now=now),
        "left": queries.unread_shift_notes(by=actor, now=now),
        "ages": queries.ages(by=actor, now=now),
        "load": queries.workload(by=actor, now=now),
        "may_take": may_somewhere(actor, Verb.CASE_CLAIM),
        "renew": lists_to_renew(organisation=actor.organisation, now=now) if actor.organisation else [],
        "held": lists_held(organisation=actor.organisation) if actor.organisation else [],
        "tools": tools_to_assess(organisation=actor.organisation, now=now) if actor.organisation else [],
        "review": glossaries_to_review(organisation=actor.organisation, now=now) if actor.organisation else [],
    }
    return render(request, "triage/first.html", context)


@policy.asks_by_itself
@policy.signed_in
@require_GET
def burning(request: HttpRequest) -> HttpResponse:
    """The emergency band as it stands now, for a page that is open already; nothing where no child waits in danger."""
    actor = policy.doer(request)
    shell = {"band": queries.burning(by=actor), "rail": may_somewhere(actor, Verb.CASE_READ), "now": clock.now()}
    return render(request, "desk/band.html", {"shell": shell})


@policy.requires(Verb.CASE_READ)
def queue(request: HttpRequest, key: str) -> HttpResponse:
    """One queue, most urgent and longest waiting first, narrowed as its address says; a page at a time.

    What cannot be understood narrows nothing and is named: nobody must believe that a queue is empty because of a slip.
    """
    wanted = BY_KEY.get(key)
    if wanted is None:
        raise Http404
    actor, now = policy.doer(request), clock.now()
    form = NarrowForm(request.GET)
    is_whole = "whole" in request.GET
    cases, others = queries.cases_in(wanted, by=actor, whole=is_whole), queries.left_out_of(wanted, by=actor)
    if form.is_valid():
        cases, others = (queries.narrowed(found, form.wanted(), by=actor, now=now) for found in (cases, others))
    page = Paginator(cases, MOST).get_page(request.GET.get("page"))
    context = {
        "queue": wanted,
        "rows": queries.rows(list(page.object_list)),
        "page": page,
        "form": form,
        "is_narrowed": form.is_valid() and form.wanted() != Narrowing(),
        "asked": urlencode([(name, said) for name, held in request.GET.lists() if name in {*form.fields, "whole"} for said in held if said]),
        "is_whole": is_whole,
        "left_out": 0 if is_whole else others.count(),
        "now": now,
        "may_take": may_somewhere(actor, Verb.CASE_CLAIM),
    }
    return render(request, "triage/queue.html", context, status=422 if form.errors else 200)


@policy.requires(Verb.CASE_GIVE)
@require_POST
def give(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Say who should take this case."""
    actor = policy.doer(request)
    case = case_for(actor, case_id)
    if (to := id_in(request.POST.get("to", ""))) is None:
        raise errors.NobodyToGiveTo
    given = actions.give_case(case=case, to=to, by=actor, now=clock.now())
    request.session["said"] = (
        f"It is kept for {queries.names_of([given.to])[given.to]} until {given.until:%H:%M} UTC; after that, whoever is next takes it."
    )
    return redirect("review:case", case_id=case_id)


@policy.requires(Verb.CASE_DESCRIBE)
@require_POST
def viral(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Say that the material of this case is known to be shared widely, with a reason, or take that back."""
    actor, now = policy.doer(request), clock.now()
    case = case_for(actor, case_id)
    if "take_back" in request.POST:
        actions.take_back_viral(case=case, by=actor, now=now)
        request.session["said"] = "Taken back: neither this case nor what is like it is called widely shared."
    else:
        actions.flag_viral(case=case, because=request.POST.get("because", ""), by=actor, now=now)
        request.session["said"] = "It is called widely shared, and so is whatever is like it. Nothing gets less urgent by it."
    return redirect("review:case", case_id=case_id)


@policy.requires(Verb.SHIFT_NOTE)
def shift(request: HttpRequest) -> HttpResponse:
    """What happened since the last note, what the shifts before left, and a note for the next; one that is opened stands in the answer alone."""
    actor, now = policy.doer(request), clock.now()
    opened = request.POST.get("note", "")
    form = ShiftNoteForm(request.POST if request.method == "POST" and not opened else None)
    words = actions.read_shift_note(note=_number(opened, digits=11) or 0, by=actor, now=now) if opened else ""
    if form.is_valid():
        with said_on(form):
            actions.write_shift_note(words=form.cleaned_data["words"], by=actor, now=now)
            request.session["said"] = "Your note is there for the next shift. You see here who has read it."
            return redirect("triage:shift")
    context = {
        "form": form,
        "notes": queries.shift_notes(by=actor, now=now),
        "opened": opened,
        "words": words,
        "since": queries.since_last(by=actor, now=now),
        "watch": duty.watch(actor.home, now=now),
        "kept": KEPT.days,
        "now": now,
    }
    return render(request, "triage/shift.html", context, status=422 if form.errors else 200)


@policy.requires(Verb.PRIORITY_OVERRIDE)
def set_priority(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Set the priority of a case by hand; an incomplete form comes back with what is missing."""
    actor = policy.doer(request)
    case = case_for(actor, case_id)
    form = PriorityForm(request.POST if request.method == "POST" else None, initial={"level": case.priority})
    seen = request.POST.get("seen", "")
    if form.is_bound and form.is_valid():
        with said_on(form):
            actions.override_priority(case=case, **form.cleaned_data, seen=seen, by=actor, now=clock.now())
            request.session["said"] = "The priority is set. What the rules said stays visible beside it."
            return redirect("review:case", case_id=case_id)
    if not form.is_bound or form.non_field_errors():
        # Asked before what stands there is read: what comes in between is told at the next try.
        seen = queries.judged(case)
    context = {"seen": seen, "form": form, "case": case, "urgency": queries.urgency(case), "now": clock.now()}
    return render(request, "triage/priority.html", context, status=422 if form.errors else 200)


@policy.requires(Verb.CASE_READ)
def rules(request: HttpRequest) -> HttpResponse:
    """The priority rules in force, since when, and what the organisation wrote; whoever sees cases reads them."""
    actor = policy.doer(request)
    table, switches, versions = queries.rules_in_force(actor.home), queries.switches_of(actor.home), queries.versions_of(actor.home)
    names = queries.names_of([*(one.actor for one in switches), *(one.actor for one in versions)])
    context = {
        "table": table,
        "is_own": table.version >= FIRST_OWN,
        "first_own": FIRST_OWN,
        "since": [(one, names.get(one.actor, "")) for one in switches],
        "versions": [(one, names.get(one.actor, "")) for one in versions],
        "may_set": may_somewhere(actor, Verb.PRIORITY_RULES_SET),
    }
    return render(request, "triage/rules.html", context)


@policy.requires(Verb.PRIORITY_RULES_SET)
def write_rules(request: HttpRequest) -> HttpResponse:
    """Write a version of the rules: tried against the last month first, kept only when somebody says so; a mistake is named with its line."""
    actor, now = policy.doer(request), clock.now()
    begin = queries.text_of(actor.home, _number(request.GET.get("from", ""), digits=5))
    form = RulesForm(request.POST if request.method == "POST" else None, initial={"text": begin})
    trial = None
    if request.method == "POST" and form.is_valid():
        text = form.cleaned_data["text"]
        try:
            if "keep" in request.POST:
                made = actions.write_rules(text=text, by=actor, now=now)
                return redirect("triage:rule-set", version=made.number)
            trial = queries.try_rules(actor.home, read_table(text, version=FIRST_OWN), now=now)
        except errors.RulesBroken as broken:
            form.add_error("text", f"{broken.detail} The rules in force stay as they are.")
    return render(request, "triage/write_rules.html", {"form": form, "trial": trial, "now": now}, status=422 if form.errors else 200)


@policy.requires(Verb.CASE_READ)
def rule_set(request: HttpRequest, version: int) -> HttpResponse:
    """One version of the rules with what it would have made of the last month, and the button to go over to it."""
    actor, now = policy.doer(request), clock.now()
    text, table = queries.text_of(actor.home, version), queries.rules_of(actor.home, version)
    trial = queries.try_rules(actor.home, table, now=now)
    if trial.cases and version not in (tried := request.session.get(_TRIED, [])):
        request.session[_TRIED] = [*tried, version][-_VERSIONS:]
    context = {
        "table": table,
        "text": text,
        "trial": trial,
        "first_own": FIRST_OWN,
        "is_in_force": queries.rules_in_force(actor.home).version == table.version,
        "may_set": may_somewhere(actor, Verb.PRIORITY_RULES_SET),
        "now": now,
    }
    return render(request, "triage/rule_set.html", context)


# Which versions somebody was shown a trial of since they signed in.
_TRIED, _VERSIONS = "tried", 50
_NOT_TRIED = " They were not tried against last month's cases. The log says so."


@policy.requires(Verb.PRIORITY_RULES_SET)
@require_POST
def switch_rules(request: HttpRequest, version: int) -> HttpResponse:
    """Go over to a version of the rules; what waits is judged by them within minutes."""
    actor, is_tried = policy.doer(request), version in request.session.get(_TRIED, [])
    actions.switch_rules(number=version if version >= FIRST_OWN else None, by=actor, now=clock.now(), is_tried=is_tried)
    rules = f"our version {own_number(version)}" if version >= FIRST_OWN else "the rules that came with it"
    request.session["said"] = f"The desk goes by {rules} from now on.{'' if is_tried else _NOT_TRIED}"
    return redirect("triage:rules")


def _number(said: str, *, digits: int) -> int | None:
    """What an address or a form names by its number; None for whatever else was sent."""
    return int(said) if said.isdecimal() and len(said) <= digits else None
