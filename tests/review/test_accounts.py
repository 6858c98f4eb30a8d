"""An account is a target of its own: whose it is, what else that person has, where else it is, and what became of it; no content is needed."""

from collections.abc import Callable
from datetime import date

import pytest
from django.test import Client
from tests.review.test_known import anas, case, enter, url
from tests.review.test_known_more import by, door, send

from cairndesk.accounts.models import Organisation
from cairndesk.accounts.rules import Actor
from cairndesk.cases import actions as cases
from cairndesk.cases.models import Case
from cairndesk.cases.queries import aliases
from cairndesk.lib import clock
from cairndesk.review.rules.known import Kind
from cairndesk.signals import shelf
from cairndesk.signals.actions import import_list
from cairndesk.signals.engine.identifiers import account
from cairndesk.signals.engine.lists import Row
from cairndesk.signals.rules import Papers

__all__ = ["anas", "by", "case", "enter"]
pytestmark = [pytest.mark.django_db, pytest.mark.slow]
PAPERS = Papers(
    name="Partner list", owner="Cairn Desk Two", agreement="A-7", terms="Matching only.", provenance="Sealed disk.",
    received_on=date(2020, 1, 1), expires_on=date(2100, 1, 1),
)  # fmt: skip
LINES = "https://www.instagram.com/Some.One/\naccount:telegram/@other_one"


@pytest.mark.req("DET-09")
def test_an_account_is_known_by_its_person_its_aliases_its_links_and_its_history(
    case: Case, tell: Callable[..., Case], one: Organisation, sam: Actor, anas: Client, by: dict[str, object]
) -> None:
    person = cases.add_person(case=case, role="person_of_concern", **by)
    import_list(organisation=one.pk, papers=PAPERS, rows=[Row(1, (account("insta", "@some.one"),))], by=sam, now=clock.now())
    other = tell(at=clock.now())
    cases.add_item(case=other, kind="account", identifier="@Other_One", facts={"service": "telegram"}, **by)
    send(anas, door(case, Kind.ITEMS), {"lines": LINES, "as_kind": ""})
    first, second = case.items.filter(kind="account").order_by("service")
    for item in (first, second):
        page = send(anas, door(case, Kind.ITEM, item), {"holder": str(person.pk), "account_action": ["suspended"]})
    assert all(f"{words}; of Person 1: Person of concern" in page for words in ("service instagram", "service telegram"))
    first.refresh_from_db()
    assert list(aliases(first)) == [second]
    cases.record_sighting(item=first, seen_at=clock.now(), **by)
    opened = anas.post(url("item", case, first.pk)).content.decode()
    for words in ("some[.]one", "Also of the same person: Account ", "First seen", "Exact match on <bdi>Partner list</bdi>"):
        assert words in opened
    page = anas.get(url("case", case)).content.decode()
    assert f"{other.number}</a> shares: account" in page
    assert list(case.items.filter(kind="media")) == []
    shelf.of.cache_clear()


def test_an_account_of_somebody_is_taken_off_that_person_again(case: Case, anas: Client, by: dict[str, object]) -> None:
    person = cases.add_person(case=case, role="person_of_concern", **by)
    item = cases.add_item(case=case, kind="account", identifier="some.one", facts={"holder": person}, **by)
    send(anas, door(case, Kind.ITEM, item), {"holder": ""})
    item.refresh_from_db()
    assert item.holder is None
    assert list(aliases(item)) == []


def test_only_what_can_be_somebodys_is_asked_whose_it_is(case: Case, anas: Client, by: dict[str, object]) -> None:
    held = {kind: cases.add_item(case=case, kind=kind, identifier="https://pics.example/a", **by) for kind in ("search_result", "url", "wallet")}
    for item in held.values():
        assert "Whose is it?" not in anas.get(door(case, Kind.ITEM, item)).content.decode()
    cases.add_person(case=case, role="person_of_concern", **by)
    shown = {kind: "Whose is it?" in anas.get(door(case, Kind.ITEM, item)).content.decode() for kind, item in held.items()}
    assert shown == {"search_result": False, "url": True, "wallet": True}
