"""Who is shown in an item and who did what with it. A child who is shown can hold only the victim role for that item."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from cairndesk.accounts.rules import Actor
from cairndesk.cases import errors
from cairndesk.cases.actions.coding import allow, coded, note, same_case
from cairndesk.cases.models import CasePerson, HarmCode, ImageDepiction, Item, ItemActor
from cairndesk.custody.rules import Event

CONCERN = "person_of_concern"
DEPICTION_FACTS = frozenset({"apparent_age", "self_generated", "context", "depicted_type"})


@transaction.atomic
def record_depiction(*, item: Item, child: CasePerson, by: Actor, now: datetime, facts: Mapping[str, Any] | None = None) -> ImageDepiction:
    """Afterwards `child` is on record as shown in `item`, and with that as its victim (names of facts: DEPICTION_FACTS).

    Raises DepictedChildIsVictim while another part in this item is recorded for the same person: withdraw that first; so it
    does, as NoConcernOverOwnImage, for a person of concern who did nothing with any other item.
    """
    allow(by, item.case)
    same_case(item.case_id, child)
    depiction = coded(ImageDepiction(item=item, child=child), facts or {}, allowed=DEPICTION_FACTS, by=by, now=now)
    acts = ItemActor.objects.filter(item=item, person=child).exists() or HarmCode.objects.filter(item=item, actor=child).exists()
    if acts:
        raise errors.DepictedChildIsVictim
    if child.roles.filter(role=CONCERN).exists() and not _acted(child):
        raise errors.NoConcernOverOwnImage
    if item.depictions.filter(child=child).exists():
        raise errors.AlreadyRecorded
    depiction.save(force_insert=True)
    note(Event.CASES_DEPICTION_RECORDED, item.case, by=by, now=now)
    return depiction


@transaction.atomic
def record_item_role(*, item: Item, person: CasePerson, role: str, by: Actor, now: datetime) -> ItemActor:
    """Afterwards `person` is on record for what they did with `item`. Raises DepictedChildIsVictim for a child it shows."""
    allow(by, item.case)
    same_case(item.case_id, person)
    actor = coded(ItemActor(item=item, person=person), {"role": role}, allowed={"role"}, by=by, now=now)
    refuse_depicted(item, person)
    held = ItemActor.objects.filter(item=item, person=person, role=role).first()
    if held is None:
        actor.save(force_insert=True)
    note(Event.CASES_ITEM_ROLE_RECORDED, item.case, by=by, now=now, role=role)
    return held or actor


@transaction.atomic
def withdraw_item_role(*, actor: ItemActor, by: Actor, now: datetime) -> None:
    """Afterwards this part in the item is off the record; the log keeps that it was there."""
    allow(by, actor.item.case)
    note(Event.CASES_ITEM_ROLE_WITHDRAWN, actor.item.case, by=by, now=now, role=actor.role)
    actor.delete()


@transaction.atomic
def withdraw_depiction(*, depiction: ImageDepiction, by: Actor, now: datetime) -> None:
    """Afterwards it is off the record that this child is shown in this item; the log keeps that it was there."""
    allow(by, depiction.item.case)
    note(Event.CASES_DEPICTION_WITHDRAWN, depiction.item.case, by=by, now=now)
    depiction.delete()


def refuse_depicted(item: Item | None, person: CasePerson | None) -> None:
    """Return unless `item` shows `person`; then raise DepictedChildIsVictim."""
    if item is not None and person is not None and item.depictions.filter(child=person).exists():
        raise errors.DepictedChildIsVictim


def refuse_concern_over_own_image(person: CasePerson, role: str) -> None:
    """Return unless `role` would make a child whom an item shows a person of concern, with nothing on record that the child did elsewhere."""
    if role == CONCERN and person.depictions.exists() and not _acted(person):
        raise errors.NoConcernOverOwnImage


def _acted(person: CasePerson) -> bool:
    return person.item_roles.exists() or person.harms.exists()
