"""The pages of the directory: what is in it, what is stale, and one act for each change."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from cairndesk.accounts import confirm
from cairndesk.accounts.policy import doer, requires
from cairndesk.accounts.queries import open_requests
from cairndesk.accounts.rules import Actor, Kind, Verb, may_somewhere
from cairndesk.directory import actions, checklists, portals, profiles, queries, sharing, sites
from cairndesk.directory.errors import DirectoryError, NoSuchEntry, NotAUsableEntry
from cairndesk.directory.forms import FORMS, CheckForm, EntryForm, RulesForm, lines_of
from cairndesk.lib import clock

TABS = (("service", "Services"), ("authority", "Authorities"), ("provider", "Providers"))
_ADD = {"service": actions.add_service, "authority": actions.add_authority}


@requires(Verb.DIRECTORY_READ)
def entries(request: HttpRequest, kind: str = "service") -> HttpResponse:
    """The entries of one kind, first those that somebody should reach again."""
    by = doer(request)
    rows = queries.listed(kind, clock.now(), by.organisation)
    shown = _around(request) | {"kind": kind, "rows": rows, "stale": sum(row.is_stale for row in rows)}
    foreign = [row.entry.pk for row in rows if not queries.is_ours_to_change(row.entry, by)]
    return render(request, "directory/entries.html", shown | {"foreign": foreign, "opens": sites.can_open(by.home, _country(by))})


@requires(Verb.DIRECTORY_READ)
def rule_sets(request: HttpRequest) -> HttpResponse:
    """Every loaded rule set with its rules, to read."""
    shown = {"kind": "rules", "sets": queries.rule_sets(), "may_load": may_somewhere(doer(request), Verb.RULES_LOAD)}
    return render(request, "directory/rule_sets.html", _around(request) | shown)


@requires(Verb.DIRECTORY_READ)
def gaps(request: HttpRequest) -> HttpResponse:
    """Whom the services that are listed cover, and for whom somebody has to be found."""
    shown = {"kind": "gaps", "found": queries.gaps(doer(request).organisation, clock.now())}
    return render(request, "directory/gaps.html", _around(request) | shown)


@requires(Verb.DIRECTORY_READ)
def entry(request: HttpRequest, kind: str, entry_id: UUID) -> HttpResponse:
    """One entry to read, and what can be done with it."""
    held = _entry(request, kind, entry_id)
    [row] = [row for row in queries.listed(kind, clock.now(), doer(request).organisation) if row.entry.pk == held.pk]
    shown = _around(request) | {"kind": kind, "entry": held, "row": row, "lines": lines_of(kind, queries.fields_of(held))}
    is_ours = queries.is_ours_to_change(held, doer(request))
    return render(request, "directory/entry.html", shown | {"is_foreign": not is_ours, "may_change": shown["may_change"] and is_ours})


@requires(Verb.DIRECTORY_CHANGE)
def add(request: HttpRequest, kind: str) -> HttpResponse:
    """The form of a new entry, and the entry."""
    form = _form(kind)(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            _add(kind, dict(form.cleaned_data), doer(request), clock.now())
        except NotAUsableEntry as refused:
            form.add_error(None, refused.detail)
        else:
            return redirect("directory:kind", kind=kind)
    return _page(request, kind, form)


@requires(Verb.DIRECTORY_CHANGE)
def change(request: HttpRequest, kind: str, entry_id: UUID) -> HttpResponse:
    """An entry as a form, and its change, which takes back the check."""
    held = _entry(request, kind, entry_id)
    form = _form(kind)(request.POST or None, initial=queries.fields_of(held))
    if request.method == "POST" and form.is_valid():
        fields = dict(form.cleaned_data)
        domains = fields.pop("domains", None)
        try:
            actions.change(entry=held, fields=fields, domains=domains, by=doer(request), now=clock.now())
        except NotAUsableEntry as refused:
            form.add_error(None, refused.detail)
        else:
            return redirect("directory:entry", kind=kind, entry_id=entry_id)
    return _page(request, kind, form, held=held)


@requires(Verb.DIRECTORY_CHANGE)
@require_POST
def check(request: HttpRequest, kind: str, entry_id: UUID) -> HttpResponse:
    """Somebody reached the contact on that day."""
    form, now = CheckForm(request.POST), clock.now()
    if not form.is_valid():
        raise NotAUsableEntry("write the day on which somebody reached the contact")
    held = _entry(request, kind, entry_id)
    actions.check_contact(entry=held, checked_on=form.cleaned_data["checked_on"], by=doer(request), now=now)
    request.session["said"] = f"{held.name}: reached on {form.cleaned_data['checked_on']:%Y-%m-%d}."
    return redirect("directory:kind", kind=kind)


@requires(Verb.DIRECTORY_CHANGE)
@require_POST
def retire(request: HttpRequest, kind: str, entry_id: UUID) -> HttpResponse:
    """The entry is not used any more."""
    gone = actions.retire(entry=_entry(request, kind, entry_id), by=doer(request), now=clock.now())
    request.session["said"] = f"{gone.name} is retired. It is shown nowhere, and kept for the records that name it."
    return redirect("directory:kind", kind=kind)


@requires(Verb.RULES_LOAD)
def load(request: HttpRequest) -> HttpResponse:
    """A dated rule set, pasted in or as a file."""
    form = RulesForm(request.POST, request.FILES) if request.method == "POST" else RulesForm()
    if request.method == "POST" and form.is_valid():
        try:
            loaded = actions.load_rules(text=form.cleaned_data["text"], by=doer(request), now=clock.now())
        except DirectoryError as refused:
            form.add_error("text", refused.detail)
        else:
            request.session["said"] = f"{loaded.label} is loaded, from {loaded.valid_from:%Y-%m-%d}."
            return redirect("directory:rule-sets")
    return render(request, "directory/rules.html", {"form": form}, status=422 if form.errors else 200)


@requires(Verb.DIRECTORY_READ)
def schedules(request: HttpRequest) -> HttpResponse:
    """How long which records are kept, and what waits for its second person."""
    actor, now = doer(request), clock.now()
    found = []
    for one in queries.schedules():
        may_confirm = one.confirmed_at is None and one.loaded_by != actor.pseudonym and may_somewhere(actor, Verb.SCHEDULE_CONFIRM)
        proof = confirm.ask(request, actions.confirming_digest(one, today=now.date())) if may_confirm else None
        found.append((one, queries.terms_in_words(one), proof))
    shown = {"kind": "schedules", "found": found, "may_load": may_somewhere(actor, Verb.RULES_LOAD)}
    return render(request, "directory/schedules.html", _around(request) | shown)


@requires(Verb.RULES_LOAD)
def load_schedule(request: HttpRequest) -> HttpResponse:
    """A schedule, pasted in or as a file, or the cautious example; it waits for another person."""
    form = RulesForm({"text": actions.example_schedule()}) if "example" in request.POST else RulesForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        try:
            loaded = actions.load_schedule(text=form.cleaned_data["text"], by=doer(request), now=clock.now())
        except DirectoryError as refused:
            form.add_error("text", refused.detail or refused.remedy)
        else:
            request.session["said"] = f"{loaded.label} is loaded. It waits until another person has confirmed it."
            return redirect("directory:schedules")
    return render(request, "directory/schedule_load.html", {"form": form}, status=422 if form.errors else 200)


@requires(Verb.SCHEDULE_CONFIRM)
@require_POST
def confirm_schedule(request: HttpRequest, schedule_id: UUID) -> HttpResponse:
    """The second person puts a schedule in force."""
    held, by, now = queries.schedule_of(schedule_id), doer(request), clock.now()
    fresh = confirm.given(request, actions.confirming_digest(held, today=now.date()), now=now)
    actions.confirm_schedule(schedule=held, by=by, fresh=fresh, now=now)
    request.session["said"] = f"{held.label} is in force from {held.valid_from:%Y-%m-%d}."
    return redirect("directory:schedules")


@requires(Verb.DIRECTORY_READ)
def checklists_page(request: HttpRequest) -> HttpResponse:
    """What the file of a case holds when it is closed, and what authorities ask of evidence: the minimum, and what was loaded."""
    least = checklists.minimum()
    shown = {"kind": "checklists", "minimum": least, "least": checklists.in_words(least.lines), "found": queries.checklists_loaded()}
    return render(request, "directory/checklists.html", _around(request) | shown | {"may_load": may_somewhere(doer(request), Verb.RULES_LOAD)})


@requires(Verb.RULES_LOAD)
def load_checklist(request: HttpRequest) -> HttpResponse:
    """A checklist, pasted in or as a file; the minimum, or the template about evidence, stands there to start from."""
    form = (
        RulesForm(request.POST, request.FILES)
        if request.method == "POST"
        else RulesForm(initial={"text": checklists.evidence_template() if "evidence" in request.GET else checklists.minimum_text()})
    )
    if request.method == "POST" and form.is_valid():
        try:
            loaded = actions.load_checklist(text=form.cleaned_data["text"], by=doer(request), now=clock.now())
        except DirectoryError as refused:
            form.add_error("text", refused.detail or refused.remedy)
        else:
            request.session["said"] = f"{loaded.label} is loaded, from {loaded.valid_from:%Y-%m-%d}."
            return redirect("directory:checklists")
    return render(request, "directory/checklist_load.html", {"form": form}, status=422 if form.errors else 200)


@requires(Verb.DIRECTORY_READ)
def sharing_page(request: HttpRequest) -> HttpResponse:
    """What each kind of recipient gets of a case, field by field, by the table in force."""
    by, now = doer(request), clock.now()
    table = sharing.table_of(by.home)
    rows = [(words, profiles.MASKED_WORDS.get(field, ""), [one.lines[field] for one in table.all]) for field, words in profiles.FIELD_WORDS.items()]
    waiting = [one.pk for one in open_requests(by=by, now=now).filter(kind=Kind.SET_TABLE, organisation=by.home)]
    shown = {"kind": "sharing", "table": table, "rows": rows, "is_own": table.number > profiles.SHIPPED, "waiting": waiting}
    return render(request, "directory/sharing.html", _around(request) | shown | {"may_set": may_somewhere(by, Verb.SHARING_SET)})


@requires(Verb.SHARING_SET)
def change_sharing(request: HttpRequest) -> HttpResponse:
    """A table of one's own, pasted in or as a file; the one in force stands there to start from. It waits for another person."""
    by = doer(request)
    form = RulesForm(request.POST, request.FILES) if request.method == "POST" else RulesForm(initial={"text": sharing.text_of(by.home)})
    if request.method == "POST" and form.is_valid():
        try:
            asked = actions.ask_sharing_table(text=form.cleaned_data["text"], by=by, now=clock.now())
        except DirectoryError as refused:
            form.add_error("text", refused.detail or refused.remedy)
        else:
            return redirect("accounts:request", request_id=asked.pk)
    return render(request, "directory/sharing_change.html", {"form": form}, status=422 if form.errors else 200)


@requires(Verb.DIRECTORY_READ)
def portal(request: HttpRequest) -> HttpResponse:
    """What the public site of one's organisation says of itself, and the lines that another site pastes."""
    shown = {"kind": "portal", "site": sites.public_site(doer(request).home, clock.now()), "at": settings.CAIRNDESK.portal.public_url.rstrip("/")}
    return render(request, "directory/portal.html", _around(request) | shown | {"may_load": may_somewhere(doer(request), Verb.RULES_LOAD)})


@requires(Verb.RULES_LOAD)
def change_portal(request: HttpRequest) -> HttpResponse:
    """Its sheet, pasted in or as a file; the one that counts, or the template, stands there to start from."""
    by, now = doer(request), clock.now()
    held = sites.portal_sheet(by.home)
    form = (
        RulesForm(request.POST, request.FILES) if request.method == "POST" else RulesForm(initial={"text": held.text if held else portals.template()})
    )
    if request.method == "POST" and form.is_valid():
        try:
            actions.set_portal(text=form.cleaned_data["text"], by=by, now=now)
        except DirectoryError as refused:
            form.add_error("text", refused.detail or refused.remedy)
        else:
            request.session["said"] = "The public site shows it within a minute."
            return redirect("directory:portal")
    return render(request, "directory/portal_change.html", {"form": form}, status=422 if form.errors else 200)


def _add(kind: str, fields: dict[str, Any], by: Actor, now: datetime) -> None:
    if kind == "provider":
        domains = fields.pop("domains")
        actions.add_provider(fields=fields, domains=domains, by=by, now=now)
    else:
        _ADD[kind](fields=fields, by=by, now=now)


def _country(by: Actor) -> str:
    """Where the organisation of `by` is, or else the operator; by its numbers the public site opens."""
    return queries.country_of(by.organisation) or settings.CAIRNDESK.desks.country


def _around(request: HttpRequest) -> dict[str, Any]:
    """What every page of the directory shows: its tabs, the day, and whether this person may change anything."""
    return {"tabs": TABS, "now": clock.now(), "may_change": may_somewhere(doer(request), Verb.DIRECTORY_CHANGE)}


def _entry(request: HttpRequest, kind: str, entry_id: UUID) -> queries.AnyEntry:
    """An entry that this person's organisation is shown. Raises NoSuchEntry."""
    return queries.entry_of(kind, entry_id, doer(request).organisation)


def _form(kind: str) -> type[EntryForm]:
    if kind not in FORMS:
        raise NoSuchEntry
    return FORMS[kind]


def _page(request: HttpRequest, kind: str, form: EntryForm, held: queries.AnyEntry | None = None) -> HttpResponse:
    shown = {"kind": kind, "form": form, "entry": held}
    return render(request, "directory/change.html", shown, status=422 if form.errors else 200)
