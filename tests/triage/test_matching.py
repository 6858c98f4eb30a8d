"""What a case names meets the lists, whichever way it is written."""

from collections.abc import Iterator
from datetime import date
from io import BytesIO

import pytest
from tests.support.cast import NOON

from cairndesk.accounts.models import Organisation
from cairndesk.accounts.rules import SYSTEM, Actor
from cairndesk.cases.actions import Named, ReportFacts, open_case
from cairndesk.custody.sealing.keyring import Keyring
from cairndesk.signals import shelf
from cairndesk.signals.actions import import_list
from cairndesk.signals.engine.lists import Format, parse
from cairndesk.signals.models import Match
from cairndesk.signals.rules import Papers
from cairndesk.triage.actions import take_in

LISTED = b"""kind,value,label
url_prefix,https://pics.example/b/,place
wallet,bitcoin:1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa,wallet
wallet,1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb,mistyped
account,instagram/some.one,account
url,https://pics.example/a?utm_source=letter,link
"""
PAPERS = Papers(
    name="Partner list", owner="Cairn Desk Two", agreement="A-7", terms="Matching only.", provenance="Sealed disk.",
    received_on=date(2026, 1, 1), expires_on=date(2027, 1, 1),
)  # fmt: skip
MEETS = [
    (Named("url", "hxxp://pics[.]example/b/album/1?id=2"), "place", "related", "prefix"),
    (Named("url", "https://pics.example/bb"), None, None, None),
    (Named("wallet", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"), "wallet", "exact", "identity"),
    (Named("wallet", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb"), None, None, None),
    (Named("account", "https://www.instagram.com/Some.One/"), "account", "exact", "identity"),
    (Named("url", "https://www.instagram.com/Some.One/?igsh=1"), "account", "exact", "identity"),
    (Named("account", "some.one"), None, None, None),
    (Named("advert", "https://pics.example/a?fbclid=1"), "link", "exact", "tracking"),
]


@pytest.fixture
def listed(one: Organisation, sam: Actor) -> Iterator[list[str]]:
    rows = parse(BytesIO(LISTED), Format.CSV, {"kind": "kind", "value": "value", "label": "label"})
    done = import_list(organisation=one.pk, papers=PAPERS, rows=rows, by=sam, now=NOON)
    yield [problem.reason for problem in done.problems]
    shelf.of.cache_clear()


@pytest.mark.django_db
def test_a_listed_wallet_with_a_wrong_letter_is_refused_with_its_reason(listed: list[str]) -> None:
    assert len(listed) == 1
    assert "check digits" in listed[0]


@pytest.mark.django_db
@pytest.mark.parametrize(("named", "label", "kind", "form"), MEETS)
def test_what_is_named_meets_what_is_listed(
    ring: Keyring, one: Organisation, listed: list[str], named: Named, label: str | None, kind: str | None, form: str | None
) -> None:
    facts = ReportFacts(source="friend", channel="portal", path="friend", language="en", told={"answers": {}}, named=[named])
    case = open_case(organisation=one, report=facts, by=SYSTEM, now=NOON)
    take_in(case=case, now=NOON)
    found = [(match.entry.label, match.kind, match.form) for match in Match.objects.filter(case=case.pk)]
    assert found == ([(label, kind, form)] if label else [])
