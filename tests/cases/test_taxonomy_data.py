"""The data files themselves: whole, worded with care, and refused when they contradict each other."""

import re
from datetime import date

import pytest
from django.apps import apps
from django.db.models import Model
from tests.house.tree import SOURCE
from tests.support.taxonomies import EARLIER, NEW, RENAMED, SECOND, with_second_version

from cairndesk.cases import taxonomy
from cairndesk.cases.errors import UnknownCode
from cairndesk.cases.models import CodeOrUnknown, Mark
from cairndesk.cases.taxonomy import Break, Change, Code, TaxonomyBroken, Version
from cairndesk.lib.unknowns import Unknown
from cairndesk.review.models import Classification, SecondLook

ALL = [code for family in taxonomy.load().families.values() for code in family.codes.values()]
ALL_CODES = [pytest.param(code, id=code.key) for code in ALL]


def words_of(code: Code) -> str:
    return " · ".join((code.label, code.definition, code.note, *code.includes, *code.excludes)).casefold()


def broken(**family: object) -> dict[str, dict[str, object]]:
    good = {"code": "one", "label": "One", "definition": "The first.", "since": "2026.1", "requirements": ["TAX-01"]}
    table = {"family": "thing", "title": "Thing", "about": "About.", "code": [good | family]}
    return {"versions": {"version": [{"name": "2026.1", "since": date(2026, 1, 1), "summary": "First."}]}, "thing": table}


REFUSED = [
    ({"code": "Not A Code"}, "small letters"),
    ({"code": "declined"}, "four kinds of unknown"),
    ({"definition": ""}, "definition"),
    ({"label": ""}, "label"),
    ({"since": "1999.1"}, "name a version"),
    ({"until": "1999.1"}, "name a version"),
    ({"requirements": []}, "requirement"),
    ({"requirements": ["something"]}, "requirement"),
    ({"colour": "red"}, "colour"),
]


@pytest.mark.parametrize(("wrong", "named"), REFUSED)
def test_it_refuses_a_data_file_with_a_fault_and_names_it(wrong: dict[str, object], named: str) -> None:
    with pytest.raises(TaxonomyBroken, match=named):
        taxonomy.parse(broken(**wrong), [])


def test_it_refuses_the_same_code_twice() -> None:
    tables = broken()
    tables["thing"]["code"] = [*tables["thing"]["code"], *tables["thing"]["code"]]  # type: ignore[misc]
    with pytest.raises(TaxonomyBroken, match="twice"):
        taxonomy.parse(tables, [])


def test_it_refuses_references_that_lead_nowhere() -> None:
    tables = broken()
    tables["thing"]["rollups"] = {"some": ["two"]}
    tables["aliases"] = {"alias": [{"term": "x", "country": "", "family": "thing", "code": "two"}]}
    tables["versions"]["change"] = [{"version": "2026.1", "family": "thing", "old": "one", "new": "two"}]
    scheme = {
        "scheme": "elsewhere",
        "title": "Elsewhere",
        "source": "Elsewhere, page 1",
        "checked": date(2026, 1, 1),
        "category": [{"code": "a", "official_name": "A", "harms": ["no"], "exact": ["thing"]}],
    }
    with pytest.raises(TaxonomyBroken) as refused:
        taxonomy.parse(tables, [scheme])
    assert len(str(refused.value).splitlines()) == 5


@pytest.mark.parametrize("name", sorted(n for n, f in taxonomy.load().families.items() if f.guided))
def test_a_guided_family_says_for_each_code_what_belongs_and_what_does_not(name: str) -> None:
    family = taxonomy.family(name)
    assert family.about
    for code in family.codes.values():
        assert code.definition, code.key
        assert code.includes, code.key
        assert code.excludes, code.key
        assert code.since, code.key


def test_the_families_that_a_coder_has_to_judge_are_guided() -> None:
    assert {n for n, f in taxonomy.load().families.items() if f.guided} >= {"harm", "harm_act", "tactic", "ai_technique", "self_generated_context"}


# ── Words ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.req("TRM-03")
@pytest.mark.parametrize(
    "code", [p for p in ALL_CODES if "self-generated" in words_of(p.values[0]) or p.values[0].family.startswith("self_generated")]
)
def test_self_generated_never_stands_without_its_caveat(code: Code) -> None:
    assert code.caveat == taxonomy.CAVEAT
    assert "never means that the child is to blame" in code.caveat
    assert taxonomy.label(code.family, code.code) == f"{code.label}. {taxonomy.CAVEAT}"


def test_other_codes_carry_no_caveat() -> None:
    assert taxonomy.family("harm").codes["stalking"].caveat == ""
    assert taxonomy.label("harm", "stalking") == "Cyberstalking"


@pytest.mark.req("TRM-03")
def test_every_page_that_prints_a_code_prints_its_caveat_and_every_text_takes_the_name_with_it() -> None:
    pages = [path for path in SOURCE.rglob("*.html") if re.search(r"\{\{ *code\.(label|definition)", path.read_text("utf-8"))]
    assert len(pages) >= 3
    bare = [
        (path.name, line)
        for path in pages
        for line in path.read_text("utf-8").splitlines()
        if "code.definition" in line and "code.caveat" not in line
    ]
    assert bare == []
    # The choices of a form stand below a question that says it.
    known = [path for path in SOURCE.rglob("*.py") if "taxonomy" not in path.parts and "forms" not in path.parts]
    assert [path.name for path in known if re.search(r"\bcodes?(\[\w+\])?\.label\b", path.read_text("utf-8"))] == []


@pytest.mark.req("TRM-04")
def test_sexual_extortion_is_the_term_and_the_older_word_a_synonym() -> None:
    code = taxonomy.family("harm").codes["sexual_extortion"]
    assert code.label.startswith("Sexual extortion")
    assert "sextortion" in code.also
    assert "sextortion" not in words_of(code)


@pytest.mark.req("TRM-06", "TRM-07")
def test_the_umbrella_term_and_grooming_are_explained() -> None:
    harms = taxonomy.family("harm").codes
    assert harms["technology_facilitated"].label.startswith("Technology-facilitated child sexual abuse and exploitation")
    assert "solicitation of a child for sexual purposes" in harms["solicitation"].label


def test_labels_are_plain_sentence_case() -> None:
    known = {"AI", "LGBTQ+", "PDQ"}
    assert {code.key: code.label for code in ALL if any(w[:1].isupper() and w.strip("()") not in known for w in code.label.split()[1:])} == {}
    assert {code.key: code.label for code in ALL if len(code.label) > 80} == {}


def test_nothing_in_the_taxonomy_can_lower_urgency() -> None:
    assert {name for name in Code.__dataclass_fields__ if re.search("lower|discount|weight|score|severity|priority", name)} == set()
    assert not any(
        taxonomy.raises_urgency(family, code) for family in ("authenticity", "actor_age", "setting") for code in taxonomy.family(family).codes
    )


# ── Versions, elsewhere, and the four kinds of unknown ───────────────────────────────────────────────────────────


@pytest.mark.req("TAX-87")
def test_a_code_is_followed_across_versions() -> None:
    tables = broken(until="2027.1")
    tables["versions"]["version"] = [*tables["versions"]["version"], {"name": "2027.1", "since": date(2027, 1, 1), "summary": "Second."}]  # type: ignore[misc]
    later = {"code": "two", "label": "Two", "definition": "The second.", "since": "2027.1", "requirements": ["TAX-02"]}
    tables["thing"]["code"] = [*tables["thing"]["code"], later]  # type: ignore[misc]
    tables["versions"]["change"] = [{"version": "2027.1", "family": "thing", "old": "one", "new": "two"}]
    two = taxonomy.parse(tables, [])
    assert two.changes == (Change("2027.1", "thing", "one", "two"),)
    assert taxonomy.in_force(date(2026, 12, 31), two) == "2026.1"
    assert taxonomy.in_force(date(2027, 1, 1), two) == "2027.1"
    assert taxonomy.translate("thing", "one", to="2027.1", taxonomy=two) == "two"
    assert taxonomy.translate("thing", "one", to="2026.1", taxonomy=two) == "one"


@pytest.mark.req("DIM-36")
def test_a_series_breaks_on_the_day_from_which_a_code_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    assert taxonomy.breaks("harm", date(2030, 1, 1)) == ()
    monkeypatch.setattr("cairndesk.cases.taxonomy.look_up.load", with_second_version)
    assert taxonomy.breaks("harm", date(2026, 12, 31)) == ()
    assert taxonomy.breaks("harm", date(2027, 1, 1)) == (Break(SECOND.since, "", NEW), Break(SECOND.since, EARLIER, RENAMED))
    assert taxonomy.breaks("tactic", date(2027, 1, 1)) == ()
    assert [taxonomy.counted_as("harm", EARLIER, date(year, 6, 1)) for year in (2026, 2027)] == [EARLIER, RENAMED]
    with pytest.raises(UnknownCode):
        taxonomy.accept("harm", NEW, version="2026.1")


@pytest.mark.req("DIM-36")
def test_every_record_that_holds_codes_keeps_the_version_they_were_set_under() -> None:
    def holds_codes(model: type[Model]) -> bool:
        return any(isinstance(field, CodeOrUnknown | Mark) for field in model._meta.concrete_fields)

    coded = [model for model in apps.get_models() if holds_codes(model)] + [Classification, SecondLook]
    assert len(coded) > 20
    versions = {model.__name__: [field for field in model._meta.concrete_fields if field.name == "taxonomy"] for model in coded}
    assert {name: len(found) for name, found in versions.items()} == dict.fromkeys(versions, 1)
    assert not any(field.null or field.blank or field.has_default() for (field,) in versions.values())


def test_what_happened_before_the_first_version_is_coded_by_the_first() -> None:
    first: Version = taxonomy.load().versions[0]
    assert taxonomy.in_force(date(1990, 1, 1)) == first.name


@pytest.mark.req("TAX-87")
@pytest.mark.parametrize("name", ["harm", "tactic", "ai_technique", "media_type", "platform_type", "payment_rail", "concealment"])
def test_there_is_a_code_for_what_is_new_or_emerging(name: str) -> None:
    assert taxonomy.accept(name, "new_or_emerging") == "new_or_emerging"


@pytest.mark.req("DIM-57")
@pytest.mark.parametrize("name", sorted(taxonomy.load().families))
def test_every_family_takes_the_four_kinds_of_unknown_and_words_them_apart(name: str) -> None:
    assert [taxonomy.accept(name, unknown) for unknown in Unknown] == [unknown.value for unknown in Unknown]
    assert len({taxonomy.label(name, unknown) for unknown in Unknown}) == 4


def test_it_refuses_a_code_nobody_defined() -> None:
    with pytest.raises(UnknownCode):
        taxonomy.accept("harm", "something_else")
    with pytest.raises(UnknownCode):
        taxonomy.accept("no_such_family", "yes")
    with pytest.raises(UnknownCode):
        taxonomy.accept("harm", Unknown.UNKNOWN, unknowns=False)


@pytest.mark.req("TAX-11", "DIM-43")
def test_extortion_counts_as_enticement_where_an_outside_scheme_says_so() -> None:
    (category,) = taxonomy.categories_of("cybertipline", ["financial_sexual_extortion"])
    assert category.code == "enticement"
    assert category in taxonomy.categories_of("cybertipline", ["solicitation", "material_possession"])


@pytest.mark.req("DIM-43")
@pytest.mark.parametrize("scheme", sorted(taxonomy.load().schemes))
def test_every_outside_scheme_can_be_filled_from_our_codes(scheme: str) -> None:
    held = taxonomy.outside(scheme)
    for category in held.categories:
        for harm in category.harms:
            assert category in taxonomy.categories_of(scheme, [harm])
        for context in category.contexts:
            assert category in taxonomy.categories_of(scheme, [], [context])
    assert taxonomy.categories_of(scheme, []) == ()


@pytest.mark.req("TAX-66", "TRM-01", "TRM-02")
def test_treaty_words_stand_in_the_treaty_scheme_only() -> None:
    names = {category.official_name for category in taxonomy.outside("treaty").categories}
    assert "Child prostitution" in names
    (category,) = taxonomy.categories_of("treaty", ["exploitation_in_prostitution"])
    assert category.code == "prostitution"
    assert taxonomy.label("harm", "exploitation_in_prostitution") == "Exploitation of children in prostitution"


@pytest.mark.req("TAX-30")
def test_survey_groups_can_be_compared() -> None:
    assert [c.code for c in taxonomy.categories_of("survey", ["nonconsensual_communication"])] == ["solicitation"]


@pytest.mark.req("TAX-15", "TRM-14")
def test_a_local_name_is_an_alias_with_its_country() -> None:
    (alias,) = taxonomy.aliases("organised_pattern", "locally_named_type", country="BF")
    assert (alias.term, alias.country) == ("brouteurs", "BF")
    assert taxonomy.aliases("organised_pattern", "locally_named_type", country="SE") == ()


@pytest.mark.req("TAX-48")
def test_a_guide_says_that_its_legality_differs_from_place_to_place() -> None:
    assert "differs from place to place" in taxonomy.family("harm").codes["generation_guide"].note


@pytest.mark.req("DIM-01")
def test_age_bands_roll_up_the_way_figures_are_published() -> None:
    every = {name: sorted(taxonomy.members("age_band", name)) for name in ("infant", "toddler", "primary", "teen")}
    assert every == {
        "infant": ["age_0"],
        "toddler": ["age_1_2"],
        "primary": ["age_10", "age_11_12", "age_3_6", "age_7_9"],
        "teen": ["age_13_15", "age_16_17"],
    }
    assert taxonomy.members("age_band", "seven_to_ten") == {"age_7_9", "age_10"}
    assert taxonomy.members("age_band", "under_10") < taxonomy.members("age_band", "under_13") < taxonomy.members("age_band", "under_18")
    assert "age_18_20" not in taxonomy.members("age_band", "under_18")
    with pytest.raises(UnknownCode):
        taxonomy.members("age_band", "elderly")
