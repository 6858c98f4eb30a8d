"""Schemes beside the severity: what the features suggest, what a person chose, what other schemes make of it, and loading one."""

import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.review.test_pages import anas, at, enter
from tests.support.cast import NOON

from cairndesk.cases import taxonomy
from cairndesk.cli import main
from cairndesk.cli.common import Exit
from cairndesk.lib.unknowns import Unknown
from cairndesk.review import errors, readiness, scheme
from cairndesk.review.rules import FEATURES, Ask, Look, second_look
from cairndesk.review.rules.grades import suggest, suggested
from cairndesk.review.rules.mapping import Grade, MappingKind
from cairndesk.review.rules.reading import read_mapping, read_scheme
from cairndesk.review.rules.severity import Scheme

__all__ = ["anas", "at", "enter"]
SHIPPED = {name: read_scheme(scheme.shipped_text(name) or "", place=name) for name in scheme.shipped_names() if name not in scheme.SLOTS}
ANY = st.fixed_dictionaries({feature.name: st.sampled_from([*sorted(taxonomy.family(feature.family).codes), *Unknown]) for feature in FEATURES})
TABLE = 'name = "ours"\nversion = "{}"\ntitle = "Ours"\nsince = {}\n\n[[level]]\ncode = "x"\nlabel = "X"\ndefinition = "Ours."\n'


def of(name: str, **features: str) -> tuple[str, ...]:
    return suggested(SHIPPED[name], features)


@pytest.fixture
def data(settings, tmp_path: Path) -> Path:
    settings.DATA = tmp_path
    return tmp_path


def graded(name: str, value: str) -> dict[str, str]:
    """What the page sends where somebody chose this value of a scheme that is used."""
    held = next(one for one in scheme.used(date(2026, 11, 27)) if one.name == name)
    return {f"g-{name}--{held.version}": value}


@pytest.fixture
def graded_by(data: Path) -> list[Scheme]:
    return [scheme.load(scheme.shipped_text(name) or "", place=name)[0] for name in ("industry", "uk_sentencing", "interpol_baseline")]


# ── What the tables suggest ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("name", "features", "value"),
    [
        ("industry", {"age_band": "age_3_6", "depicted_act": "non_penetrative"}, ("a1",)),
        ("industry", {"age_band": "age_10", "depicted_act": "exhibition"}, ("a2",)),
        ("industry", {"age_band": "age_16_17", "depicted_act": "penetrative"}, ("b1",)),
        ("industry", {"age_band": "age_16_17", "depicted_act": "exhibition"}, ("b2",)),
        # Puberty is no question of years between these.
        ("industry", {"age_band": "age_11_12", "depicted_act": "penetrative"}, ()),
        ("industry", {"age_band": "age_13_15", "depicted_act": "exhibition"}, ()),
        ("industry", {"age_band": "age_3_6", "depicted_act": "sadism"}, ()),
        ("uk_sentencing", {"depicted_act": "sadism"}, ("a",)),
        ("uk_sentencing", {"depicted_act": "animal"}, ("a",)),
        ("uk_sentencing", {"depicted_act": "non_penetrative"}, ("b",)),
        ("uk_sentencing", {"depicted_act": "other_indecent"}, ("c",)),
        ("uk_sentencing", {"depicted_act": "none_shown"}, ()),
        ("interpol_baseline", {"authenticity": "real", "age_band": "age_11_12", "depicted_act": "penetrative"}, ("yes",)),
        ("interpol_baseline", {"authenticity": "real", "age_band": "age_13_15", "depicted_act": "penetrative"}, ("undetermined",)),
        ("interpol_baseline", {"authenticity": "undetermined", "age_band": "age_3_6", "depicted_act": "sadism"}, ("undetermined",)),
        ("interpol_baseline", {"authenticity": "real", "age_band": "age_16_17"}, ("no",)),
        ("interpol_baseline", {}, ()),
        ("iwf_age", {"age_band": "age_1_2"}, ("b0_2",)),
        ("iwf_age", {"age_band": "age_13_15"}, ()),
    ],
)
def test_the_features_suggest_a_value_only_where_they_say_it(name: str, features: dict[str, str], value: tuple[str, ...]) -> None:
    assert of(name, **features) == value


def test_a_suggestion_says_which_features_it_goes_by() -> None:
    table = SHIPPED["uk_sentencing"]
    hint = suggest(table, table.sections[0], {"depicted_act": "sadism", "age_band": "age_3_6"})
    assert hint is not None
    assert (hint.level.written, hint.because) == ("A", (("depicted_act", "sadism"),))


@pytest.mark.slow
@pytest.mark.req("TRG-14")
@given(
    features=ANY, other=st.sampled_from(sorted(taxonomy.family("authenticity").codes)), look=st.sampled_from(sorted(taxonomy.family("realism").codes))
)
def test_whether_a_real_child_is_shown_moves_no_grade_of_severity(features: dict[str, str], other: str, look: str) -> None:
    changed = {**features, "authenticity": other, "realism": look}
    for name in ("uk_sentencing", "industry", "iwf_age"):
        assert suggested(SHIPPED[name], features) == suggested(SHIPPED[name], changed)
    held = Look(features=features, severity="c", grades=(Grade("uk_sentencing", "2014-04-01", ("c",)),))
    used = list(SHIPPED.values())
    asked = [second_look(Look(features=one, severity="c", grades=held.grades), scheme.in_force(), used) for one in (features, changed)]
    assert asked[0] == asked[1]


def test_a_value_that_its_scheme_calls_severe_goes_to_another_person() -> None:
    look, used = Look(severity="c", grades=(Grade("uk_sentencing", "2014-04-01", ("a",)),)), list(SHIPPED.values())
    assert second_look(look, scheme.in_force(), used) == (Ask.SEVERE,)


# ── Mappings ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_every_mapping_is_dated_sourced_whole_and_leads_somewhere() -> None:
    known = {**SHIPPED, scheme.in_force().name: scheme.in_force(), "xarf_csam": None}
    for table in scheme.mappings():
        origin = known[table.origin]
        assert origin is not None
        assert table.source
        assert table.checked <= date(2026, 11, 27)
        assert {pair.code for pair in table.pairs} == {level.code for level in origin.levels}
        goal = known[table.to]
        assert all(pair.kind is MappingKind.NONE or goal is None or goal.level(pair.to) for pair in table.pairs)
        assert all(bool(pair.why) == (pair.kind is MappingKind.NONE) for pair in table.pairs)


@pytest.mark.parametrize(
    ("grades", "to", "value"),
    [
        ([("uk_sap", "l4")], "uk_sentencing", "A"),
        ([("uk_sap", "l2")], "uk_sentencing", "B"),
        ([("uk_sap", "l1")], "uk_sentencing", "C"),
        ([("industry", "a1")], "industry", "A1"),
        ([("industry", "b2")], "xarf_csam", "B2"),
        ([("interpol_baseline", "yes")], "xarf_csam", "baseline"),
        # The most telling value.
        ([("interpol_baseline", "yes"), ("industry", "a2")], "xarf_csam", "A2"),
        # No equivalent, and none made up.
        ([("interpol_baseline", "no")], "xarf_csam", None),
        ([("industry", "a1")], "uk_sentencing", None),
        ([("uk_sentencing", "a")], "industry", None),
        ([("somebody_elses", "a")], "industry", None),
        ([], "industry", None),
    ],
)
def test_a_grade_is_read_in_another_scheme_only_where_a_table_says_so(grades: list[tuple[str, str]], to: str, value: str | None) -> None:
    assert scheme.equivalent([Grade(name, "1", (code,)) for name, code in grades], to) == value


# ── Tables and their mistakes ────────────────────────────────────────────────────────────────────────────────────

GOOD = TABLE.format("1", "2026-01-01")


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        (GOOD + "label = 'Y'\n", 10, "overwrite"),
        (GOOD.replace('title = "Ours"\n', ""), 1, "title"),
        (GOOD.replace('name = "ours"', 'name = "Our Scheme"'), 1, "a-z"),
        (GOOD.replace("2026-01-01", '"soon"'), 4, "day"),
        (GOOD + "colour = 'red'\n", 10, "colour"),
        (GOOD.replace('"X"', '""'), 8, "label"),
        (GOOD + "is_severe = 'very'\n", 10, "true or false"),
        (GOOD + "\n[[level]]\ncode = 'x'\nlabel = 'Y'\ndefinition = 'Twice.'\n", 12, "twice"),
        (GOOD + "section = 'there'\n", 10, "there"),
        (GOOD + "when = [{ age = ['age_0'] }]\n", 10, "age"),
        (GOOD + "when = [{ age_band = ['age_99'] }]\n", 10, "age_band"),
        (GOOD + "when = [{}]\n", 10, "clauses"),
        (GOOD.split("[[level]]", maxsplit=1)[0], 1, "values"),
        (GOOD.replace("since = 2026-01-01", "since = 2026-01-01\nuntil = 2025-01-01"), 5, "before it begins"),
        ("level = " + "[" * 5000, 1, ""),
        ("x" * 300_000, 1, "longer"),
        ("", 1, "level"),
    ],
)
def test_a_table_with_a_mistake_is_refused_with_line_and_reason(text: str, line: int, reason: str) -> None:
    with pytest.raises(errors.SchemeBroken) as refused:
        read_scheme(text, place="mine.toml")
    assert refused.value.detail.startswith(f"mine.toml, line {line}: ")
    assert reason in refused.value.detail


@pytest.mark.slow
@given(text=st.text(max_size=200))
def test_no_text_does_more_than_to_be_refused(text: str) -> None:
    for read in (read_scheme, read_mapping):
        with pytest.raises(errors.SchemeBroken):
            read(text, place="mine.toml")


def test_a_mapping_says_where_nothing_fits_and_why() -> None:
    head = 'from = "one"\nto = "two"\nchecked = 2026-01-01\nsource = "S"\n[[pair]]\nfrom = "a"\n'
    assert read_mapping(head + 'kind = "none"\nwhy = "It is silent."\n', place="m").pairs[0].to == ""
    for wrong in ('kind = "none"\n', 'kind = "none"\nwhy = "W"\nto = "b"\n', 'kind = "exact"\n', 'kind = "nearly"\nto = "b"\n'):
        with pytest.raises(errors.SchemeBroken, match=r"line [5-9]: "):
            read_mapping(head + wrong, place="m")


def test_the_slot_for_the_schema_that_is_not_public_is_empty_and_takes_what_a_member_holds(data: Path) -> None:
    slot = scheme.shipped_text("inhope_ucs") or ""
    with pytest.raises(errors.SchemeBroken, match="no \\[\\[level\\]\\] yet"):
        read_scheme(slot, place="inhope.toml")
    label = '\n[[level]]\ncode = "{0}"\nsection = "{1}"\nlabel = "{0}"\ndefinition = "From the copy of a member."\n'
    filled = slot + label.format("one", "categorisation") + label.format("two", "categorisation") + label.format("three", "demographic")
    loaded, is_new = scheme.load(filled, place="inhope.toml")
    assert is_new
    assert [section.title for section in loaded.sections] == ["Categorisation Elements", "Investigative Elements", "Demographic Elements"]
    assert all(section.is_many for section in loaded.sections)
    assert [one.key for one in scheme.used(date(2026, 11, 27))] == ["inhope_ucs@3.1"]
    # It counts from its day on.
    assert scheme.used(date(2026, 4, 14)) == []


def test_versions_lie_side_by_side_and_the_newest_that_counts_is_in_force(data: Path) -> None:
    for version, since in (("1", "2025-01-01"), ("2", "2026-06-01"), ("3", "2027-01-01")):
        scheme.load(TABLE.format(version, since), place="ours.toml")
    assert [[one.version for one in scheme.used(day)] for day in (date(2025, 2, 1), date(2026, 7, 1), date(2027, 1, 1))] == [["1"], ["2"], ["3"]]
    assert scheme.find("ours", "1") is not None


def test_a_tenth_version_comes_after_a_ninth(data: Path) -> None:
    for version in ("3.9", "3.10", "3.10-draft"):
        scheme.load(GOOD.replace('version = "1"', f'version = "{version}"'), place="ours.toml")
    assert [one.version for one in scheme.kept()[0]] == ["3.9", "3.10", "3.10-draft"]
    assert scheme.used(date(2026, 11, 27))[0].version == "3.10-draft"


LEVELS = """name = "own"
version = "1"
title = "Own levels"
[[level]]
code = "x"
label = "Most severe"
definition = "A."
is_severe = true
"""


@pytest.mark.parametrize("shipped", [True, False])
def test_severity_is_never_graded_by_a_version_that_says_something_else_than_it_did(data: Path, *, shipped: bool) -> None:
    ours = scheme.in_force()
    if shipped:
        changed = LEVELS.replace('"own"', f'"{ours.name}"').replace('"1"', f'"{ours.version}"')
    else:
        (data / "severity.toml").write_text(LEVELS, "utf-8")
        assert scheme.to_grade_by().key == scheme.to_grade_by().key == "own@1"
        # A comment says nothing else.
        (data / "severity.toml").write_text(f"# Ours.\n{LEVELS}", "utf-8")
        assert scheme.in_force().key == "own@1"
        changed = LEVELS.replace("Most severe", "Least severe")
    (data / "severity.toml").write_text(changed, "utf-8")
    with pytest.raises(errors.SchemeBroken, match="give it a version of its own"):
        scheme.in_force()
    said = [(level, says) for subject, level, says, _ in readiness.tables(NOON) if subject == "schemes"]
    assert said[0][0] == "problem"
    (data / "severity.toml").write_text(changed.replace("version = ", 'version = "2"  # '), "utf-8")
    assert scheme.in_force().version == "2"


def test_a_version_that_severity_was_graded_by_keeps_its_words(data: Path) -> None:
    (data / "severity.toml").write_text(LEVELS, "utf-8")
    scheme.to_grade_by()
    (data / "severity.toml").unlink()
    held = scheme.find("own", "1")
    assert held is not None
    assert held.levels[0].label == "Most severe"
    assert scheme.find(scheme.in_force().name, "0") is None


MAPPING = """from = "ours"
to = "industry"
checked = 2026-11-27
source = "Read side by side."
[[pair]]
from = "x"
to = "b1"
kind = "broader"
"""


def test_what_a_member_loaded_is_written_as_another_scheme_by_a_mapping_that_the_member_loaded(data: Path) -> None:
    scheme.load(GOOD, place="ours.toml")
    grades = [Grade("ours", "1", ("x",))]
    assert scheme.equivalent(grades, "industry") is None
    scheme.load_mapping(MAPPING, place="ours-industry.toml")
    assert scheme.equivalent(grades, "industry") == "B1"
    scheme.load_mapping(MAPPING.replace('"b1"', '"b2"'), place="ours-industry.toml")
    assert scheme.equivalent(grades, "industry") == "B2"


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [("ours", "others", "no scheme called"), ('"x"', '"z"', "is no value of ours"), ("b1", "z9", "is no value of industry")],
)
def test_a_mapping_of_what_is_not_here_is_refused_and_the_one_before_stays(data: Path, old: str, new: str, why: str) -> None:
    scheme.load(GOOD, place="ours.toml")
    before = scheme.mappings()
    with pytest.raises(errors.SchemeBroken, match=why):
        scheme.load_mapping(MAPPING.replace(old, new), place="ours-industry.toml")
    assert scheme.mappings() == before


def test_the_doctor_says_which_mapping_was_spoilt_and_the_one_that_comes_along_counts(data: Path) -> None:
    before = scheme.mappings()
    broken = scheme.folder() / "mappings" / "industry-uk_sentencing.toml"
    broken.parent.mkdir(parents=True)
    broken.write_text("nonsense", "utf-8")
    assert scheme.mappings() == before
    assert ["mappings/industry-uk_sentencing.toml" in says for _, level, says, _ in readiness.tables(NOON) if level == "problem"] == [True]


def test_the_old_table_stays_where_a_new_one_is_wrong_or_says_something_else_under_the_same_version(data: Path) -> None:
    scheme.load(GOOD, place="ours.toml")
    assert scheme.load(GOOD, place="ours.toml")[1] is False
    with pytest.raises(errors.SchemeThere):
        scheme.load(GOOD.replace('"X"', '"Y"'), place="ours.toml")
    with pytest.raises(errors.SchemeBroken):
        scheme.load(GOOD.replace('"1"', '"2"').replace('"X"', '""'), place="ours.toml")
    # Nor does one that somebody laid there by hand.
    (data / "schemes" / "ours@2.toml").write_text("nonsense", "utf-8")
    assert [one.key for one in scheme.used(date(2026, 7, 1))] == ["ours@1"]
    assert "ours@2.toml, line 1" in scheme.kept()[1][0].detail


def test_no_table_takes_the_name_of_the_scheme_that_grades_severity(data: Path) -> None:
    with pytest.raises(errors.SchemeBroken, match="three_levels"):
        scheme.load(GOOD.replace('"ours"', '"three_levels"'), place="ours.toml")


def test_the_doctor_says_which_table_cannot_be_read_and_on_which_line(data: Path) -> None:
    def said() -> list[tuple[str, str]]:
        return [(level, says) for subject, level, says, _ in readiness.tables(NOON) if subject == "schemes"]

    assert said() == []
    loaded, _ = scheme.load(scheme.shipped_text("uk_sentencing") or "", place="uk_sentencing")
    assert said() == [("ok", f"used beside the severity: {loaded.key}")]
    broken = scheme.folder() / "ours.toml"
    broken.write_text('name = "ours"\nversion = "1"\ntitle = \n')
    (data / "severity.toml").write_text('name = "own"\n[[level]]\n')
    (first, whole), (second, beside) = said()
    assert (first, second) == ("problem", "problem")
    assert whole.startswith("nothing can be classified: severity.toml, line ")
    assert beside.startswith("ours.toml, line 3")
    broken.write_bytes(b"\xff")
    assert "ours.toml" in said()[1][1]
    broken.unlink()
    (data / "severity.toml").unlink()
    assert [level for level, _ in said()] == ["ok"]


@pytest.mark.slow
@pytest.mark.django_db
def test_the_commands_list_check_and_load(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = data / "ours.toml"
    file.write_text(GOOD.replace('"X"', '""'), "utf-8")
    assert main(["scheme", "check", str(file)]) == Exit.REFUSED
    assert "ours.toml, line 8: “label”" in capsys.readouterr().err
    assert main(["scheme", "load", str(file)]) == Exit.REFUSED
    assert not (data / "schemes").exists()
    file.write_bytes(b'name = "ours"\n# \xff')
    assert main(["scheme", "check", str(file)]) == Exit.REFUSED
    assert "line 2: it is not written in UTF-8" in capsys.readouterr().err
    file.write_text(GOOD, "utf-8")
    assert main(["scheme", "check", str(file)]) == Exit.OK
    assert not (data / "schemes").exists()
    assert main(["scheme", "load", str(file)]) == Exit.OK
    assert main(["scheme", "load", "uk_sentencing"]) == Exit.OK
    assert main(["scheme", "load", "nobodys"]) == Exit.REFUSED
    capsys.readouterr()
    assert main(["scheme", "list", "--json"]) == Exit.OK
    said = json.loads(capsys.readouterr().out)
    assert (said["ours@1"], said["uk_sentencing@2014-04-01"], said["industry"]) == ("in force", "in force", "comes along, not used")
    assert said["inhope_ucs"].startswith("an empty slot")
    assert main(["scheme", "show", "inhope_ucs"]) == Exit.OK
    assert capsys.readouterr().out == scheme.shipped_text("inhope_ucs")
    assert main(["scheme", "show", "../errors"]) == Exit.REFUSED
