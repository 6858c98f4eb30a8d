"""How somebody who was harmed is called: as they wish, else as the organisation does (TRM-05)."""

import json
from collections.abc import Callable
from datetime import datetime
from html import unescape

import pytest
from django.test import Client
from tests.review.conftest import as_actor
from tests.review.test_pages import Enter, Tell, anas, at, enter, url

from cairndesk.accounts.models import Organisation, Person
from cairndesk.accounts.rules import Role
from cairndesk.cases import taxonomy
from cairndesk.cases.actions import add_person, amend_person, read_identity
from cairndesk.cases.models import Case
from cairndesk.cases.rules.wording import OWN, USUAL, WORDS, said, word_for, word_of_all
from cairndesk.directory.actions import set_portal
from cairndesk.directory.errors import SheetUnreadable
from cairndesk.directory.portals import WORDINGS, template
from cairndesk.exchange.formats import casefile
from cairndesk.lib.ids import new_id
from cairndesk.response.forms import ConsentForm
from cairndesk.response.queries.casefile import Release, case_file
from cairndesk.review.queries.wording import word_in
from cairndesk.review.rewording import reworded
from cairndesk.review.rules.known import Kind

__all__ = ["anas", "at", "enter"]
PLAIN = "Adult victim/survivor"


def test_the_words_are_those_of_the_taxonomy_and_the_one_choice_beats_the_usual_one() -> None:
    assert {*WORDS, OWN} == set(taxonomy.family("preferred_term").codes)
    assert set(WORDINGS) == set(WORDS)
    assert word_for("not_asked", "survivor") == WORDS["survivor"]
    assert word_for("victim", "survivor") == WORDS["victim"]
    assert word_for(OWN, "victim").one == "person who was harmed"
    assert word_for("declined") == WORDS[USUAL]
    assert word_of_all(["survivor", "not_asked"]) == WORDS["survivor"]
    assert word_of_all(["survivor", "victim"], "victim_survivor") == WORDS[USUAL]
    assert said("Adult victim/survivor; Victims and survivors.", WORDS["survivor"]) == "Adult survivor; Survivors."


@pytest.mark.slow
@pytest.mark.req("TRM-05")
@pytest.mark.django_db
def test_an_organisation_sets_its_word_and_each_person_their_own_on_pages_and_in_packages(
    tell: Tell, enrol: Callable[..., Person], one: Organisation, anas: Client, at: datetime
) -> None:
    sam = as_actor(enrol(one, "Sam", Role.SUPERVISOR))
    case = tell(at=at)
    anas.post(url("claim", case))
    held = Case.objects.get(pk=case.pk)
    people = [add_person(case=held, role="adult_survivor", facts={}, by=sam, now=at) for _ in range(3)]

    def on_the_page() -> str:
        return unescape(anas.get(url("known", case)).content.decode())

    def in_the_package() -> list[str]:
        why = Release(new_id(), "Police unit", "by law", "protection", names_people=False)
        packed = json.loads(casefile.write(case_file(Case.objects.get(pk=case.pk), why, at)))
        return [person["role"] for person in packed["people"] if person["role"] != "Child"]

    assert on_the_page().count(PLAIN) >= 3
    assert in_the_package() == [PLAIN] * 3
    set_portal(text=template().replace('wording = "victim_survivor"', 'wording = "victim"'), by=sam, now=at)
    amend_person(person=people[0], facts={"preferred_term": "survivor"}, by=sam, now=at)
    amend_person(person=people[1], facts={"preferred_term": OWN}, by=sam, now=at)
    assert sorted(in_the_package()) == ["Adult person who was harmed", "Adult survivor", "Adult victim"]
    page = on_the_page()
    assert PLAIN not in page
    assert all(words in page for words in ("Adult survivor", "Adult person who was harmed", "Adult victim"))
    # Also in the words around a question, and never in the question after the word itself.
    support = unescape(anas.get(url("record", case, Kind.SUPPORT, people[0].pk)).content.decode())
    assert "What the child or survivor may need." in support
    again = unescape(anas.get(url("record", case, Kind.PERSON, people[0].pk)).content.decode())
    assert all(f">{label}<" in again for label in ("Victim/survivor", "Victim", "Survivor"))
    # Where the people of a case do not agree, the organisation's word stands.
    assert word_in(held) == WORDS["victim"]
    assert ("survivor", "the victim") in reworded(ConsentForm(), lambda: word_in(held)).fields["by_whom"].choices  # type: ignore[attr-defined]


@pytest.mark.django_db
def test_no_organisation_gives_itself_another_word(one: Organisation, enrol: Callable[..., Person], enter: Enter, at: datetime) -> None:
    with pytest.raises(SheetUnreadable, match="wording: write one of"):
        set_portal(text='wording = "own_word"', by=as_actor(enrol(one, "Sam", Role.SUPERVISOR)), now=at)


@pytest.mark.django_db
def test_a_word_of_ones_own_is_sealed_with_who_one_is(
    tell: Tell, enrol: Callable[..., Person], one: Organisation, anas: Client, at: datetime
) -> None:
    case = tell(at=at)
    anas.post(url("claim", case))
    sam = as_actor(enrol(one, "Sam", Role.SUPERVISOR))
    child = add_person(case=Case.objects.get(pk=case.pk), role="child", facts={}, by=sam, now=at)
    anas.post(url("identity", case, child.pk), {"word": "warrior"})
    child.refresh_from_db()
    assert read_identity(person=child, reason="referral", by=sam, now=at) == {"word": "warrior"}
