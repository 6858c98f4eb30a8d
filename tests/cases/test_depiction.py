"""A child shown in an image is its victim and nothing else: the actions refuse, and behind them the database does."""

from collections.abc import Callable

import pytest
from django.db import DatabaseError, transaction
from tests.cases.conftest import NOON

from cairndesk.accounts.rules import Actor
from cairndesk.cases.actions import add_item, add_person, code_harm, record_depiction, record_item_role, withdraw_harm, withdraw_item_role
from cairndesk.cases.errors import AlreadyRecorded, DepictedChildIsVictim, NotOfThisCase
from cairndesk.cases.models import Case, CasePerson, HarmCode, ImageDepiction, Incident, Item, ItemActor

pytestmark = pytest.mark.django_db


@pytest.fixture
def item(case: Case, ana: Actor) -> Item:
    facts = {"hash_kind": "sha256", "media_type": "image", "self_generated": "self_generated"}
    return add_item(case=case, kind="media", identifier="ab" * 32, facts=facts, by=ana, now=NOON)


@pytest.fixture
def child(case: Case, ana: Actor) -> CasePerson:
    return add_person(case=case, role="child", by=ana, now=NOON)


@pytest.mark.req("PRI-11")
@pytest.mark.parametrize("role", ["maker", "sharer", "seller", "holder", "viewer", "threatener", "account_runner"])
def test_it_refuses_every_other_role_for_a_child_whom_the_item_shows(item: Item, child: CasePerson, ana: Actor, role: str) -> None:
    record_depiction(item=item, child=child, by=ana, now=NOON)
    with pytest.raises(DepictedChildIsVictim):
        record_item_role(item=item, person=child, role=role, by=ana, now=NOON)
    assert not ItemActor.objects.exists()


@pytest.mark.req("PRI-11", "TAX-09")
@pytest.mark.parametrize("harm", ["material_production", "material_possession", "onward_sharing"])
def test_it_refuses_to_code_a_harm_with_the_item_to_the_child_it_shows(
    incident: Incident, item: Item, child: CasePerson, ana: Actor, harm: str
) -> None:
    record_depiction(item=item, child=child, by=ana, now=NOON)
    with pytest.raises(DepictedChildIsVictim):
        code_harm(incident=incident, harm=harm, actor=child, item=item, by=ana, now=NOON)
    assert not HarmCode.objects.exists()


@pytest.mark.req("PRI-11")
def test_it_refuses_a_depiction_until_the_other_role_is_withdrawn(item: Item, child: CasePerson, ana: Actor) -> None:
    wrong = record_item_role(item=item, person=child, role="sharer", by=ana, now=NOON)
    with pytest.raises(DepictedChildIsVictim):
        record_depiction(item=item, child=child, by=ana, now=NOON)
    withdraw_item_role(actor=wrong, by=ana, now=NOON)
    assert record_depiction(item=item, child=child, by=ana, now=NOON).child == child


@pytest.mark.req("PRI-11")
def test_it_refuses_a_depiction_until_the_harm_coded_to_the_child_is_withdrawn(incident: Incident, item: Item, child: CasePerson, ana: Actor) -> None:
    wrong = code_harm(incident=incident, harm="onward_sharing", actor=child, item=item, by=ana, now=NOON)
    with pytest.raises(DepictedChildIsVictim):
        record_depiction(item=item, child=child, by=ana, now=NOON)
    withdraw_harm(harm=wrong, by=ana, now=NOON)
    record_depiction(item=item, child=child, by=ana, now=NOON)


@pytest.mark.req("TAX-09")
def test_onward_sharing_is_coded_to_the_one_who_shares(incident: Incident, item: Item, child: CasePerson, ana: Actor) -> None:
    record_depiction(item=item, child=child, by=ana, now=NOON)
    peer = add_person(case=item.case, role="person_of_concern", facts={"actor_age": "child", "relation": "peer"}, by=ana, now=NOON)
    harm = code_harm(incident=incident, harm="onward_sharing", acts=["distribute"], actor=peer, item=item, by=ana, now=NOON)
    assert HarmCode.objects.get(pk=harm.pk).actor == peer


def refused_by_the_database(write: object) -> None:
    with pytest.raises(DatabaseError, match="depicted child"), transaction.atomic():
        write()  # type: ignore[operator]


@pytest.mark.req("PRI-11")
def test_the_database_itself_refuses_a_role_beside_a_depiction(item: Item, child: CasePerson, incident: Incident, ana: Actor) -> None:
    record_depiction(item=item, child=child, by=ana, now=NOON)
    refused_by_the_database(lambda: ItemActor.objects.create(item=item, person=child, role="maker", taxonomy="2026.1"))
    refused_by_the_database(lambda: HarmCode.objects.create(incident=incident, harm="onward_sharing", actor=child, item=item, taxonomy="2026.1"))


@pytest.mark.req("PRI-11")
def test_the_database_itself_refuses_a_depiction_beside_a_role(item: Item, child: CasePerson, ana: Actor) -> None:
    record_item_role(item=item, person=child, role="sharer", by=ana, now=NOON)
    refused_by_the_database(lambda: ImageDepiction.objects.create(item=item, child=child, taxonomy="2026.1"))


@pytest.mark.req("PRI-11")
def test_the_database_itself_refuses_to_move_a_role_onto_the_child(item: Item, child: CasePerson, ana: Actor) -> None:
    record_depiction(item=item, child=child, by=ana, now=NOON)
    other = add_person(case=item.case, role="person_of_concern", by=ana, now=NOON)
    record_item_role(item=item, person=other, role="sharer", by=ana, now=NOON)
    refused_by_the_database(lambda: ItemActor.objects.update(person=child))


def test_the_same_person_may_hold_a_part_in_another_item(case: Case, item: Item, child: CasePerson, ana: Actor) -> None:
    record_depiction(item=item, child=child, by=ana, now=NOON)
    other = add_item(case=case, kind="media", identifier="cd" * 32, facts={"hash_kind": "sha256"}, by=ana, now=NOON)
    assert record_item_role(item=other, person=child, role="sharer", by=ana, now=NOON).person == child


def test_it_refuses_the_same_depiction_twice_and_takes_the_same_role_once(item: Item, child: CasePerson, ana: Actor) -> None:
    record_depiction(item=item, child=child, by=ana, now=NOON)
    with pytest.raises(AlreadyRecorded):
        record_depiction(item=item, child=child, by=ana, now=NOON)
    other = add_person(case=item.case, role="person_of_concern", by=ana, now=NOON)
    first = record_item_role(item=item, person=other, role="maker", by=ana, now=NOON)
    assert record_item_role(item=item, person=other, role="maker", by=ana, now=NOON) == first


def test_it_refuses_a_person_of_another_case(item: Item, ana: Actor, open_another: Callable[..., Case]) -> None:
    stranger = add_person(case=open_another(), role="child", by=ana, now=NOON)
    with pytest.raises(NotOfThisCase):
        record_depiction(item=item, child=stranger, by=ana, now=NOON)
    with pytest.raises(NotOfThisCase):
        record_item_role(item=item, person=stranger, role="maker", by=ana, now=NOON)
