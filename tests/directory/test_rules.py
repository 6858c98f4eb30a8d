"""When an entry can be used, when it is stale, and when a dated rule applies."""

import tomllib
from datetime import date, timedelta
from importlib.resources import files

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyrage import x25519

from cairndesk.directory import rules
from cairndesk.directory.errors import CheckLiesAhead, NotAUsableEntry, RulesUnreadable

SET = """
code = "s"
jurisdiction = "Sample A"
label = "a sample"
source = "sample, not legal advice"
valid_from = 2026-01-01
valid_until = 2027-01-01
[[rule]]
verdict = "unlawful"
[rule.when]
realism = ["drawn"]
"""


def a_rule() -> rules.Rule:
    conditions = {"shows_abuse": ["yes"], "realism": ["photorealistic", "drawn"]}
    return rules.Rule("s", "Sample A", 1, "unlawful", conditions, "sample", "", date(2026, 1, 1), date(2027, 1, 1), is_sample=True)


@pytest.mark.parametrize(
    ("features", "on", "applies"),
    [
        ({"shows_abuse": "yes", "realism": "drawn"}, date(2026, 1, 1), True),
        ({"shows_abuse": "yes", "realism": "drawn"}, date(2025, 12, 31), False),
        ({"shows_abuse": "yes", "realism": "drawn"}, date(2027, 1, 1), False),
        ({"shows_abuse": "yes", "realism": "rendered"}, date(2026, 6, 1), False),
        ({"shows_abuse": "yes"}, date(2026, 6, 1), False),
    ],
)
def test_a_rule_applies_on_its_days_and_when_every_condition_holds(
    features: dict[str, str],
    on: date,
    applies: bool,  # noqa: FBT001 - a column of the table
) -> None:
    assert a_rule().applies(features, on) is applies


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"name": "X", "phone": "555-0100", "country": "xx"}, "country"),
        ({"name": "X", "phone": "555-0100", "languages": ["English"]}, "languages"),
        ({"name": " ", "phone": "555-0100"}, "name"),
        ({"name": "X"}, "one of phone"),
        ({"name": "X", "email": "not a mail address"}, "email"),
        ({"name": "X", "email": "a@b.example>\r\nBcc: c@d.example"}, "email"),
        ({"name": "X", "phone": "555-0100", "ages_from": 12, "ages_to": 4}, "ages"),
        ({"name": "X", "phone": "555-0100", "age_recipient": "age1nothing"}, "age_recipient"),
    ],
)
def test_it_refuses_an_entry_that_nobody_could_use_and_names_the_field(fields: dict[str, object], named: str) -> None:
    with pytest.raises(NotAUsableEntry, match=named):
        rules.check_contact_fields(fields, ("phone", "email"))


def test_it_takes_an_entry_that_can_be_used() -> None:
    recipient = str(x25519.Identity.generate().to_public())
    rules.check_contact_fields({"name": "X", "phone": "555-0100", "languages": ["pt-BR"], "country": "XX", "age_recipient": recipient}, ("phone",))


@settings(deadline=None)
@given(st.integers(0, 400))
def test_a_contact_is_stale_after_180_days(days: int) -> None:
    today = date(2026, 11, 23)
    assert rules.is_stale(today - timedelta(days=days), today) is (days > 180)


def test_a_contact_never_checked_is_stale() -> None:
    assert rules.is_stale(None, date(2026, 11, 23))


def test_it_refuses_a_check_of_tomorrow() -> None:
    with pytest.raises(CheckLiesAhead):
        rules.check_day(date(2026, 11, 24), date(2026, 11, 23))


def test_a_host_is_looked_up_from_the_narrowest_domain_outward() -> None:
    assert rules.domain_candidates("A.pictures.example.") == ["a.pictures.example", "pictures.example"]


@pytest.mark.parametrize("domain", ["", "no spaces.example", "-a.example", "example", "http://a.example"])
def test_it_refuses_a_domain_that_is_none(domain: str) -> None:
    with pytest.raises(NotAUsableEntry):
        rules.normal_domain(domain)


@pytest.mark.parametrize(
    "broken",
    [
        SET.replace('source = "sample, not legal advice"', ""),
        SET.replace("valid_from = 2026-01-01", 'valid_from = "soon"'),
        SET.replace("2027-01-01", "2025-01-01"),
        SET.replace('verdict = "unlawful"', ""),
        "not toml [",
    ],
)
def test_it_refuses_a_rule_set_without_source_or_dates(broken: str) -> None:
    with pytest.raises(RulesUnreadable):
        rules.read_rule_set(broken)


def test_every_rule_set_that_ships_says_that_it_is_a_sample() -> None:
    shipped = [one for one in files("cairndesk.directory").joinpath("samples").iterdir() if one.name.endswith(".toml")]
    assert len(shipped) == 3
    for one in shipped:
        about, parsed = rules.read_rule_set(one.read_text("utf-8"))
        assert about["source"] == "sample, not legal advice"
        assert about["is_sample"] is True
        assert about["jurisdiction"].startswith("Sample ")
        assert parsed


@pytest.mark.req("DIM-20")
def test_platform_types_are_those_of_the_taxonomy() -> None:
    family = tomllib.loads(files("cairndesk.cases").joinpath("taxonomy/platform_type.toml").read_text("utf-8"))
    known = {one["code"] for one in family["code"]} - {"none", "new_or_emerging"}
    assert {one.value for one in rules.Platform} == known
