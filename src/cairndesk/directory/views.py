"""The pages of the directory: what is in it, what is stale, and one act for each change."""

from datetime import datetime
from typing import Any, cast
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from cairndesk.accounts.policy import requires
from cairndesk.accounts.rules import Actor, Verb
from cairndesk.directory import actions, queries
from cairndesk.directory.errors import DirectoryError, NoSuchEntry, NotAUsableEntry
from cairndesk.directory.forms import FORMS, CheckForm, EntryForm, RulesForm
from cairndesk.directory.models import Provider
from cairndesk.lib import clock

_NOUNS = {"service": "service", "authority": "authority", "provider": "provider"}
_ADD = {"service": actions.add_service, "authority": actions.add_authority}


@requires(Verb.DIRECTORY_READ)
def entries(request: HttpRequest) -> HttpResponse:
    """Everything in the directory, and what nobody has reached for half a year."""
    now = clock.now()
    lists = [(kind, queries.entries(kind)) for kind in FORMS]
    stale = {one.id for one in queries.stale_contacts(now)}
    shown = {"lists": lists, "stale": stale, "sets": queries.rule_sets(), "opens": queries.has_checked_emergency_contact(), "now": now}
    return render(request, "directory/entries.html", shown)


@requires(Verb.DIRECTORY_CHANGE)
def add(request: HttpRequest, kind: str) -> HttpResponse:
    """The form of a new entry, and the entry."""
    form = _form(kind)(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            _add(kind, dict(form.cleaned_data), _actor(request), clock.now())
        except NotAUsableEntry as refused:
            form.add_error(None, refused.detail)
        else:
            return redirect("directory:entries")
    return _page(request, kind, form)


@requires(Verb.DIRECTORY_CHANGE)
def change(request: HttpRequest, kind: str, entry_id: UUID) -> HttpResponse:
    """An entry as a form, and its change, which takes back the check."""
    entry = queries.entry_of(kind, entry_id)
    form = _form(kind)(request.POST or None, initial=queries.fields_of(entry))
    if request.method == "POST" and form.is_valid():
        fields = dict(form.cleaned_data)
        domains = fields.pop("domains", None)
        try:
            actions.change(entry=entry, fields=fields, domains=domains, by=_actor(request), now=clock.now())
        except NotAUsableEntry as refused:
            form.add_error(None, refused.detail)
        else:
            return redirect("directory:entries")
    return _page(request, kind, form, entry=entry)


@requires(Verb.DIRECTORY_CHANGE)
@require_POST
def check(request: HttpRequest, kind: str, entry_id: UUID) -> HttpResponse:
    """Somebody reached the contact on that day."""
    form, now = CheckForm(request.POST), clock.now()
    if not form.is_valid():
        raise NotAUsableEntry("write the day on which somebody reached the contact")
    entry = queries.entry_of(kind, entry_id)
    actions.check_contact(entry=entry, checked_on=form.cleaned_data["checked_on"], by=_actor(request), now=now)
    return redirect("directory:entries")


@requires(Verb.DIRECTORY_CHANGE)
@require_POST
def retire(request: HttpRequest, kind: str, entry_id: UUID) -> HttpResponse:
    """The entry is not used any more."""
    actions.retire(entry=queries.entry_of(kind, entry_id), by=_actor(request), now=clock.now())
    return redirect("directory:entries")


@requires(Verb.DIRECTORY_CHANGE)
def load(request: HttpRequest) -> HttpResponse:
    """A dated rule set, pasted in."""
    form = RulesForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.load_rules(text=form.cleaned_data["text"], by=_actor(request), now=clock.now())
        except DirectoryError as refused:
            form.add_error("text", refused.detail)
        else:
            return redirect("directory:entries")
    return render(request, "directory/rules.html", {"form": form}, status=422 if form.errors else 200)


def _add(kind: str, fields: dict[str, Any], by: Actor, now: datetime) -> None:
    if kind == "provider":
        domains = fields.pop("domains")
        actions.add_provider(fields=fields, domains=domains, by=by, now=now)
    else:
        _ADD[kind](fields=fields, by=by, now=now)


def _form(kind: str) -> type[EntryForm]:
    if kind not in FORMS:
        raise NoSuchEntry
    return FORMS[kind]


def _page(request: HttpRequest, kind: str, form: EntryForm, entry: queries.AnyEntry | None = None) -> HttpResponse:
    shown = {"kind": _NOUNS[kind], "form": form, "entry": entry, "is_provider": isinstance(entry, Provider)}
    return render(request, "directory/entry.html", shown, status=422 if form.errors else 200)


def _actor(request: HttpRequest) -> Actor:
    return cast("Actor", request.actor)  # type: ignore[attr-defined]
