"""Who is shown in an item and who did what with it. A child who is shown can hold only the victim role there."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from cairndesk.accounts.policy import doer, requires
from cairndesk.accounts.rules import Actor, Verb, permits, require
from cairndesk.cases import taxonomy
from cairndesk.cases.actions import record_depiction, record_item_role, withdraw_depiction, withdraw_item_role
from cairndesk.cases.errors import AlreadyRecorded
from cairndesk.cases.models import Case, Item
from cairndesk.cases.queries import case_for
from cairndesk.lib import clock
from cairndesk.lib.errors import DeskError
from cairndesk.review import errors, queries
from cairndesk.review.forms.parts import SHOWN, PartForm, image_roles
from cairndesk.review.queries.names import items_to_choose, people_to_choose
from cairndesk.review.views.common import around
from cairndesk.triage.queries import names_of


@requires(Verb.CASE_READ)
def parts(request: HttpRequest, case_id: UUID, item_id: UUID) -> HttpResponse:
    """Who is shown in this item and who did what with it; the form adds one, and what is refused comes back with the choice."""
    actor, shown, item = _at(request, case_id, item_id, Verb.CASE_READ)
    people = people_to_choose(shown)
    form = PartForm(request.POST if request.method == "POST" else None, people=people)
    if not form.is_valid():
        return _page(request, shown, actor, item, form, status=422 if form.is_bound else 200)
    try:
        _record(shown, item, form, actor)
    except AlreadyRecorded:
        request.session["said"] = "This was recorded already; nothing was recorded twice."
    except DeskError as refused:
        return _page(request, shown, actor, item, form, refused=refused, status=refused.status)
    else:
        request.session["said"] = "Recorded."
    return redirect("review:parts", case_id=case_id, item_id=item_id)


@requires(Verb.CASE_DESCRIBE)
@require_POST
def take_back(request: HttpRequest, case_id: UUID, item_id: UUID, part_id: UUID) -> HttpResponse:
    """Take back that somebody is shown in this item, or did something with it."""
    actor, _, item = _at(request, case_id, item_id, Verb.CASE_DESCRIBE)
    for depiction in item.depictions.filter(pk=part_id):
        withdraw_depiction(depiction=depiction, by=actor, now=clock.now())
    for act in item.actors.filter(pk=part_id):
        withdraw_item_role(actor=act, by=actor, now=clock.now())
    request.session["said"] = "Taken back. The log keeps that it was recorded."
    return redirect("review:parts", case_id=case_id, item_id=item_id)


def _at(request: HttpRequest, case_id: UUID, item_id: UUID, verb: Verb) -> tuple[Actor, Case, Item]:
    """A guest of a partner organisation sees the case and not this page."""
    actor = doer(request)
    shown = case_for(actor, case_id)
    require(actor, verb, organisation=shown.organisation_id, stage=shown.stage)
    item = queries.item_of(shown, item_id)
    if item is None:
        raise errors.NoSuchAccount
    return actor, shown, item


def _record(shown: Case, item: Item, form: PartForm, actor: Actor) -> None:
    person = shown.people.get(pk=form.cleaned_data["person"])
    if form.cleaned_data["part"] == SHOWN:
        record_depiction(item=item, child=person, by=actor, now=clock.now())
    else:
        record_item_role(item=item, person=person, role=form.cleaned_data["part"], by=actor, now=clock.now())


def _page(request: HttpRequest, shown: Case, actor: Actor, item: Item, form: PartForm, *, status: int = 200, **more: Any) -> HttpResponse:
    people = people_to_choose(shown)
    rows: list[tuple[Any, str, str]] = [(row, people[str(row.child_id)], "is shown in it, as its victim") for row in item.depictions.all()]
    rows += [(row, people[str(row.person_id)], taxonomy.label("image_role", row.role).lower()) for row in item.actors.all()]
    names = names_of(row.recorded_by for row, _, _ in rows)
    held = [(row, who, words, names.get(row.recorded_by, "the desk" if row.recorded_by else "")) for row, who, words in rows]
    context = {"form": form, "held": held, "item": item, "name": items_to_choose(shown)[str(item.pk)].lower(), "codes": image_roles()}
    context |= {"may_describe": permits(actor.roles, Verb.CASE_DESCRIBE, shown.stage), "people": people}
    return render(request, "review/parts.html", around(shown, actor) | context | more, status=status)
