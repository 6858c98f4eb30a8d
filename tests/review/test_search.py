"""Search: a number, what is equal by its blind index, and words that the unlocked desk holds in memory."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries
from tests.review.test_known import anas, enter
from tests.support.cast import NOON

from cairndesk.accounts.models import Organisation
from cairndesk.accounts.rules import Actor, GrantPurpose
from cairndesk.cases import actions as cases
from cairndesk.cases.models import Case, Item
from cairndesk.cases.queries import suggested_links
from cairndesk.custody.models import LogOpening
from cairndesk.review import actions, recall
from cairndesk.review.actions.search import Because, Found, search
from cairndesk.review.queries.state import state_of
from cairndesk.review.rules.known import HOLDER, Kind
from cairndesk.review.rules.search import MOST_WORDS, case_number, equal_terms, is_one_slip
from cairndesk.triage.actions import assess
from cairndesk.triage.rules.words import words_in

__all__ = ["anas", "enter"]
Tell = Callable[..., Case]
LATER = NOON + timedelta(hours=1)


@pytest.fixture(autouse=True)
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[recall.Recall]:
    """An index of this test alone; who takes in says so."""
    index = recall.Recall()
    monkeypatch.setattr(recall, "HELD", index)
    yield index
    index.lock()


def numbers(found: Found, because: Because | None = None) -> list[str]:
    return [case.number for case, why in found.cases if because is None or because in why]


def all_in(held: recall.Recall, now: datetime = NOON) -> None:
    while held.take_in(now=now):
        pass


@pytest.mark.slow
@given(st.text(max_size=60))
def test_words_are_the_same_however_often_they_are_taken(text: str) -> None:
    words = list(words_in(text))
    assert all(0 < len(word) <= 40 for word in words)
    assert set(words_in(" ".join(words))) <= {part for word in words for part in words_in(word)}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Don't TELL anybody, please!", {"don", "tell", "anybody", "please"}),
        ("उसने मुझे लिखा", {"उसने", "मुझे", "लिखा"}),
        ("كتب لي رسالة", {"كتب", "لي", "رسالة"}),
        ("他给我写信", {"他给", "给我", "我写", "写信"}),
    ],
)
def test_words_of_any_script_are_taken_whole_or_where_there_are_no_blanks_by_pairs(text: str, words: set[str]) -> None:
    assert set(words_in(text)) == {part for word in words for part in words_in(word)}
    assert len(set(words_in(text))) == len(words)


def test_one_slip_of_the_hand_is_one_letter_more_less_other_or_changed() -> None:
    for near in ("hrbour", "harbbour", "harbonr", "habrour", "harbou", "xharbour"):
        assert is_one_slip("harbour", near), near
        assert is_one_slip(near, "harbour"), near
    for far in ("harbour", "hbrour", "arbuor", "haven", "harbourss"):
        assert not is_one_slip("harbour", far), far


@pytest.mark.parametrize("said", ["ABCD-EFGH", "abcd efgh", " abcdefgh "])
def test_a_number_is_read_however_it_is_written(said: str) -> None:
    assert case_number(said) == "ABCD-EFGH"
    assert case_number("one two") == case_number("https://x.example/ABCDEFGH") == ""


def test_an_address_asks_for_itself_and_not_for_its_whole_site() -> None:
    found = equal_terms("hxxps://Pictures[.]example/a", [])
    assert ("url", "https://pictures.example/a") in found
    assert "domain" not in {kind for kind, _ in found}
    assert ("domain", "pictures.example") in equal_terms("Pictures[.]example", [])
    assert ("account", "chat-one:someone") in equal_terms("chat-one: @Someone", [])


@pytest.fixture
def named(tell: Tell, ana: Actor) -> Case:
    case = tell({"what": ["found"], "more": "We met at the harbour on Sunday."})
    for kind, identifier, facts in (
        ("url", "https://pictures.example/a?b=1", {}),
        ("account", "Some.One", {"service": "instagram"}),
        ("email", "someone@mail.example", {}),
        ("phone", "+1 555 0100", {}),
        ("wallet", "bc1qexample0000", {}),
        ("media", "a" * 64, {"hash_kind": "sha256"}),
    ):
        cases.add_item(case=case, kind=kind, identifier=identifier, facts=facts, by=ana, now=NOON)
    return case


@pytest.mark.slow
@pytest.mark.parametrize(
    "said",
    [
        "hxxps://pictures[.]example/a?b=1#here",
        "@some.one",
        "instagram:some.one",
        "Someone[at]mail.example",
        "+1 (555) 0100",
        "BC1QEXAMPLE0000",
        "A" * 64,
    ],
)
def test_what_is_equal_is_found_however_it_is_written_and_nothing_else(said: str, named: Case, tell: Tell, ana: Actor) -> None:
    other = tell({"what": ["found"]})
    cases.add_item(case=other, kind="url", identifier="https://pictures.example/other", by=ana, now=NOON)
    assert numbers(search(said=said, by=ana, now=LATER)) == [named.number]
    assert numbers(search(said=f"z{said}", by=ana, now=LATER)) == []


@pytest.mark.slow
def test_a_word_finds_its_case_as_it_is_by_its_beginning_and_but_for_a_slip(named: Case, tell: Tell, ana: Actor, held: recall.Recall) -> None:
    other = tell({"what": ["found"], "more": "He said harbours are far."}, at=NOON + timedelta(minutes=1))
    assert numbers(search(said="harbour", by=ana, now=LATER)) == []
    all_in(held)
    assert numbers(search(said="harbour", by=ana, now=LATER), Because.WORDS) == [named.number, other.number]
    assert numbers(search(said="HARB sund", by=ana, now=LATER)) == [named.number]
    assert numbers(search(said="harbuor", by=ana, now=LATER)) == [named.number]
    assert numbers(search(said="harbour monday", by=ana, now=LATER)) == []
    assert numbers(search(said=named.number.lower(), by=ana, now=LATER), Because.NUMBER) == [named.number]


@pytest.mark.slow
def test_words_find_only_what_the_searcher_could_open_and_nothing_of_another_house(
    tell: Tell, two: Organisation, ana: Actor, sam: Actor, lia: Actor, ola: Actor, held: recall.Recall
) -> None:
    case = tell({"what": ["found"], "more": "lanternfish"})
    tell({"what": ["found"], "more": "lanternfish"}, to=two)
    all_in(held)
    assert numbers(search(said="lanternfish", by=ana, now=LATER)) == [case.number]
    assert case.number not in numbers(search(said="lanternfish", by=ola, now=LATER))
    assert numbers(search(said=case.number, by=ola, now=LATER)) == []
    assert numbers(search(said="lanternfish", by=lia, now=LATER)) == []
    actions.claim(case=case, by=sam, now=NOON)
    assert numbers(search(said="lanternfish", by=ana, now=LATER)) == []
    assert numbers(search(said=case.number, by=ana, now=LATER)) == [case.number]
    assert numbers(search(said="lanternfish", by=sam, now=LATER)) == [case.number]
    Case.objects.filter(pk=case.pk).update(stage="queued", claimed_by="", lease_until=None)
    cases.give_grant(case=case, purpose=GrantPurpose.QUEUE, lasts=timedelta(hours=1), by=ana, now=NOON)
    cases.withdraw_grants(case=case, holder=ana.pseudonym, by=sam, now=NOON)
    assert numbers(search(said="lanternfish", by=ana, now=LATER)) == []


@pytest.mark.slow
@pytest.mark.parametrize("age", ["child", "mixed_group"])
def test_a_case_with_a_child_as_person_of_concern_is_found_by_no_word(age: str, tell: Tell, ana: Actor, held: recall.Recall) -> None:
    case = tell({"what": ["found"], "more": "lanternfish"})
    child = cases.add_person(case=case, role="person_of_concern", facts={"actor_age": age}, by=ana, now=NOON)
    cases.add_item(case=case, kind="email", identifier="kid@mail.example", facts={"holder": child}, by=ana, now=NOON)
    all_in(held)
    for said in ("lanternfish", "kid@mail.example"):
        assert numbers(search(said=said, by=ana, now=LATER)) == [], said
    assert numbers(search(said=case.number, by=ana, now=LATER)) == [case.number]


PROFILE, PAGE = "https://bsky.app/profile/some.kid", "https://pictures.example/a/1"


@pytest.mark.slow
@pytest.mark.parametrize("age", ["child", "mixed_group"])
def test_what_may_be_a_childs_of_concern_finds_and_links_nothing_until_somebody_says_whose_it_is(age: str, tell: Tell, ana: Actor) -> None:
    told = [tell({"what": ["found"], "more": more}) for more in ("one", "another")]
    for case in told:
        for kind, said in (("url", PROFILE), ("email", "kid@mail.example"), ("url", PAGE)):
            cases.add_item(case=case, kind=kind, identifier=said, by=ana, now=NOON)
        assess(case=case, by=ana, now=NOON)
    assert {kind for found in suggested_links(told[0]) for kind in found.kinds} == {"url", "email"}
    assert len(numbers(search(said=PROFILE, by=ana, now=LATER))) == 2
    for case in told:
        cases.add_person(case=case, role="person_of_concern", facts={"actor_age": age}, by=ana, now=NOON)
    for said in (PROFILE, "kid@mail.example"):
        assert numbers(search(said=said, by=ana, now=LATER)) == [], said
    assert len(numbers(search(said=PAGE, by=ana, now=LATER))) == 2, "what shows nobody's account is found as ever"
    assert [found.kinds for found in suggested_links(told[0])] == [("url",)]
    Item.objects.get(case=told[0], names_account=False, kind="url").terms.all().delete()
    assert suggested_links(told[0]) == []
    # An address can be somebody's, and is found again once it is known to be an adult's.
    profile = Item.objects.get(case=told[0], names_account=True)
    assert HOLDER in state_of(told[0], Kind.ITEM, profile)
    adult = cases.add_person(case=told[0], role="person_of_concern", facts={"actor_age": "adult"}, by=ana, now=NOON)
    cases.amend_item(item=profile, facts={HOLDER: adult}, by=ana, now=NOON)
    assert numbers(search(said=PROFILE, by=ana, now=LATER)) == [told[0].number]


@pytest.mark.slow
def test_the_nearest_that_others_may_open_leave_no_room_out_for_ones_own(
    tell: Tell, ana: Actor, sam: Actor, held: recall.Recall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recall, "MOST_FOUND", 2)
    monkeypatch.setattr(recall, "AT_ONCE", 1)
    own = tell({"what": ["found"], "more": "lanternfish"})
    for minutes in range(1, 4):
        actions.claim(case=tell({"what": ["found"], "more": "lanternfish"}, at=NOON + timedelta(minutes=minutes)), by=sam, now=NOON)
    all_in(held)
    assert numbers(search(said="lanternfish", by=ana, now=LATER)) == [own.number]
    assert len(numbers(search(said="lanternfish", by=sam, now=LATER))) == 2


@pytest.mark.slow
def test_words_are_looked_for_before_anything_holds_the_database_and_only_the_first_ones(
    tell: Tell, ana: Actor, held: recall.Recall, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = " ".join(f"pebble{number:02}" for number in range(MOST_WORDS))
    case = tell({"what": ["found"], "more": told})
    all_in(held)
    find, seen = held.find, []

    def watched(organisation: UUID, wanted: list[str], **more: Any) -> list[UUID]:
        seen.append((len(wanted), len(connection.savepoint_ids)))
        return find(organisation, wanted, **more)

    monkeypatch.setattr(held, "find", watched)
    outside = len(connection.savepoint_ids)
    found = search(said=f"{told} {told}", by=ana, now=LATER)
    assert (numbers(found), found.is_cut) == ([case.number], False)
    found = search(said=f"{told} lanternfish", by=ana, now=LATER)
    assert (numbers(found), found.is_cut) == ([case.number], True)
    assert seen == [(MOST_WORDS, outside), (MOST_WORDS, outside)]


@pytest.mark.slow
def test_no_word_is_looked_through_once_nothing_is_left(named: Case, ana: Actor, held: recall.Recall, monkeypatch: pytest.MonkeyPatch) -> None:
    all_in(held)
    met, asked = held._met, []

    def watched(word: str, among: Any) -> dict[int, int]:
        asked.append(word)
        return met(word, among)

    monkeypatch.setattr(held, "_met", watched)
    assert numbers(search(said="met harbour lanternfish", by=ana, now=LATER)) == []
    assert asked == ["lanternfish"]


def test_each_search_is_one_entry_of_numbers_and_holds_nothing_of_what_was_asked(named: Case, ana: Actor, held: recall.Recall) -> None:
    all_in(held)
    before = LogOpening.objects.count()
    search(said="harbour", by=ana, now=LATER)
    search(said="nothing like it", by=ana, now=LATER)
    told = [one.detail for one in LogOpening.objects.order_by("entry_id")[before:]]
    assert [{name: one[name] for name in ("number", "equal", "words")} for one in told] == [
        {"number": 0, "equal": 0, "words": 1},
        {"number": 0, "equal": 0, "words": 0},
    ]
    assert "harbour" not in repr(told)


@pytest.mark.slow
def test_the_page_finds_by_what_is_sent_and_an_address_holds_nothing(
    named: Case, anas: Client, held: recall.Recall, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    all_in(held)
    browser = anas
    page = browser.get("/search/?said=harbour")
    assert page.status_code == 200
    assert named.number not in page.content.decode().partition("<main")[2]
    with django_assert_max_num_queries(30):
        answer = browser.post("/search/", {"said": "harbour"})
    assert answer["Cache-Control"] == "no-store"
    shown = answer.content.decode().partition("<main")[2]
    assert named.number in shown
    assert "by words of an account" in shown
    assert "Sunday" not in shown
    assert "harbour" not in shown.replace('value="harbour"', "")
    assert "The words of all 1 accounts can be found." in shown
    assert "Only the first" not in shown
    many = browser.post("/search/", {"said": " ".join(f"pebble{number:02}" for number in range(MOST_WORDS + 1))})
    assert f"Only the first {MOST_WORDS} words were searched for." in many.content.decode()
    assert browser.post("/search/", {"said": " "}).status_code == 422
    assert browser.post("/search/", {"said": "x" * 2001}).status_code == 422
    assert "could not be looked for" not in page.content.decode()
    held._is_behind = True
    assert "Accounts that came since could not be looked for." in browser.get("/search/").content.decode()
    for where in ("/", f"/cases/{named.pk}/"):
        assert 'role="search"' in browser.get(where).content.decode()
