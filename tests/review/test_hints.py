"""What a glossary hints at is read beside the opened account, by people of the desk, and nowhere else. The words are made up."""

import re
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse
from tests.house.tree import ROOT
from tests.review.test_pages import anas, at, enter

from cairndesk.accounts.models import Organisation, Person
from cairndesk.accounts.rules import Actor, Role
from cairndesk.cases.actions import add_item
from cairndesk.cases.models import Case
from cairndesk.custody.queries import entries_about
from cairndesk.lib import clock
from cairndesk.review import queries
from cairndesk.signals import glossaries
from cairndesk.signals.actions import import_glossary
from cairndesk.signals.engine.glossary import Confidence, Term
from cairndesk.signals.models import Glossary, GlossaryVersion
from cairndesk.signals.rules import GlossaryPapers
from cairndesk.triage.actions import assess

__all__ = ["anas", "at", "enter"]
pytestmark = pytest.mark.django_db
DISGUISED = "glimm\u0435rfox"  # with a Cyrillic e
WORDS = f"He wrote of a {DISGUISED} and of <b>."


@pytest.fixture
def case(tell: Callable[..., Case], one: Organisation, sam: Actor, at: datetime) -> Iterator[Case]:
    papers = GlossaryPapers(
        name="Terms", owner="Cairn Desk Two", agreement="A-8", terms="Matching only.", provenance="Sealed disk.",
        received_on=date(2020, 1, 1), expires_on=clock.now().date() + timedelta(days=300),
    )  # fmt: skip
    rows = [Term("glimmerfox", "", "en", "a made-up animal", "chat", Confidence.LOW, clock.now().date() + timedelta(days=30))]
    import_glossary(organisation=one.pk, papers=papers, rows=rows, by=sam, now=clock.now())
    yield tell({"more": WORDS}, at=at)
    glossaries.forget()


@pytest.mark.req("DET-14")
def test_the_case_says_that_there_is_a_hint_and_the_opened_account_what_it_means(case: Case, anas: Client) -> None:
    page = anas.get(reverse("review:case", args=[case.pk])).content.decode()
    assert "1 place in what was told, from a glossary: a hint, not a finding" in page
    assert "made-up" not in page
    opened = anas.post(reverse("review:account", args=[case.pk, case.reports.get().pk])).content.decode()
    assert "A hint, not a finding" in opened
    assert f'<q dir="auto">{DISGUISED}</q>' in opened
    for words in ("a made-up animal", "in “In their own words”", "confidence low", "look-alike letters", "Terms, version 1"):
        assert words in opened


def test_an_opened_item_has_its_hints_beside_it(case: Case, anas: Client, sam: Actor, at: datetime) -> None:
    item = add_item(case=case, kind="hashtag", identifier="#glimmerfox", by=sam, now=at)
    assess(case=case, by=sam, now=at)
    opened = anas.post(reverse("review:item", args=[case.pk, item.pk])).content.decode()
    assert '<q dir="auto">glimmerfox</q>' in opened
    assert "a made-up animal" in opened


def test_people_of_another_desk_who_may_read_the_account_read_no_hint(case: Case, one: Organisation, two: Organisation) -> None:
    report = case.reports.get().pk
    assert len(queries.hints(case, report, {"more": WORDS}, reader=one.pk)) == 1
    assert queries.hints(case, report, {"more": WORDS}, reader=two.pk) == []
    assert queries.hints(case, report, {"more": "shorter"}, reader=one.pk) == []


def test_the_first_screen_says_which_terms_are_off(case: Case, anas: Client) -> None:
    assert "overdue for review" not in anas.get(reverse("triage:first")).content.decode()
    GlossaryVersion.objects.update(reviews={clock.now().date().isoformat(): 1})
    assert "Glossary Terms of Cairn Desk Two: 1 term is off, overdue for review" in anas.get(reverse("triage:first")).content.decode()


@pytest.mark.req("CAP-12")
def test_there_are_two_glossaries_and_the_restricted_one_opens_to_trained_people_who_judge(
    case: Case, anas: Client, enrol: Callable[..., Person], enter: Callable[[Person], Client], one: Organisation, two: Organisation
) -> None:
    approved = unescape(anas.get(reverse("review:glossary")).content.decode())
    for row in ("technology is a means", "child sexual abuse material", "person of concern", "Words we do not write", "until a court has found it"):
        assert row.lower() in approved.lower()
    assert "glimmerfox" not in approved
    held = Glossary.objects.get(organisation=one)
    door, lists = reverse("signals:read_terms", args=[held.pk]), anas.get(reverse("signals:lists")).content.decode()
    assert door in lists
    assert "glimmerfox" not in lists
    opened = anas.post(door)
    restricted = opened.content.decode()
    assert all(words in restricted for words in ("glimmerfox", "a made-up animal", "for nothing else"))
    assert "person of concern" not in restricted
    assert (opened["Cache-Control"], entries_about(held.pk)[-1].event) == ("no-store", "signals.glossary.read")
    # Nobody who only answers calls, looks after the desk or checks it; nobody untrained; nobody of another organisation.
    others = [enrol(one, role.value, role) for role in (Role.CALL_TAKER, Role.LIAISON, Role.ADMINISTRATOR, Role.AUDITOR)]
    late = enrol(one, "Late", Role.ANALYST)
    Person.objects.filter(pk=late.pk).update(credential_until=clock.now().date() - timedelta(days=1))
    for person, status in ((late, 403), (enrol(two, "Oto", Role.ANALYST), 404), *((one, 403) for one in others)):
        answer = enter(person).post(door)
        assert (answer.status_code, b"glimmerfox" in answer.content) == (status, False)
    assert door not in enter(others[2]).get(reverse("signals:lists")).content.decode()
    assert anas.get(door).status_code == 405


def test_the_glossary_of_the_desk_is_that_of_the_manual(anas: Client) -> None:
    page = unescape(anas.get(reverse("review:glossary")).content.decode())
    written = (ROOT / "docs" / "glossary.md").read_text("utf-8")
    terms = re.findall(r"^\| ([^|]+) \| ", written, re.MULTILINE)
    assert len(terms) > 100
    assert [term for term in terms if f">{term}</th>" not in page and term not in {"term", "not"}] == []
