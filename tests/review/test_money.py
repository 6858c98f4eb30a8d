"""The trail of money: wallets and accounts with what was paid and disclosed, met in other cases by equality alone, and handed on in the package."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from tests.review.conftest import as_actor
from tests.review.test_groupings import page_of
from tests.review.test_pages import Enter, enter
from tests.review.test_stacks import Report, report
from tests.support.cast import NOON

from cairndesk.accounts.models import Organisation, Person
from cairndesk.accounts.rules import Actor, Role
from cairndesk.cases import actions
from cairndesk.cases.errors import SomethingRestsOnIt
from cairndesk.cases.models import Case, Disclosure, Item, Payment
from cairndesk.custody.queries import entries_about
from cairndesk.exchange.formats import casefile, summary
from cairndesk.lib.ids import new_id
from cairndesk.response import queries
from cairndesk.response.queries import extent_of
from cairndesk.review.queries.money import trail_of
from cairndesk.review.rules.known import Kind

__all__ = ["enter", "report"]
pytestmark = [pytest.mark.django_db, pytest.mark.slow]
WALLET, HANDLE, REFERENCE = "0x" + "ab" * 20, "kelp.pays", "STR/2026-00 417"


@pytest.fixture
def ana(enrol: Callable[..., Person], one: Organisation) -> Actor:
    return as_actor(enrol(one, "Ana", Role.SUPERVISOR))


@pytest.fixture
def anas(ana: Actor, enter: Enter) -> Client:
    return enter(Person.objects.get(pk=ana.id))


def send(browser: Client, case: Case, kind: Kind, answers: dict[str, Any]) -> str:
    url = reverse("review:record", args=[case.pk, kind])
    return browser.post(url, {"once": str(new_id()), "seen": "", **answers}, follow=True).content.decode()


@pytest.mark.req("INV-14", "FIN-02")
def test_payment_indicators_and_disclosures_stand_on_the_case_meet_other_cases_and_go_with_the_package(
    report: Report, ana: Actor, anas: Client, django_assert_max_num_queries: Any
) -> None:
    case, other, third = report(), report(), report()
    assert "Recorded" in send(anas, case, Kind.ITEMS, {"lines": WALLET, "as_kind": "wallet", "chain": "ethereum"})
    assert "Recorded" in send(anas, case, Kind.ITEMS, {"lines": HANDLE, "as_kind": "payment_account", "service": "tide-pay"})
    wallet = Item.objects.get(case=case, kind="wallet")
    paid = {"rail": "cryptocurrency", "amount_band": "to_250", "paid": "paid_once", "at": "2026-10-02T08:30", "wallet": str(wallet.pk)}
    assert "Recorded" in send(anas, case, Kind.PAYMENT, paid)
    assert "Recorded" in send(anas, case, Kind.PAYMENT, {"rail": "gift_card", "amount_band": "under_50"})
    told = {"filer": "virtual_currency", "recipient": "intelligence_unit", "at": "2026-10-05T10:00", "reference": REFERENCE}
    assert "Recorded: a financial disclosure" in send(anas, case, Kind.DISCLOSURE, told | {"wallet": str(wallet.pk)})
    for held, kind, value in ((other, "wallet", WALLET.upper().replace("0X", "0x")), (third, "disclosure", f" {REFERENCE.lower()} ")):
        actions.add_item(case=held, kind=kind, identifier=value, by=ana, now=NOON)
    assert f'href="{reverse("review:money", args=[case.pk])}"' in page_of(anas, "case", case.pk)
    with django_assert_max_num_queries(30):
        page = page_of(anas, "money", case.pk)
    rows = re.findall(r"<tr>(.*?)</tr>", page[page.index("<tbody>") : page.index("</tbody>")], re.DOTALL)
    assert [re.findall(r'class="number">(\d+)<', row) for row in rows] == [["1"], ["0"]], "the wallet stands in one other case, the account in none"
    assert all(
        words in rows[0] for words in ("Ethereum", "50 to 250", "2026-10-02 08:30 UTC", "Virtual currency service", "Financial intelligence unit")
    )
    assert "tide-pay" in rows[1]
    assert "Gift card" in page[page.index("Payments through nothing") :]
    assert "the same reference stands in 1 other case" in page
    for sealed in (WALLET, HANDLE, REFERENCE, "00417"):
        assert sealed not in page + page_of(anas, "known", case.pk)
    disclosure = Disclosure.objects.get()
    assert (disclosure.wallet, disclosure.recorded_by, disclosure.at) == (wallet, ana.pseudonym, datetime(2026, 10, 5, 10, tzinfo=UTC))
    opened = anas.post(reverse("review:item", args=[case.pk, disclosure.reference_id])).content.decode()
    assert REFERENCE in opened
    assert {"cases.disclosure.recorded", "cases.item.opened"} <= {one.event for one in entries_about(case.pk)}
    # What an authority receives.
    held = queries.case_file(case, queries.Release(case.pk, "Sample police", "basis", "purpose", names_people=False), NOON)
    refs = {one.value: one.ref for one in held.items}
    money = [(one.kind, dict(one.facts), one.at) for one in held.details if one.kind in {casefile.PAYMENT, casefile.DISCLOSURE}]
    assert [kind for kind, _, _ in money] == [casefile.PAYMENT, casefile.PAYMENT, casefile.DISCLOSURE]
    assert money[0][1]["through"] == refs[WALLET]
    assert money[0][1]["amount_band"] == "50 to 250"
    assert money[2][1] | {"reference": refs[REFERENCE], "through": refs[WALLET]} == money[2][1]
    assert money[2][1]["recipient"] == "Financial intelligence unit"
    assert {one.ref: one.notes.get("service") for one in held.items}[refs[HANDLE]] == "tide-pay"
    assert REFERENCE in casefile.write(held).decode()
    assert "Payments and financial disclosures" in summary.write(held).decode()


@pytest.mark.req("INV-14")
def test_what_is_a_childs_is_met_nowhere_and_what_is_taken_back_or_erased_is_gone_from_the_trail(
    report: Report, ana: Actor, enter: Enter, enrol: Callable[..., Person], two: Organisation
) -> None:
    case, other = report(), report()
    incident = actions.describe_incident(case=case, facts={}, by=ana, now=NOON)
    wallet = actions.add_item(case=case, kind="wallet", identifier=WALLET, by=ana, now=NOON)
    actions.add_item(case=other, kind="wallet", identifier=WALLET, by=ana, now=NOON)
    row = actions.record_disclosure(incident=incident, reference=REFERENCE, facts={"filer": "bank"}, wallet=wallet, by=ana, now=NOON)
    assert [one.others for one in trail_of(case).indicators] == [1]
    assert row.reference.identifier_id in extent_of(case).sealed, "erasing the case takes the reference"
    for held in (wallet, row.reference):
        with pytest.raises(SomethingRestsOnIt):
            actions.take_back(case=case, fact=held, by=ana, now=NOON)
    actions.add_person(case=other, role="person_of_concern", facts={"actor_age": "child"}, by=ana, now=NOON)
    assert [one.others for one in trail_of(case).indicators] == [0]
    actions.take_back(case=case, fact=row, by=ana, now=NOON)
    actions.take_back(case=case, fact=row.reference, by=ana, now=NOON)
    assert (trail_of(case).disclosures, trail_of(case).indicators[0].disclosures) == ((), ())
    release = queries.Release(case.pk, "Sample police", "basis", "purpose", names_people=False)
    assert casefile.DISCLOSURE not in {one.kind for one in queries.case_file(case, release, NOON).details}
    assert not Payment.objects.exists()
    assert enter(enrol(two, "Ola", Role.ANALYST)).get(reverse("review:money", args=[case.pk])).status_code == 404
