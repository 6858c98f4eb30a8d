"""What a case names meets the lists, whichever way it is written."""

from collections.abc import Iterator
from datetime import date, timedelta
from io import BytesIO

import pytest
from tests.support.cast import NOON

from cairndesk.accounts.models import Organisation
from cairndesk.accounts.rules import SYSTEM, Actor
from cairndesk.cases.actions import Named, ReportFacts, add_item, amend_item, open_case
from cairndesk.cases.models import Case
from cairndesk.cases.queries import identifier_of
from cairndesk.custody.sealing.keyring import Keyring
from cairndesk.signals import glossaries, shelf
from cairndesk.signals.actions import forget_case, import_glossary, import_list
from cairndesk.signals.engine.glossary import Confidence, Term
from cairndesk.signals.engine.lists import Format, parse
from cairndesk.signals.models import ItemAsked, Match, TermMatch
from cairndesk.signals.rules import GlossaryPapers, Papers
from cairndesk.triage.actions import take_in

LISTED = b"""kind,value,label
url_prefix,https://pics.example/b/,place
wallet,bitcoin:1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa,wallet
wallet,1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb,mistyped
account,instagram/some.one,account
url,https://pics.example/a?utm_source=letter,link
"""
DATES = {"received_on": date(2026, 1, 1), "expires_on": date(2027, 1, 1)}
PAPERS = Papers(
    name="Partner list", owner="Cairn Desk Two", agreement="A-7", terms="Matching only.", provenance="Sealed disk.", **DATES,
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


def told(one: Organisation, words: str, **named: object) -> Case:
    facts = ReportFacts(source="child", channel="portal", path="child", language="en", told={"answers": {"what": ["found"], "more": words}}, **named)
    case = open_case(organisation=one, report=facts, by=SYSTEM, now=NOON)
    take_in(case=case, now=NOON)
    return case


def items(case: Case) -> list[tuple[str, str]]:
    return [(item.kind, identifier_of(item)) for item in case.items.order_by("added_at", "pk")]


@pytest.mark.django_db
def test_what_stands_in_the_words_becomes_an_item_where_it_is_listed_and_only_there(ring: Keyring, one: Organisation, listed: list[str]) -> None:
    words = "Pay 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa he said, insta: Some.One! Mine is @not_listed on Telegram, +44 20 7946 0123, me@example.org."
    case = told(one, words)
    assert sorted(items(case)) == [("account", "some.one"), ("wallet", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa")]
    assert case.items.get(kind="account").service == "instagram"
    assert sorted(Match.objects.filter(case=case.pk).values_list("entry__label", flat=True)) == ["account", "wallet"]
    take_in(case=case, now=NOON)
    assert len(items(case)) == 2


@pytest.mark.django_db
def test_what_is_an_item_already_is_not_added_again(ring: Keyring, one: Organisation, listed: list[str]) -> None:
    case = told(one, "see https://pics.example/b/1?utm_source=x", named=[Named("url", "hxxps://pics[.]example/b/1?utm_source=x")])
    assert len(items(case)) == 1


@pytest.mark.slow
@pytest.mark.django_db
def test_each_item_is_counted_once_for_each_list_that_could_have_it(ring: Keyring, one: Organisation, sam: Actor, listed: list[str]) -> None:
    """However often the case is assessed; one that is listed later counts as met from then on, and what is forgotten counts no more."""
    met, other, wallet = (Named("url", "https://pics.example/b/1"), Named("url", "https://new.example/x"), Named("domain", "site.example"))
    case = told(one, "", named=[met, other, wallet])
    take_in(case=case, now=NOON + timedelta(days=1))
    counted = ItemAsked.objects.filter(list__name="Partner list").order_by("met")
    assert list(counted.values_list("day", "met")) == [(NOON.date(), False), (NOON.date(), True)], "a domain is on no list"
    rows = parse(BytesIO(b"kind,value,label\nurl,https://new.example/x,new\n"), Format.CSV, {"kind": "kind", "value": "value", "label": "label"})
    import_list(organisation=one.pk, papers=PAPERS, rows=rows, by=sam, now=NOON)
    take_in(case=case, now=NOON)
    assert list(counted.values_list("met", flat=True)) == [True, True]
    forget_case(case=case.pk, now=NOON)
    assert not counted.exists()


@pytest.mark.django_db
def test_a_file_with_several_hashes_is_counted_as_one_item(ring: Keyring, one: Organisation, sam: Actor) -> None:
    content = f"kind,value\nmd5,{'a' * 32}\nsha256,{'b' * 64}\n".encode()
    import_list(organisation=one.pk, papers=PAPERS, rows=parse(BytesIO(content), Format.CSV, {"kind": "kind", "value": "value"}), by=sam, now=NOON)
    case = told(one, "")
    first, further = (
        add_item(case=case, kind="media", identifier=value, facts={"hash_kind": kind}, by=SYSTEM, now=NOON)
        for kind, value in (("sha256", "b" * 64), ("md5", "c" * 32))
    )
    further.same_file_as = first
    further.save()
    take_in(case=case, now=NOON)
    assert list(ItemAsked.objects.values_list("item", "met")) == [(first.pk, True)]


@pytest.fixture
def glossary(one: Organisation, sam: Actor, ring: Keyring) -> Iterator[None]:
    papers = GlossaryPapers(**{name: getattr(PAPERS, name) for name in ("owner", "agreement", "terms", "provenance")}, name="Terms", **DATES)
    rows = [Term("glimmerfox", "", "en", "a made-up animal", "", Confidence.LOW, date(2026, 12, 1))]
    import_glossary(organisation=one.pk, papers=papers, rows=rows, by=sam, now=NOON)
    yield
    glossaries.forget()


@pytest.mark.django_db
@pytest.mark.req("DET-14")
def test_words_and_hashtags_that_were_reported_meet_the_glossary_and_leave_the_priority_alone(glossary: None, one: Organisation) -> None:
    plain = told(one, "nothing of the kind")
    case = told(one, "a glimmerfox", named=[Named("hashtag", "#GlimmerFox")])
    report, hashtag = case.reports.get().pk, case.items.get().pk
    found = {(match.source, match.field, match.start, match.end) for match in TermMatch.objects.all()}
    assert found == {(report, "more", 2, 12), (hashtag, "identifier", 1, 11)}
    assert (case.priority, case.assessments.get().reasons) == (plain.priority, plain.assessments.get().reasons)


CHAINS = {
    "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa": ("bitcoin", "bitcoin"),
    "0xde709f2102306220921060314715629080e2fb77": ("ethereum", "not_asked"),
    "TJCnKsPa7y5okkXvQAidZBzqx3QyQ6sxMW": ("tron", "not_asked"),
    "ltc1qw508d6qejxtdg4y5r3zarvary0c5xw7kgmn4n9": ("litecoin", "litecoin"),
    "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb": ("not_asked", "not_asked"),
}


@pytest.mark.django_db
@pytest.mark.req("FIN-03")
@pytest.mark.parametrize("address", CHAINS)
def test_a_wallet_gets_the_chain_of_its_address_and_the_coin_where_only_one_moves_there(ring: Keyring, one: Organisation, address: str) -> None:
    case = told(one, "", named=[Named("wallet", address)])
    wallet = case.items.get()
    assert (wallet.chain, wallet.coin) == CHAINS[address]


@pytest.mark.django_db
def test_what_a_person_said_about_a_wallet_stands(ring: Keyring, one: Organisation, ana: Actor) -> None:
    case = told(one, "", named=[Named("wallet", "0xde709f2102306220921060314715629080e2fb77")])
    amend_item(item=case.items.get(), facts={"chain": "new_or_emerging", "coin": "stablecoin"}, by=ana, now=NOON)
    take_in(case=case, now=NOON)
    assert case.items.values_list("chain", "coin").get() == ("new_or_emerging", "stablecoin")
