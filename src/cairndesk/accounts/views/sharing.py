"""What the desk gives to whom: its rules, what holds without one, and a form for a new rule."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from cairndesk.accounts import actions, errors, queries
from cairndesk.accounts.acts import act_of
from cairndesk.accounts.forms import EndOfRule, SharingForm
from cairndesk.accounts.models import SharingRule
from cairndesk.accounts.policy import doer, requires
from cairndesk.accounts.rules import Kind, Verb
from cairndesk.accounts.rules.sharing import DATA_WORDS, DEFAULT, EVERYWHERE, RECIPIENT_WORDS, Data, Recipient, SharingTerm
from cairndesk.lib import clock


@requires(Verb.SHARING_SET)
@require_http_methods(["GET", "POST"])
def sharing(request: HttpRequest) -> HttpResponse:
    """Every rule of the desk, what waits for a second person, and the form to ask for a new one."""
    by, now = doer(request), clock.now()
    form = SharingForm(request.POST or None, initial={"valid_from": now.date()})
    if form.is_valid():
        said = form.cleaned_data
        term = SharingTerm(
            data=Data(said["what"]),
            recipient=Recipient(said["recipient"]),
            country=said["country"].upper() or EVERYWHERE,
            is_allowed=said["is_allowed"] == "yes",
            basis=said["basis"],
            valid_from=said["valid_from"],
            valid_until=said["valid_until"],
        )
        try:
            made = actions.ask_sharing_rule(term=term, by=by, now=now)
        except errors.NotPossible as unclear:
            form.add_error("valid_from", unclear.detail)
        else:
            return redirect("accounts:request", request_id=made.pk)
    rows = SharingRule.objects.filter(organisation=by.home).order_by("data", "recipient", "country", "valid_from")
    given = [(words, [data in DEFAULT[to] for to in Recipient]) for data, words in DATA_WORDS.items()]
    shown = {"form": form, "rules": rows, "given": given, "recipients": list(RECIPIENT_WORDS.values()), "today": now.date()}
    asked = queries.open_requests(by=by, now=now).filter(kind__in=[Kind.SET_RULE, Kind.END_RULE], organisation=by.home)
    shown["waiting"] = [(one.pk, act_of(one.kind).words(one)) for one in asked]
    return render(request, "accounts/sharing.html", shown, status=422 if form.errors else 200)


@requires(Verb.SHARING_SET)
@require_POST
def end(request: HttpRequest, rule: UUID) -> HttpResponse:
    """Ask that the rule does not bind any more from now on: one that was entered by mistake must not hold up help for a day."""
    by, now = doer(request), clock.now()
    held = SharingRule.objects.filter(pk=rule, organisation=by.home).first()
    if held is None:
        raise errors.OtherOrganisation
    form = EndOfRule(request.POST)
    why = form.cleaned_data["why"] if form.is_valid() else ""
    asked = actions.ask_end_of_rule(rule=held, until=max(now.date(), held.valid_from), why=why, by=by, now=now)
    return redirect("accounts:request", request_id=asked.pk)
