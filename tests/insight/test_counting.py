"""What the tables count, and into what they divide it."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.insight.conftest import Hold
from tests.support.cast import NOON
from tests.support.taxonomies import EARLIER, NEW, RENAMED, with_second_version

from cairndesk.accounts.models import Organisation
from cairndesk.accounts.rules import Actor
from cairndesk.cases import taxonomy
from cairndesk.cases.actions import ReportFacts, add_item, add_person, move, open_case, record_depiction
from cairndesk.cases.models import Case, CasePerson, Incident, IncidentMark, Item, ItemMark, PersonRole, StageChange
from cairndesk.cases.rules import Stage
from cairndesk.insight import jobs, layout, queries, words
from cairndesk.insight.rules import Table
from cairndesk.intake.models import FeltCount
from cairndesk.intake.portal.languages import all_languages
from cairndesk.review import actions as review
from cairndesk.review.rules import Look

pytestmark = pytest.mark.django_db


def tables(organisation: Organisation, *, now: datetime = NOON, threshold: int = 1) -> dict[str, Table]:
    """Every table by its name; with the threshold at one nothing is withheld."""
    return {table.id: table for table in queries.numbers(organisation.pk, now=now, threshold=threshold).tables}


def counts(table: Table) -> dict[str, int | None]:
    return {cell.code: cell.count for cell in table.cells if cell.count}


def parts(table: Table, split: str, code: str = "") -> dict[str, int | None]:
    """One row of a split by its columns, what is zero left out; the bottom row for no code."""
    (held,) = [one for one in table.splits if one.id == split]
    figures = held.rows[code] if code else held.totals
    return {column: figure for column, figure in zip(held.columns, figures, strict=True) if figure}


def read(table: Table, *, now: datetime = NOON) -> dict[str, dict[str, object]]:
    """The table as a person reads it: category → header → cell."""
    headers, rows = layout.grid(table, on=now.date())
    plain = [[cell.replace("\N{NO-BREAK SPACE}", " ") if isinstance(cell, str) else cell for cell in row] for row in rows]
    return {str(row[0]): dict(zip(headers[1:], row[1:], strict=True)) for row in plain}


# ── Severity ─────────────────────────────────────────────────────────────────────────────────────────────────────


def graded(organisation: Organisation, level: str, ana: Actor, sam: Actor, *, agrees: bool = True) -> Case:
    """A case that Ana graded; a severe grade only counts when Sam has agreed."""
    facts = ReportFacts(source="child", channel="portal", path="child", language="en", told={})
    case = open_case(organisation=organisation, report=facts, by=ana, now=NOON)
    move(case=case, to=Stage.QUEUED, by=ana, now=NOON)
    review.claim(case=case, by=ana, now=NOON)
    review.classify(case=case, look=Look(harms=("material_distribution",), severity=level), by=ana, now=NOON)
    if case.stage == Stage.SECOND_LOOK and agrees:
        review.give_second_look(case=case, look=Look(), agrees=True, by=sam, now=NOON)
    return case


OTHER_SCHEME = """
name = "two_levels"
version = "4"
title = "Two levels"
[[level]]
code = "a"
label = "Upper"
definition = "For tests."
[[level]]
code = "b"
label = "Lower"
definition = "For tests."
"""


@pytest.mark.slow
@pytest.mark.req("DIM-32")
def test_cases_are_counted_by_scheme_version_and_level(
    ring: object, one: Organisation, ana: Actor, sam: Actor, settings: Any, tmp_path: Path
) -> None:
    settings.DATA = tmp_path
    for level in ("a", "a", "c"):
        graded(one, level, ana, sam)
    graded(one, "b", ana, sam, agrees=False)
    table = tables(one)["cases_by_severity"]
    assert [cell.code for cell in table.cells] == ["three_levels@1/a", "three_levels@1/b", "three_levels@1/c", "three_levels@1/none", "none_yet"]
    # What still waits for a second look has no grade yet.
    assert [cell.count for cell in table.cells] == [2, 0, 1, 0, 1]
    (tmp_path / "severity.toml").write_text(OTHER_SCHEME, "utf-8")
    graded(one, "a", ana, sam)
    table = tables(one)["cases_by_severity"]
    assert counts(table) == {"two_levels@4/a": 1, "three_levels@1/a": 2, "three_levels@1/c": 1, "none_yet": 1}
    assert {name: row["Number of cases"] for name, row in read(table).items()} == {
        "Upper": 1,
        "Lower": 0,
        "a (three_levels, version 1)": 2,
        "c (three_levels, version 1)": 1,
        "None yet": 1,
        "All": 5,
    }
    assert words.title_of(table) == "Cases by severity, by the scheme “Two levels”, version 4"


# ── Self-generated ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.req("DIM-33")
def test_every_table_says_how_much_of_it_is_self_generated(hold: Hold, one: Organisation) -> None:
    hold(30, harm="sexual_extortion", item={"self_generated": "self_generated", "novelty": "new"})
    hold(10, harm="sexual_extortion", item={"self_generated": "partly_self_generated"})
    hold(40, harm="live_streaming", source="friend", item={"self_generated": "not_self_generated", "kind": "media"})
    hold(20, harm="live_streaming")
    found = tables(one, threshold=10)
    assert set(found) == {name for name in words.TITLES if not name.startswith("pages")}
    for table in found.values():
        assert table.splits[0].id == "self_generated"
        assert table.total == sum(figure or 0 for figure in table.splits[0].totals), table.id
        assert words.CAVEATS["self_generated"] in words.caveats(table, on=NOON.date())
    everywhere = {"self_generated": 40, "not_self_generated": 40, "not_known": 20}
    for name in ("reports_by_source", "cases_by_priority", "cases_by_year"):
        assert parts(found[name], "self_generated") == everywhere
    assert parts(found["cases_by_harm"], "self_generated", "sexual_extortion") == {"self_generated": 40}
    assert parts(found["addresses_by_novelty"], "self_generated") == {"self_generated": 40}
    assert parts(found["files_by_novelty"], "self_generated") == {"not_self_generated": 40}
    assert read(found["cases_by_harm"])["All"]["Self-generated, in whole or part"] == "40 (40 %)"


@pytest.mark.slow
@pytest.mark.req("DIM-33")
def test_a_case_holds_self_generated_material_by_an_item_by_whom_it_shows_or_by_what_was_seen(
    hold: Hold, one: Organisation, ana: Actor, sam: Actor
) -> None:
    shown, seen, other, _ = hold(4)
    child = add_person(case=shown, role="child", by=ana, now=NOON)
    item = add_item(case=shown, kind="url", identifier="https://a.example/1", by=ana, now=NOON)
    record_depiction(item=item, child=child, facts={"self_generated": "self_generated"}, by=ana, now=NOON)
    for case, code in ((seen, "partly_self_generated"), (other, "not_self_generated")):
        move(case=case, to=Stage.QUEUED, by=ana, now=NOON)
        review.claim(case=case, by=ana, now=NOON)
        review.classify(case=case, look=Look(features={"self_generated": code}, harms=("live_streaming",), severity="c"), by=ana, now=NOON)
    found = tables(one)
    assert parts(found["cases_by_outcome"], "self_generated") == {"self_generated": 2, "not_self_generated": 1, "not_known": 1}
    assert parts(found["addresses_by_novelty"], "self_generated") == {"self_generated": 1}


# ── What the material is ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.slow
@pytest.mark.req("DIM-34")
def test_material_is_counted_by_whether_it_is_real_and_by_how_real_it_looks(hold: Hold, one: Organisation) -> None:
    for authenticity, realism, count in (
        ("fully_synthetic", "photorealistic", 42),
        ("fully_synthetic", "drawn", 18),
        ("altered_from_real", "photorealistic", 30),
        ("real", "not_asked", 110),
    ):
        hold(count, item={"authenticity": authenticity, "realism": realism})
    table = tables(one, threshold=10)["addresses_by_authenticity"]
    assert table.unit == "addresses"
    assert parts(table, "realism", "fully_synthetic") == {"photorealistic": 42, "drawn": 18}
    assert parts(table, "realism", "real") == {"not_known": 110}
    synthetic = read(table)["Fully synthetic"]
    assert (synthetic["Number of web addresses"], synthetic["Photorealistic"]) == ("60 (30 %)", "42 (70 %)")
    assert read(table)["All"]["Photorealistic"] == "72 (36 %)"


@pytest.mark.slow
def test_material_is_counted_by_what_software_made_it_from_and_by_the_techniques_together(hold: Hold, one: Organisation) -> None:
    for source, derived, techniques, count in (
        ("known_abuse", "yes", ("image_to_image_known",), 40),
        ("benign", "no", ("nudify", "deepfake_identified"), 30),
        ("benign", "unknown", ("voice_clone",), 3),
        ("not_asked", "not_asked", (), 60),
    ):
        items = Item.objects.filter(case__in=hold(count, item={"ai_source": source, "derived_from_known": derived}))
        ItemMark.objects.bulk_create(ItemMark(item=item, mark=f"ai_technique.{code}", taxonomy="2026.1") for item in items for code in techniques)
    found = tables(one, threshold=10)
    sources, together = found["addresses_by_ai_source"], found["addresses_by_ai_technique"]
    assert (sources.unit, together.unit) == ("addresses", "addresses")
    assert "Number of web addresses" in read(sources)["All"]
    assert words.name_of(sources.id, "known_abuse", sources.family) == "Known abuse material"
    assert counts(sources) == {"known_abuse": 40, "benign": 33, "not_asked": 60}
    # Three of which it is not known could be found by taking away: nothing that leads there is shown.
    assert {sources.splits[-1].rows[code] for code in ("known_abuse", "benign", "not_asked")} == {(None, None, None)}
    assert words.CAVEATS["derived"] in words.caveats(sources, on=NOON.date())
    # A rare set stands nowhere by itself, and with it is withheld what would give it away.
    shown = {cell.code: cell.count for cell in together.cells}
    assert list(shown) == ["deepfake_identified+nudify", "image_to_image_known", "other_patterns", "none_yet"]
    assert (shown["other_patterns"], list(shown.values()).count(None) >= 2) == (None, True)
    assert words.name_of(together.id, "deepfake_identified+nudify") == "Deepfake of an identified child + Nudifying tool"
    plain = tables(one)
    assert parts(plain["addresses_by_ai_source"], "derived", "benign") == {"no": 30, "not_known": 3}
    assert (counts(plain[together.id])["none_yet"], plain[together.id].total) == (60, 133)
    assert {sources.id, together.id} <= words.STAFF_ONLY


@pytest.mark.req("DIM-35")
def test_material_is_counted_by_whether_it_was_seen_before_each_file_once(hold: Hold, one: Organisation, ana: Actor) -> None:
    (case,) = hold(1)
    media = {"kind": "media", "by": ana, "now": NOON}
    first = add_item(case=case, identifier="ab" * 16, facts={"hash_kind": "md5", "novelty": "known"}, **media)
    add_item(case=case, identifier="ab" * 20, facts={"hash_kind": "sha1", "novelty": "known", "same_file_as": first}, **media)
    for place, novelty in enumerate(("new", "new", "known_variant", "unknown")):
        add_item(case=case, identifier=f"{place:032x}", facts={"hash_kind": "md5", "novelty": novelty}, **media)
    add_item(case=case, kind="url", identifier="https://a.example/1", facts={"novelty": "new"}, by=ana, now=NOON)
    found = tables(one)
    assert counts(found["files_by_novelty"]) == {"known": 1, "known_variant": 1, "new": 2, "unknown": 1}
    assert counts(found["addresses_by_novelty"]) == {"new": 1}
    assert "pages_by_novelty" not in found


# ── Gender ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.slow
@pytest.mark.req("DIM-03")
def test_harms_are_crossed_with_gender_and_nothing_is_assumed(hold: Hold, one: Organisation) -> None:
    hold(60, harm="financial_sexual_extortion", gender="boy_or_man")
    hold(20, harm="financial_sexual_extortion", gender="girl_or_woman")
    hold(15, harm="sexual_extortion", gender="self_described")
    hold(25, harm="sexual_extortion", gender="not_asked")
    both = hold(10, harm="sexual_extortion", gender="girl_or_woman")
    second = CasePerson.objects.bulk_create(CasePerson(case=case, gender="boy_or_man", added_at=NOON, taxonomy="2026.1") for case in both)
    roles = PersonRole.objects.bulk_create(PersonRole(person=person, role="child", taxonomy="2026.1") for person in second)
    found = tables(one, threshold=10)
    table = found["cases_by_harm"]
    assert parts(table, "gender", "financial_sexual_extortion") == {"boy_or_man": 60, "girl_or_woman": 20}
    assert parts(table, "gender", "sexual_extortion") == {"self_described": 15, "several": 10, "not_known": 25}
    assert read(table)["Financial sexual extortion"]["Boy or man"] == "60 (75 %)"
    # A person of concern, or one whose role was a mistake, is not the child.
    PersonRole.objects.filter(pk__in=[role.pk for role in roles[:5]]).update(role="person_of_concern")
    PersonRole.objects.filter(pk__in=[role.pk for role in roles[5:]]).update(taken_back_at=NOON)
    assert parts(tables(one)["cases_by_harm"], "gender", "sexual_extortion") == {"self_described": 15, "girl_or_woman": 10, "not_known": 25}


# ── Years and breaks ─────────────────────────────────────────────────────────────────────────────────────────────


def day(year: int) -> datetime:
    return datetime(year, 6, 1, tzinfo=UTC)


@pytest.mark.slow
@pytest.mark.req("DIM-37")
def test_years_are_compared_with_the_counts_beside_the_percentages_and_only_when_they_are_over(hold: Hold, one: Organisation) -> None:
    hold(50, at=day(2023), harm="sexual_extortion")
    hold(80, at=day(2024), harm="sexual_extortion")
    hold(40, at=day(2025), harm="sexual_extortion")
    hold(20, at=day(2025), harm="solicitation")
    hold(30, at=day(2026), harm="sexual_extortion")
    found = tables(one, now=day(2026), threshold=10)
    for name in ("reports_by_year", "cases_by_year"):
        rows = read(found[name], now=day(2026))
        assert [(year, row["Change on the year before"]) for year, row in rows.items()] == [
            ("2026", "–"), ("2025", "-25 %"), ("2024", "+60 %"), ("2023", "–"), ("All", "–"),
        ]  # fmt: skip
        assert [cell.count for cell in found[name].cells] == [30, 60, 80, 50]
    harms = read(found["cases_by_harm_over_years"], now=day(2026))
    extortion = harms[taxonomy.label("harm", "sexual_extortion")]
    assert [extortion[name] for name in ("2025", "2024", "Change from 2024 to 2025", "At other times")] == [
        "40 (20 %)",
        "80 (40 %)",
        "-50 %",
        "80 (40 %)",
    ]
    # Nothing is reckoned from fewer than fifty.
    assert [harms[taxonomy.label("harm", "solicitation")][name] for name in ("2025", "Change from 2024 to 2025")] == [20, "–"]


@pytest.mark.slow
@pytest.mark.req("DIM-36")
def test_a_category_that_came_later_shows_where_its_series_breaks(hold: Hold, one: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cairndesk.cases.taxonomy.look_up.load", with_second_version)
    hold(60, at=day(2026), harm=EARLIER)
    hold(70, at=day(2027), harm=RENAMED)
    hold(80, at=day(2027), harm=NEW)
    table = tables(one, now=day(2028), threshold=10)["cases_by_harm_over_years"]
    assert counts(table) == {RENAMED: 130, NEW: 80}
    rows = read(table, now=day(2028))
    new, renamed = rows["A harm newly named"], rows["Harassment under its new name"]
    assert [new[name] for name in ("2027", "2026", "Change from 2026 to 2027")] == ["80 (100 %)", "not counted yet", "–"]
    assert [renamed[name] for name in ("2027", "2026", "Change from 2026 to 2027")] == ["70 (54 %)", "60 (46 %)", "+17 %"]
    said = words.caveats(table, on=date(2028, 6, 1))
    assert "The series breaks on 2027-01-01: “A harm newly named” is counted only from that day on." in said
    old = words.name_of("cases_by_harm", EARLIER, "harm")
    assert f"The series breaks on 2027-01-01: “Harassment under its new name” was called “{old}” before." in said
    assert counts(tables(one, now=day(2026))["cases_by_harm"])[EARLIER] == 60


def test_waiting_times_are_divided_like_everything_else(hold: Hold, one: Organisation, ana: Actor) -> None:
    made, other = hold(1, item={"self_generated": "self_generated"}), hold(2)
    for case in (*made, *other[:1]):
        StageChange.objects.create(case=case, before="queued", after="reviewing", actor=ana.pseudonym, at=NOON + timedelta(hours=3))
        StageChange.objects.create(case=case, before="queued", after="reviewing", actor=ana.pseudonym, at=NOON + timedelta(days=9))
    table = tables(one)["cases_by_time_to_first_action"]
    assert counts(table) == {"within_24_h": 2}
    assert parts(table, "self_generated", "within_24_h") == {"self_generated": 1, "not_known": 1}


def test_nothing_of_another_organisation_is_counted(hold: Hold, one: Organisation, two: Organisation) -> None:
    hold(3, of=two, harm="live_streaming", gender="boy_or_man", item={"self_generated": "self_generated"})
    assert {table.total for table in tables(one).values()} == {0}
    assert tables(two)["cases_by_harm"].total == 3


# ── Patterns ─────────────────────────────────────────────────────────────────────────────────────────────────────


def mark(cases: list[Case], *tactics: str) -> None:
    """As staff recorded it: one incident of each case with these tactics, beside a mark of another family."""
    incidents = Incident.objects.bulk_create(Incident(case=case, described_at=NOON, taxonomy="2026.1") for case in cases)
    marks = [*(f"tactic.{tactic}" for tactic in tactics), "context.school"]
    IncidentMark.objects.bulk_create(IncidentMark(incident=incident, mark=one, taxonomy="2026.1") for incident in incidents for one in marks)


@pytest.mark.req("DET-22")
def test_tactics_that_go_together_are_counted_case_by_case(hold: Hold, one: Organisation) -> None:
    last, now = hold(30, at=day(2025)), hold(20, at=day(2026))
    mark(last, "fake_account", "feigned_romance")
    # Twice in one case, and in two incidents, is one case and one pattern.
    mark(now, "feigned_romance")
    mark(now[:12], "fake_account")
    mark(now[:12], "fake_account", "feigned_romance")
    hold(15)
    both, alone = "feigned_romance+fake_account", "feigned_romance"
    table = tables(one)["cases_by_tactics"]
    assert (table.total, table.unit) == (65, "cases")
    assert counts(table) == {both: 42, alone: 8, "none_yet": 15}
    assert parts(table, "years", both) == {"2025": 30, "other_times": 12}
    assert "Feigned romance + Fake account" in read(table)


@pytest.mark.req("DET-22")
def test_a_pattern_of_few_cases_is_not_even_named(hold: Hold, one: Organisation) -> None:
    mark(hold(40), "feigned_romance")
    mark(hold(9), "fake_account", "impersonation")
    mark(hold(1), "fake_account", "feigned_romance", "impersonation")
    hold(30)
    table = tables(one, threshold=10)["cases_by_tactics"]
    assert [cell.code for cell in table.cells] == ["feigned_romance", "other_patterns", "none_yet"]
    assert counts(table) == {"feigned_romance": 40, "other_patterns": 10, "none_yet": 30}
    said = str(layout.shown(table, on=NOON.date()))
    assert "Impersonation" not in said


@pytest.mark.req("DET-22")
def test_a_small_rest_is_withheld_so_that_nothing_gives_it_away(hold: Hold, one: Organisation) -> None:
    mark(hold(40), "feigned_romance")
    mark(hold(3), "impersonation")
    hold(30)
    table = tables(one, threshold=10)["cases_by_tactics"]
    shown = {cell.code: cell.count for cell in table.cells}
    assert (shown["other_patterns"], list(shown.values()).count(None) >= 2) == (None, True)
    assert all(cell is None or cell >= 10 or cell == 0 for split in table.splits for row in split.rows.values() for cell in row)


@pytest.mark.slow
@pytest.mark.req("DET-22")
def test_patterns_are_for_staff_and_not_laid_out_in_public(hold: Hold, one: Organisation) -> None:
    mark(hold(40), "feigned_romance")
    assert "cases_by_tactics" in words.STAFF_ONLY
    laid_out = dict(jobs._tables(one))
    assert set(laid_out) == {language.code for language in all_languages()}
    for shown in laid_out.values():
        assert {table["id"] for table in shown} == set(tables(one)) - words.STAFF_ONLY


@pytest.mark.slow
@pytest.mark.req("TRN-16", "TRN-11")
def test_how_people_felt_is_counted_and_shown_under_the_same_protection(one: Organisation, two: Organisation) -> None:
    for desk, felt, count in ((one, "better", 30), (one, "worse", 3), (one, "same", 14), (two, "better", 99)):
        FeltCount.objects.create(organisation=desk, year=2026, felt=felt, count=count)
    assert {cell.code: cell.count for cell in tables(one, threshold=1)["answers_by_felt"].cells} == {"better": 30, "same": 14, "worse": 3}
    [shown] = [table for table in dict(jobs._tables(one))["en"] if table["id"] == "answers_by_felt"]
    # The few who feel worse cannot be read, nor reckoned from the others and the sum.
    assert None in [row[1] for row in shown["rows"] if row[0] != "Worse"]
    assert "3" not in str([row for row in shown["rows"] if row[0] == "Worse"])
    FeltCount.objects.filter(organisation=two).delete()
    assert "answers_by_felt" not in tables(two)
