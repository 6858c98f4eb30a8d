"""Groups, campaigns and patterns: records that hold several cases together. People make them; nothing in them accuses anybody."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from cairndesk.accounts.policy import doer, requires
from cairndesk.accounts.rules import Actor, Verb, permits
from cairndesk.cases import actions
from cairndesk.cases.models import Case, GroupedCase, Grouping
from cairndesk.cases.queries import case_for, groupings_of, hidden_from, suggested_groupings
from cairndesk.cases.rules.groupings import KINDS, Gone, GroupingKind, GroupingState, Why
from cairndesk.lib import clock
from cairndesk.lib.ids import id_in
from cairndesk.review import errors
from cairndesk.review.forms.groupings import AddForm, ChangeForm, JoinForm, MakeForm, OutForm, WordsForm
from cairndesk.review.views.common import unstored
from cairndesk.triage.queries import names_of

# Records on one page, and cases of one record.
MOST = 200


@requires(Verb.CASE_READ)
def groupings(request: HttpRequest) -> HttpResponse:
    """The records of this organisation, and which linked cases could be one; `?case=` narrows both to one case."""
    actor = doer(request)
    about = _about(actor, request.GET.get("case", ""))
    narrowed = about.pk if about else None
    held = list(groupings_of(actor.home, case=narrowed)[:MOST])
    context: dict[str, Any] = {"case": about, "groupings": held, "kinds": KINDS.values(), "may_keep": permits(actor.roles, Verb.GROUPING_KEEP)}
    if context["may_keep"]:
        found = suggested_groupings(actor, case=narrowed)
        context["suggested"] = [MakeForm(cases=some, prefix=f"s{place}") for place, some in enumerate(found)]
        context["others"] = _others(actor, held) if about else ()
        context["join"], context["alone"] = JoinForm(groupings=context["others"]), MakeForm(cases=[about] if about else (), prefix="alone")
    return render(request, "review/groupings.html", context)


@requires(Verb.GROUPING_KEEP)
@require_POST
def make(request: HttpRequest) -> HttpResponse:
    """A new record of the cases that somebody ticked."""
    actor = doer(request)
    cases = [case_for(actor, pk) for pk in dict.fromkeys(map(id_in, request.POST.getlist("cases"))) if pk]
    form = MakeForm(request.POST, cases=cases)
    if not form.is_valid():
        request.session["said"] = "Nothing was made: choose at least one case, and say what they are together."
        return redirect("review:groupings")
    kind, why = GroupingKind(form.cleaned_data["kind"]), Why(form.cleaned_data["why"])
    made = actions.make_grouping(cases=cases, kind=kind, why=why, by=actor, now=clock.now())
    request.session["said"] = f"The record is called {made.name}."
    return redirect("review:grouping", made.pk)


@requires(Verb.GROUPING_KEEP)
@require_POST
def join(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Put this case into a record that there is."""
    actor = doer(request)
    shown = case_for(actor, case_id)
    form = JoinForm(request.POST, groupings=_others(actor, ()))
    if not form.is_valid():
        raise errors.NoSuchAccount
    return _put_in(request, actor, _grouping(actor, UUID(form.cleaned_data["grouping"])), shown, form.cleaned_data["why"])


@requires(Verb.CASE_READ)
def grouping(request: HttpRequest, grouping_id: UUID) -> HttpResponse:
    """One record: its cases as a table, what it is, and what was taken out."""
    actor = doer(request)
    return _page(request, actor, _grouping(actor, grouping_id))


@requires(Verb.GROUPING_KEEP)
@require_POST
def change(request: HttpRequest, grouping_id: UUID) -> HttpResponse:
    """Say what it is, how it stands, and when it was seen."""
    actor = doer(request)
    shown, form = _grouping(actor, grouping_id), ChangeForm(request.POST)
    if not form.is_valid():
        return _page(request, actor, shown, change=form, status=422)
    said = form.cleaned_data
    kind, state, seen = GroupingKind(said["kind"]), GroupingState(said["state"]), (said["first_seen"], said["last_seen"])
    actions.change_grouping(grouping=shown, kind=kind, state=state, seen=seen, by=actor, now=clock.now())
    request.session["said"] = "Changed."
    return redirect("review:grouping", shown.pk)


@requires(Verb.GROUPING_KEEP)
@require_POST
def describe(request: HttpRequest, grouping_id: UUID) -> HttpResponse:
    """Write the sealed description."""
    actor = doer(request)
    shown, form = _grouping(actor, grouping_id), WordsForm(request.POST)
    if not form.is_valid():
        return _page(request, actor, shown, describe=form, status=422)
    actions.describe_grouping(grouping=shown, words=form.cleaned_data["words"], by=actor, now=clock.now())
    request.session["said"] = "The description is sealed. Who is on one of the cases can open it."
    return redirect("review:grouping", shown.pk)


@requires(Verb.CASE_READ)
@require_POST
def words(request: HttpRequest, grouping_id: UUID) -> HttpResponse:
    """The description, opened; the log names the reader before it shows."""
    actor = doer(request)
    shown = _grouping(actor, grouping_id)
    return unstored(_page(request, actor, shown, opened=actions.open_grouping(grouping=shown, by=actor, now=clock.now())))


@requires(Verb.GROUPING_KEEP)
@require_POST
def put_in(request: HttpRequest, grouping_id: UUID) -> HttpResponse:
    """Put one more case in, by its number."""
    actor = doer(request)
    shown, form = _grouping(actor, grouping_id), AddForm(request.POST)
    wanted = Case.objects.filter(organisation=actor.home, number=form.cleaned_data["number"].strip().upper()).first() if form.is_valid() else None
    if wanted is None:
        form.add_error("number", "No case of this organisation has that number.")
        return _page(request, actor, shown, add=form, status=422)
    return _put_in(request, actor, shown, case_for(actor, wanted.pk), form.cleaned_data["why"])


@requires(Verb.GROUPING_KEEP)
@require_POST
def take_out(request: HttpRequest, grouping_id: UUID) -> HttpResponse:
    """Take a case out; it stays readable that it was in."""
    actor = doer(request)
    shown = _grouping(actor, grouping_id)
    held = {str(one.case_id): one.case for one in shown.members.filter(removed_at=None).select_related("case")}
    form = OutForm(request.POST, cases=held.values())
    if not form.is_valid():
        raise errors.NoSuchAccount
    case = held[form.cleaned_data["case"]]
    actions.ungroup_case(grouping=shown, case=case, gone=Gone(form.cleaned_data["gone"]), by=actor, now=clock.now())
    request.session["said"] = f"Case {case.number} is not in it any more."
    return redirect("review:grouping", shown.pk)


def _put_in(request: HttpRequest, actor: Actor, shown: Grouping, case: Case, why: str) -> HttpResponse:
    actions.group_case(grouping=shown, case=case, why=Why(why), by=actor, now=clock.now())
    request.session["said"] = f"Case {case.number} is in it."
    return redirect("review:grouping", shown.pk)


def _about(actor: Actor, wanted: str) -> Case | None:
    """The case of this organisation that the list is narrowed to."""
    found = id_in(wanted)
    case = case_for(actor, found) if found else None
    return case if case and case.organisation_id == actor.home else None


def _others(actor: Actor, held: Collection[Grouping]) -> list[Grouping]:
    return list(Grouping.objects.filter(organisation=actor.home).exclude(pk__in=[one.pk for one in held]).order_by("name", "pk")[:MOST])


def _grouping(actor: Actor, wanted: UUID) -> Grouping:
    """The record of this organisation. Raises NoSuchAccount, which looks like absence."""
    found = Grouping.objects.filter(organisation=actor.home, pk=wanted).first()
    if found is None:
        raise errors.NoSuchAccount
    return found


def _page(request: HttpRequest, actor: Actor, shown: Grouping, *, opened: str | None = None, status: int = 200, **forms: Any) -> HttpResponse:
    members = list(shown.members.exclude(hidden_from(actor, "case")).select_related("case", "words").order_by("added_at", "pk")[: 2 * MOST])
    standing = [one for one in members if one.removed_at is None]
    names = names_of({who for one in members for who in (one.added_by, one.removed_by) if who} | {shown.made_by})
    state = {"kind": shown.kind, "state": shown.state, "first_seen": shown.first_seen, "last_seen": shown.last_seen}
    context = {
        "grouping": shown,
        "made_by": names.get(shown.made_by, "somebody"),
        "standing": [_row(one, names) for one in standing],
        "gone": [_row(one, names) for one in members if one.removed_at is not None],
        "open": sum(one.case.closed_at is None for one in standing),
        "is_described": any(one.words and not one.words.erased_at for one in standing),
        "opened": opened,
        "may_keep": permits(actor.roles, Verb.GROUPING_KEEP),
        "change": ChangeForm(initial=state),
        "add": AddForm(auto_id="add_%s"),
        "out": OutForm(cases=[one.case for one in standing]),
        "describe": WordsForm(),
    }
    return render(request, "review/grouping.html", context | forms, status=status)


def _row(member: GroupedCase, names: dict[str, str]) -> tuple[GroupedCase, str, str]:
    return member, names.get(member.added_by, "somebody"), names.get(member.removed_by, "the desk")
