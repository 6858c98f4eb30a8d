"""The tables where people read them: the page for staff, its files, and the public page say the same and withhold the same."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from tests.support.cast import NOON, one, ring, two
from tests.support.taxonomies import with_the_term

from cairndesk.accounts.models import Organisation, Person, RoleGrant
from cairndesk.accounts.rules import SYSTEM, Role
from cairndesk.cases.actions import ReportFacts, code_harm, describe_incident, open_case
from cairndesk.cases.models import Case
from cairndesk.cases.taxonomy import CAVEAT
from cairndesk.insight import queries, words
from cairndesk.insight.jobs import publish_tables
from cairndesk.insight.words import CAVEATS, TITLES, WITHHELD
from cairndesk.intake.rules import OUTCOMES
from cairndesk.lib import clock

__all__ = ["one", "ring", "two"]
pytestmark = pytest.mark.django_db
UNITS = {"reports", "cases", "notices"}


@pytest.fixture
def tell(ring: object) -> Callable[..., None]:
    """Reports of one kind at one organisation."""

    def telling(organisation: Organisation, source: str, count: int) -> None:
        for _ in range(count):
            facts = ReportFacts(source=source, channel="portal", path="child", language="en", told={"answers": {"what": ["found"]}})
            open_case(organisation=organisation, report=facts, by=SYSTEM, now=NOON)

    return telling


@pytest.fixture
def aud(ring: object, one: Organisation) -> Client:
    """A browser in which Aud, who reads the numbers and opens no case, is signed in."""
    client, now = Client(), clock.now()
    person = Person.objects.create(organisation=one, created_at=now, sign_in_name="aud@one", name="Aud")
    RoleGrant.objects.create(person=person, role=Role.AUDITOR, granted_at=now)
    session = client.session
    session.update({"person": str(person.pk), "proof": "demo", "seen": now.isoformat(), "started": now.isoformat()})
    session.save()
    return client


@pytest.mark.req("DIM-30", "DIM-42")
def test_the_page_for_staff_names_what_is_counted_and_withholds_what_is_small(
    aud: Client, tell: Callable[..., None], one: Organisation, two: Organisation
) -> None:
    tell(one, "child", 11)
    tell(one, "friend", 3)
    tell(one, "professional", 20)
    tell(two, "carer", 1)
    page = aud.get(reverse("insight:numbers")).content.decode()
    assert page.count("<caption>") == len(TITLES)
    assert page.count(CAVEATS["floor"]) == page.count(WITHHELD) == len(TITLES)
    assert {unit for unit in UNITS if f'<th scope="col" class="number">{unit.capitalize()}</th>' in page} == UNITS
    by_source = page[page.index(TITLES["reports_by_source"]) : page.index(TITLES["reports_by_channel"])]
    assert by_source.count("withheld</td>") == 2
    assert ">11</td>" in by_source
    assert ">34</td>" in by_source
    assert "carer" not in by_source.lower()


def test_a_file_says_withheld_and_carries_its_caveats(aud: Client, tell: Callable[..., None], one: Organisation) -> None:
    tell(one, "child", 2)
    answer = aud.get(reverse("insight:export", args=["reports_by_source"]))
    rows = list(csv.reader(io.StringIO(answer.content.decode())))
    assert rows[0] == ["category", "reports"]
    assert [row[1] for row in rows[1:3]] == ["withheld", "withheld"]
    assert ["note", CAVEATS["floor"]] in rows
    assert aud.get(reverse("insight:export", args=["no_such_table"])).status_code == 404


@pytest.mark.req("TRM-03")
def test_a_term_that_has_a_caveat_takes_it_along_into_every_table_and_file(
    aud: Client, one: Organisation, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.DATA = tmp_path
    monkeypatch.setattr("cairndesk.cases.taxonomy.look_up.load", with_the_term)
    facts = ReportFacts(source="child", channel="portal", path="child", language="en", told={"answers": {"what": ["found"]}})
    case = open_case(organisation=one, report=facts, by=SYSTEM, now=NOON)
    Case.objects.update(stage="queued")
    case.refresh_from_db()
    code_harm(incident=describe_incident(case=case, facts={}, by=SYSTEM, now=NOON), harm="onward_sharing", by=SYSTEM, now=NOON)
    publish_tables()
    public = (tmp_path / "published" / "pages" / "one.json").read_text("utf-8")
    page = aud.get(reverse("insight:numbers")).content.decode()
    file = aud.get(reverse("insight:export", args=["cases_by_harm"])).content.decode()
    for written in (public, page, file):
        assert written.count("self-generated material") == written.count(f"Sharing self-generated material onward. {CAVEAT}") > 0


@pytest.mark.req("DIM-30")
def test_the_public_tables_are_protected_like_those_for_staff(tell: Callable[..., None], one: Organisation, tmp_path: Path, settings: Any) -> None:
    settings.DATA = tmp_path
    tell(one, "child", 11)
    tell(one, "friend", 3)
    publish_tables()
    public = json.loads((tmp_path / "published" / "pages" / "one.json").read_text("utf-8"))
    assert public == json.loads(json.dumps([words.shown(table) for table in queries.numbers(one.pk).tables]))
    for table in public:
        assert table["unit"] in UNITS
        assert table["caveats"] == [CAVEATS["floor"], WITHHELD]
        assert all(count is None or count == 0 or count >= 10 for _, count in table["rows"])


def test_nobody_can_take_their_own_figures_from_the_public_ones_and_find_anothers(
    tell: Callable[..., None], one: Organisation, two: Organisation, tmp_path: Path, settings: Any
) -> None:
    settings.DATA = tmp_path
    tell(one, "child", 24)
    tell(two, "child", 4)
    publish_tables()
    pages = {path.stem: path.read_text("utf-8") for path in (tmp_path / "published" / "pages").iterdir()}
    assert set(pages) == {one.slug, two.slug}
    # Neither 28 together nor 4 apart stands anywhere.
    assert not any(count in {28, 4} for text in pages.values() for table in json.loads(text) for _, count in table["rows"])


def test_every_outcome_has_words_of_its_own_in_the_tables() -> None:
    assert len({words.name_of("cases_by_outcome", code) for code in OUTCOMES}) == len(OUTCOMES)
