"""The graph of what cases share: a table first, the same drawn, and never what is sealed, of a child actor, or of another organisation."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from tests.review.conftest import as_actor
from tests.review.test_pages import Enter, enter
from tests.review.test_stacks import Report, report
from tests.support.cast import NOON

from cairndesk.accounts.models import Organisation, Person
from cairndesk.accounts.rules import SYSTEM, Actor, Role
from cairndesk.cases.actions import Named, add_item, add_person, link_cases
from cairndesk.cases.models import Case
from cairndesk.review.queries.graph import graph, most_shared

__all__ = ["enter", "report"]
pytestmark = [pytest.mark.django_db, pytest.mark.slow]
LINK, SELLER = Named("url", "https://pics.driftwood.example/album/5512"), Named("account", "gull__gull", service="harbour-chat")
WALLET, PHONE = Named("wallet", "0x" + "ab" * 20), Named("phone", "+31 6 1234 5678")


@pytest.fixture
def anas(enrol: Callable[..., Person], one: Organisation, enter: Enter) -> Client:
    return enter(enrol(one, "Ana", Role.ANALYST))


def hashed(case: Case, value: str) -> None:
    add_item(case=case, kind="media", identifier=value, facts={"hash_kind": "sha256"}, by=SYSTEM, now=NOON)


@pytest.mark.req("INV-05")
def test_accounts_addresses_wallets_phones_and_hashes_join_cases_in_a_table_and_a_drawing_for_staff_alone(
    report: Report, anas: Client, enrol: Callable[..., Person], ana: Actor, two: Organisation, enter: Enter
) -> None:
    middle, by_link, by_person, far = report(LINK, SELLER, WALLET), report(LINK), report(SELLER, WALLET, PHONE), report(PHONE)
    elsewhere = report(LINK, SELLER, to=two)
    hashed(middle, "ab" * 32)
    hashed(by_link, "ab" * 32)
    found = graph(middle, by=SYSTEM)
    of = {middle.pk: "middle", by_link.pk: "link", by_person.pk: "person"}
    assert {re.sub(r"\W*\d$", "", one.name): sorted(of[case] for case in one.cases) for one in found.entities} == {
        "web address": ["link", "middle"],
        "account": ["middle", "person"],
        "wallet": ["middle", "person"],
        "phone number": ["person"],
        "file by SHA-256": ["link", "middle"],
    }
    page = anas.get(reverse("review:graph", args=[middle.pk])).content.decode()
    assert set(re.findall(r'class="id" href="[^"]+">(\S+)</a>', page)) >= {by_link.number, by_person.number}
    assert elsewhere.number not in page
    assert page.index("<table>") < page.index("<svg"), "the table comes first"
    assert len(re.findall(r"<line ", page)) == sum(len(one.cases) for one in found.entities)
    assert "harbour-chat" in page
    for sealed in ("gull__gull", "driftwood", "ab" * 20, "1234"):
        assert sealed not in page
    onward = anas.get(reverse("review:graph", args=[by_person.pk])).content.decode()
    assert far.number in onward, "one looks on from case to case"
    assert [(many, case.organisation_id) for _, _, many, case in most_shared(by=ana, most=10)] == [(2, middle.organisation_id)] * 5
    assert "Look on from" in anas.get(reverse("review:shared")).content.decode()
    doors = [reverse("review:graph", args=[middle.pk]), reverse("review:shared")]
    assert {Client().get(door).status_code for door in doors} == {302}
    others = enter(enrol(two, "Ola", Role.ANALYST))
    assert others.get(doors[0]).status_code == 404
    assert middle.number not in others.get(doors[1]).content.decode()


def test_what_belongs_to_a_child_who_is_a_person_of_concern_is_no_part_of_it(report: Report, ana: Actor, anas: Client) -> None:
    middle, other = report(SELLER, WALLET), report(SELLER, WALLET)
    add_person(case=other, role="person_of_concern", facts={"actor_age": "child"}, by=SYSTEM, now=NOON)
    assert (graph(middle, by=SYSTEM).entities, graph(middle, by=SYSTEM).neighbours) == ((), ())
    assert most_shared(by=ana, most=10) == []
    assert "It shares nothing." in anas.get(reverse("review:graph", args=[middle.pk])).content.decode()


def test_a_person_links_or_keeps_apart_from_the_table(report: Report, anas: Client, enrol: Callable[..., Person], one: Organisation) -> None:
    middle, linked, apart = report(LINK), report(LINK), report(LINK)
    sam = as_actor(enrol(one, "Sam", Role.SUPERVISOR))
    link_cases(one=middle, other=linked, kind="same_event", by=sam, now=NOON)
    page = anas.get(reverse("review:graph", args=[middle.pk])).content.decode()
    assert "linked: same event" in page
    assert f"Keep {apart.number} apart" in page
    anas.post(reverse("review:apart", args=[middle.pk, apart.pk]))
    page = anas.get(reverse("review:graph", args=[middle.pk])).content.decode()
    assert "<td>kept apart</td>" in page


def test_what_is_in_many_cases_costs_no_more_statements(report: Report, anas: Client, django_assert_max_num_queries: Any) -> None:
    middle = report(LINK, SELLER)
    for _ in range(40):
        report(LINK)
    with django_assert_max_num_queries(30):
        page = anas.get(reverse("review:graph", args=[middle.pk])).content.decode()
    assert '<td class="number">41</td>' in page
    assert "There is more than fits here." in page
