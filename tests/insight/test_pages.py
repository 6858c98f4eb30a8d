"""The tables where people read them: the page for staff, its files, and the public page say the same and withhold the same."""

import csv
import gzip
import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from tests.insight.conftest import Hold
from tests.intake.portal.rae import Portal, Rae, build
from tests.support import canary
from tests.support.cast import NOON
from tests.support.taxonomies import with_the_term

from cairndesk.accounts.models import Organisation
from cairndesk.accounts.rules import Actor
from cairndesk.cases import taxonomy
from cairndesk.cases.actions import ReportFacts, add_item, add_person, open_case, record_sighting, seal_identity
from cairndesk.custody.sealing.keyring import Keyring
from cairndesk.insight import layout, queries, words
from cairndesk.insight.jobs import publish_tables
from cairndesk.insight.words import CAVEATS, STAFF_ONLY, TITLES, UNITS, WITHHELD
from cairndesk.intake.portal import site
from cairndesk.intake.portal.languages import all_languages
from cairndesk.intake.publish import publish_changes
from cairndesk.intake.published import tables_file
from cairndesk.intake.rules import OUTCOMES
from cairndesk.lib import clock

pytestmark = pytest.mark.django_db
TOLD = ReportFacts(source="child", channel="portal", path="child", language="en", told={})
COUNTED = {"reports", "cases", "notices", *(UNITS[unit] for unit in queries.MATERIAL)}


@pytest.fixture
def much(hold: Hold) -> None:
    """Something of every unit."""
    for kind in queries.MATERIAL.values():
        hold(12, harm="live_streaming", gender="boy_or_man", item={"kind": kind, "self_generated": "self_generated", "novelty": "new"})


@pytest.fixture
def portal(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Portal:
    settings.DATA = tmp_path
    made = build(tmp_path)
    monkeypatch.setattr(site, "current", lambda: made.site)
    return made


@pytest.fixture
def public(portal: Portal, settings: Any) -> Rae:
    """Somebody who reads the public page after the tables were laid out."""
    publish_tables()
    settings.ROOT_URLCONF = "cairndesk.urls.portal"
    settings.MIDDLEWARE = ["cairndesk.intake.portal.doors.Headers"]
    return Rae(portal)


@pytest.mark.req("DIM-42")
def test_the_page_for_staff_names_what_is_counted_and_withholds_what_is_small(aud: Client, hold: Hold, one: Organisation, two: Organisation) -> None:
    for source, count in (("child", 11), ("friend", 3), ("professional", 20)):
        hold(count, source=source)
    hold(1, of=two, source="carer")
    page = aud.get(reverse("insight:numbers")).content.decode()
    by_source = page[page.index(TITLES["reports_by_source"]) : page.index(TITLES["reports_by_channel"])]
    # Two of three sources, and with them everything that they are divided into.
    assert by_source.count("withheld</td>") == 2 + 3 * 3 - 3
    assert ">11 " not in by_source
    assert ">34</td>" in by_source
    assert "carer" not in by_source.lower()


@pytest.mark.slow
@pytest.mark.req("DIM-30")
def test_every_table_names_its_unit_on_the_page_in_the_file_and_in_public(aud: Client, much: None, public: Rae, settings: Any) -> None:
    page = public.opens("/numbers").text
    for unit in COUNTED:
        assert f"Counted: {unit}</p>" in page
    for table in json.loads((settings.DATA / "published" / "pages" / "one.json").read_text("utf-8")):
        assert table["unit"] in COUNTED
        assert table["headers"][1] == f"Number of {table['unit']}"


@pytest.mark.slow
@pytest.mark.req("DIM-58")
def test_the_floor_is_said_in_every_file(aud: Client, much: None) -> None:
    for name in TITLES:
        rows = list(csv.reader(io.StringIO(aud.get(reverse("insight:export", args=[name])).content.decode())))
        assert ["note", "This counts what was reported to this desk. It does not tell how much there is."] in rows, name


@pytest.mark.slow
@pytest.mark.req("DIM-58")
def test_the_floor_is_said_under_the_medians_and_under_every_table_for_staff(aud: Client, much: None) -> None:
    page = aud.get(reverse("insight:numbers")).content.decode()
    medians, *tables = page.split("<caption>")
    assert len(tables) == len(TITLES)
    assert all(text.count(CAVEATS["floor"]) == 1 for text in (medians[medians.index("Median time") :], *tables))


@pytest.mark.slow
@pytest.mark.req("DIM-58", "DIM-33")
def test_the_floor_and_the_caveat_of_self_generated_are_said_under_every_public_table(much: None, public: Rae) -> None:
    _, *tables = public.opens("/numbers").text.split("<h2 id=")
    assert len(tables) >= len(TITLES) - len(STAFF_ONLY)
    tables = tables[: len(TITLES) - len(STAFF_ONLY)]
    for text in tables:
        assert text.count(CAVEATS["floor"]) == 1
        assert text.count("Self-generated, in whole or part") == 1
        assert text.count("It never means that the child is to blame or responsible.") == 1


@pytest.mark.slow
@pytest.mark.req("DIM-33")
def test_the_caveat_of_self_generated_goes_with_the_page_for_staff_and_every_file(aud: Client, much: None) -> None:
    page = aud.get(reverse("insight:numbers")).content.decode()
    assert page.count(taxonomy.CAVEAT) == page.count("Self-generated, in whole or part") == len(TITLES)
    for name in ("reports_by_source", "files_by_novelty"):
        rows = list(csv.reader(io.StringIO(aud.get(reverse("insight:export", args=[name])).content.decode())))
        assert ["note", taxonomy.CAVEAT] in rows
        assert "Self-generated, in whole or part" in rows[0]


@pytest.mark.slow
def test_a_file_says_withheld_and_not_nothing(aud: Client, hold: Hold, one: Organisation) -> None:
    hold(2)
    rows = list(csv.reader(io.StringIO(aud.get(reverse("insight:export", args=["reports_by_source"])).content.decode())))
    assert rows[0][:2] == ["Category", "Number of reports"]
    assert rows[1] == [taxonomy.label("report_source", "child"), *["withheld"] * 4]
    assert rows[2] == ["All", *["withheld"] * 4]
    assert ["note", WITHHELD] in rows
    assert aud.get(reverse("insight:export", args=["no_such_table"])).status_code == 404


@pytest.mark.slow
@pytest.mark.req("TRM-03")
def test_a_term_that_has_a_caveat_takes_it_along_into_every_table_and_file(
    aud: Client, hold: Hold, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.DATA = tmp_path
    monkeypatch.setattr("cairndesk.cases.taxonomy.look_up.load", with_the_term)
    hold(1, harm="onward_sharing")
    publish_tables()
    public = (tmp_path / "published" / "pages" / "one.json").read_text("utf-8")
    page = aud.get(reverse("insight:numbers")).content.decode()
    file = aud.get(reverse("insight:export", args=["cases_by_harm"])).content.decode()
    for written in (public, page, file):
        assert written.count("self-generated material") == written.count(f"Sharing self-generated material onward. {taxonomy.CAVEAT}") > 0


@pytest.mark.slow
@pytest.mark.req("PRI-13")
def test_the_public_tables_are_protected_like_those_for_staff(hold: Hold, portal: Portal, one: Organisation) -> None:
    hold(11)
    hold(3, source="friend")
    publish_tables()
    public = json.loads((portal.folder / "published" / "pages" / "one.json").read_text("utf-8"))
    now = clock.now()
    tables = [table for table in queries.numbers(one.pk, now=now).tables if table.id not in STAFF_ONLY]
    assert public == json.loads(json.dumps([layout.shown(table, on=now.date()) for table in tables]))
    figures = [figure for table in public for _, *row in table["rows"] for figure in row if not isinstance(figure, str)]
    assert None in figures
    assert all(figure is None or figure == 0 or figure >= 10 for figure in figures)


@pytest.mark.slow
@pytest.mark.req("PRI-13")
def test_nobody_can_take_their_own_figures_from_the_public_ones_and_find_anothers(
    hold: Hold, one: Organisation, two: Organisation, tmp_path: Path, settings: Any
) -> None:
    settings.DATA = tmp_path
    hold(24)
    hold(4, of=two)
    publish_tables()
    pages = {path.name: path.read_text("utf-8") for path in (tmp_path / "published" / "pages").iterdir()}
    assert set(pages) == {tables_file(slug, language.code) for slug in (one.slug, two.slug) for language in all_languages()}
    # Neither 28 together nor 4 apart stands anywhere.
    assert not any(count in {28, 4} for text in pages.values() for table in json.loads(text) for _, *row in table["rows"] for count in row)


@pytest.mark.slow
@pytest.mark.req("TRN-15")
def test_what_is_laid_out_in_public_is_the_same_whatever_the_cases_say(
    ring: Keyring, ana: Actor, one: Organisation, two: Organisation, portal: Portal
) -> None:
    words = {name: canary.a_canary(name) for name in ("told", "name", "link", "place")}
    for organisation, said in ((one, words), (two, dict.fromkeys(words, "nothing"))):
        for number in range(12):
            by = replace(ana, organisation=organisation.pk)
            case = open_case(organisation=organisation, report=replace(TOLD, told={"more": said["told"]}), by=by, now=NOON)
            child = add_person(case=case, role="child", facts={"gender": "girl_or_woman"}, by=by, now=NOON)
            seal_identity(person=child, identity={"name": said["name"]}, by=by, now=NOON)
            item = add_item(case=case, kind="url", identifier=f"https://{said['link'].lower()}.example/{number}", by=by, now=NOON)
            record_sighting(item=item, seen_at=NOON, where=said["place"], by=by, now=NOON)
    publish_tables()
    publish_changes(now=clock.now())
    pages = portal.folder / "published" / "pages"
    assert (pages / "one.json").read_bytes() == (pages / "two.json").read_bytes()
    assert "12" in (pages / "one.json").read_text("utf-8")
    assert canary.hits_in_files(portal.folder / "published", words | {"number": case.number}) == []


@pytest.mark.slow
def test_the_public_page_is_light_on_the_wire_with_all_that_can_be_counted(hold: Hold, portal: Portal, settings: Any, one: Organisation) -> None:
    for harm in taxonomy.family("harm").codes:
        hold(50, harm=harm)
    hold(50, gender="boy_or_man", item={"kind": "media", "authenticity": "real", "self_generated": "self_generated"})
    publish_tables()
    settings.ROOT_URLCONF, settings.MIDDLEWARE = "cairndesk.urls.portal", ["cairndesk.intake.portal.doors.Headers"]
    for language in all_languages():
        answer = Client().get(f"{language.prefix}/numbers", headers={"accept-encoding": "gzip"})
        assert answer.headers["Content-Encoding"] == "gzip"
        assert len(answer.content) <= 16 * 1024
        assert len(gzip.decompress(answer.content)) <= 100 * 1024


def test_every_outcome_has_words_of_its_own_in_the_tables() -> None:
    assert len({words.name_of("cases_by_outcome", code) for code in OUTCOMES}) == len(OUTCOMES)
