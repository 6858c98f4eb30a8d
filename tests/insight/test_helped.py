"""Which pages helped: read by whoever answers for the desk, the least helpful first, and withheld like every other figure."""

import csv
import io
from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from tests.insight.test_counting import counts, parts, read, tables

from cairndesk.accounts.models import Organisation, Person, RoleGrant
from cairndesk.accounts.rules import Role
from cairndesk.insight import jobs, words
from cairndesk.intake.models import HelpedCount
from cairndesk.intake.portal.first_aid_words import AIDS
from cairndesk.intake.portal.voices import VOICES
from cairndesk.intake.rules import HELPED
from cairndesk.lib import clock

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 6, 3, 12, tzinfo=UTC)
BY_PAGE = "page_answers_by_page"


def said(of: Organisation, page: str, no: int, yes: int, *, month: date = date(2026, 5, 1), language: str = "en", voice: str = "middle") -> None:
    for helped, count in (("no", no), ("yes", yes)):
        HelpedCount.objects.create(organisation=of, month=month, page=page, language=language, voice=voice, helped=helped, count=count)


@pytest.fixture
def much(one: Organisation) -> None:
    said(one, "help/6", 40, 20)
    said(one, "help/1", 30, 90, language="ar", voice="young")
    said(one, "privacy", 90, 30)
    said(one, "next", 60, 60, voice="older")


def signed_in(of: Organisation, role: Role) -> Client:
    client, now = Client(), clock.now()
    person = Person.objects.create(organisation=of, created_at=now, sign_in_name=role, name="Pat")
    RoleGrant.objects.create(person=person, role=role, granted_at=now)
    session = client.session
    session.update({"person": str(person.pk), "proof": "demo", "seen": now.isoformat(), "started": now.isoformat()})
    session.save()
    return client


def test_the_least_helpful_page_stands_first(one: Organisation, two: Organisation, much: None) -> None:
    said(two, "law", 99, 1)
    table = read(tables(one, now=NOW, threshold=10)[BY_PAGE], now=NOW)
    assert list(table)[:4] == ["What we keep, and who sees it", AIDS[6].asked, "Telling, up to the six words", AIDS[1].asked]
    assert table["What we keep, and who sees it"] == {
        "Number of answers about our pages": "120 (29 %)",
        "Did not help": "90 (75 %)",
        "Helped": "30 (25 %)",
    }
    assert (list(table)[-1], table["All"]["Did not help"]) == ("All", "220 (52 %)")
    # Whatever is asked for has a name, also where nobody pressed.
    assert len(table) == len(HELPED["page"].choices) + 1


def test_they_are_divided_by_language_and_voice(one: Organisation, much: None) -> None:
    found = tables(one, now=NOW)
    assert counts(found["page_answers_by_language"]) == {"en": 300, "ar": 120}
    assert list(read(found["page_answers_by_language"], now=NOW)) == ["English", "Arabic", "All"]
    assert counts(found["page_answers_by_voice"]) == {"middle": 180, "older": 120, "young": 120}
    assert parts(found["page_answers_by_voice"], "helped", "young") == {"no": 30, "yes": 90}
    assert {words.name_of("page_answers_by_voice", code) for code in HELPED["voice"].choices} == {str(one.name) for one in VOICES}


@pytest.mark.slow
def test_no_figure_moves_while_its_month_goes_on_and_none_is_older_than_a_year(one: Organisation) -> None:
    said(one, "help/6", 20, 20, month=date(2026, 6, 1))
    assert BY_PAGE not in tables(one, now=NOW)
    said(one, "help/6", 7, 0, month=date(2025, 6, 1))
    said(one, "help/6", 500, 0, month=date(2025, 5, 1))
    assert counts(tables(one, now=NOW)[BY_PAGE]) == {"help/6": 7}
    assert counts(tables(one, now=datetime(2026, 7, 1, tzinfo=UTC))[BY_PAGE]) == {"help/6": 40}


def test_small_counts_are_withheld_and_give_away_nothing_by_their_place(one: Organisation, much: None) -> None:
    said(one, "help/4", 3, 1)
    said(one, "law", 200, 4)
    table = tables(one, now=NOW, threshold=10)[BY_PAGE]
    shown = {cell.code: cell.count for cell in table.cells}
    (split,) = table.splits
    assert shown["help/4"] is None
    assert (split.rows["help/4"], split.rows["law"]) == ((None, None), (None, None))
    assert all(count is None or count == 0 or count >= 10 for row in split.rows.values() for count in row)
    # What is withheld stands behind what is shown, in the order of the pages and not by what it hides.
    hidden = [code for code in shown if split.rows[code] == (None, None)]
    assert hidden == [code for code in HELPED["page"].choices if code in hidden]


@pytest.mark.slow
@pytest.mark.req("PAR-05")
def test_whoever_answers_for_the_desk_reads_them_and_a_call_taker_does_not(one: Organisation, two: Organisation, much: None) -> None:
    said(two, "law", 99, 77)
    HelpedCount.objects.update(month=(clock.now().date().replace(day=1) - timedelta(days=1)).replace(day=1))
    supervisor, taker = signed_in(one, Role.SUPERVISOR), signed_in(one, Role.CALL_TAKER)
    page = supervisor.get(reverse("insight:numbers")).content.decode()
    assert all(title in page for name, title in words.ANSWERS.items() if name.startswith("page_answers"))
    assert page.index("What we keep, and who sees it") < page.index(str(AIDS[6].asked)) < page.index(str(AIDS[1].asked))
    assert "176" not in page
    file = list(csv.reader(io.StringIO(supervisor.get(reverse("insight:export", args=[BY_PAGE])).content.decode())))
    assert file[:2] == [
        ["Category", "Number of answers about our pages", "Did not help", "Helped"],
        ["What we keep, and who sees it", "120", "90", "30"],
    ]
    assert ["note", words.CAVEATS["helped"]] in file
    for where in (reverse("insight:numbers"), reverse("insight:export", args=[BY_PAGE])):
        assert taker.get(where).status_code == 403


def test_by_page_they_are_laid_out_in_public_and_by_reader_they_are_not(one: Organisation, much: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    public = {table["id"]: table for table in dict(jobs._tables(one))["en"]}
    assert public[BY_PAGE]["rows"][0][0] == "What we keep, and who sees it"
    assert words.CAVEATS["helped"] in public[BY_PAGE]["caveats"]
    assert not {"page_answers_by_language", "page_answers_by_voice"} & set(public)
