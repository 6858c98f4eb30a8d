from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cairndesk.cases import taxonomy
from cairndesk.directory.rules import Rule
from cairndesk.lib.unknowns import Unknown
from cairndesk.review import errors
from cairndesk.review.rules import FEATURES, WORDS, Ask, Look, Verdict, VerdictCode, check_look, second_look, verdicts
from cairndesk.review.rules.harms import GROUPS
from cairndesk.review.rules.reading import read_scheme

ON = date(2026, 3, 4)
SCHEME = read_scheme(
    """
name = "s"
version = "1"
title = "S"
[[level]]
code = "a"
label = "A"
definition = "Most severe."
is_severe = true
[[level]]
code = "c"
label = "C"
definition = "Else."
""",
    place="s.toml",
)


def rule(verdict: str, place: str = "Sample A", order: int = 0, *, since: date = ON, until: date | None = None, **when: list[str]) -> Rule:
    return Rule("set", place, order, verdict, when, "a source", "a note", since, until, is_sample=True)


ANY_CODE = st.fixed_dictionaries({feature.name: st.sampled_from([*sorted(taxonomy.family(feature.family).codes), *Unknown]) for feature in FEATURES})


def only(features: dict[str, str], *held: Rule, on: date = ON) -> Verdict:
    (found,) = verdicts(features, held, on)
    return found


@pytest.mark.req("TRG-26")
def test_the_same_features_may_be_unlawful_in_one_place_and_not_in_another() -> None:
    held = [rule("unlawful", "A", shows_abuse=["yes"]), rule("not_unlawful", "B", shows_abuse=["yes"])]
    assert {one.jurisdiction: one.code for one in verdicts({"shows_abuse": "yes"}, held, ON)} == {"A": "unlawful", "B": "not_unlawful"}


@pytest.mark.req("TRG-26")
@pytest.mark.parametrize("code", [VerdictCode.HARMFUL, VerdictCode.NOT_UNLAWFUL])
def test_what_is_no_crime_is_still_removable_and_still_supported(code: VerdictCode) -> None:
    assert WORDS[code].startswith("Not criminal here; still removable")
    assert "still supported" in WORDS[code]


def test_a_rule_counts_from_its_first_day_until_its_last() -> None:
    dated = rule("unlawful", since=date(2026, 3, 4), until=date(2026, 3, 5), shows_abuse=["yes"])
    said = {day: only({"shows_abuse": "yes"}, dated, on=date(2026, 3, day)).code for day in (3, 4, 5)}
    assert said == {3: "undecided", 4: "unlawful", 5: "undecided"}


def test_the_first_rule_that_applies_decides() -> None:
    first, second = rule("lawful_but_harmful", shows_abuse=["yes"]), rule("unlawful", order=1, shows_abuse=["yes"])
    assert only({"shows_abuse": "yes"}, first, second).code is VerdictCode.HARMFUL


def test_a_verdict_that_nobody_knows_is_no_verdict() -> None:
    assert only({"shows_abuse": "yes"}, rule("a_word_of_somebody", shows_abuse=["yes"])).code is VerdictCode.UNDECIDED


@pytest.mark.req("TRG-13")
@pytest.mark.parametrize("authenticity", ["undetermined", *Unknown])
def test_what_cannot_be_told_is_judged_as_undetermined_which_rules_treat_as_real(authenticity: str) -> None:
    real = rule("unlawful", shows_abuse=["yes"], authenticity=["real", "altered_from_real", "undetermined"])
    assert only({"shows_abuse": "yes", "authenticity": authenticity}, real).code is VerdictCode.UNLAWFUL


@given(features=ANY_CODE)
def test_every_jurisdiction_gets_exactly_one_verdict_and_every_verdict_has_words(features: dict[str, str]) -> None:
    in_b = [rule("not_unlawful", "B", shows_abuse=["no"]), rule("lawful_but_harmful", "B", realism=["drawn"])]
    held = [rule("unlawful", "A", shows_abuse=["yes"]), *in_b]
    found = verdicts(features, held, ON)
    assert [one.jurisdiction for one in found] == ["A", "B"]
    assert all(one.words == WORDS[one.code] for one in found)
    assert all(bool(one.source) == (one.code is not VerdictCode.UNDECIDED) for one in found)


@pytest.mark.slow
@given(features=ANY_CODE)
def test_any_code_of_the_taxonomy_is_a_good_answer(features: dict[str, str]) -> None:
    look = check_look(Look(features=features, severity="c"), SCHEME)
    assert dict(look.features) == features


def test_what_was_not_asked_is_recorded_as_such() -> None:
    look = check_look(Look(severity="c"), SCHEME)
    assert set(look.features.values()) == {"not_asked"}


@pytest.mark.parametrize(
    "look",
    [
        Look(severity="z"),
        Look(severity=""),
        Look(severity="c", features={"shows_abuse": "perhaps"}),
        Look(severity="c", features={"a_feature_of_mine": "yes"}),
        Look(severity="c", harms=("no_such_harm",)),
        Look(severity="c", harms=("unknown",)),
    ],
)
def test_it_refuses_what_no_scheme_and_no_taxonomy_defines(look: Look) -> None:
    with pytest.raises(errors.NotThisFeature):
        check_look(look, SCHEME)


@pytest.mark.parametrize(
    ("look", "asks"),
    [
        (Look(severity="c", features={"shows_abuse": "yes", "authenticity": "real"}), ()),
        (Look(severity="a"), (Ask.SEVERE,)),
        (Look(severity="c", is_uncertain=True), (Ask.UNCERTAIN,)),
        (Look(severity="c", features={"shows_abuse": "unknown"}), (Ask.ABUSE_UNCLEAR,)),
        (Look(severity="c", features={"actor_age": "child"}), (Ask.CHILD_ACTOR,)),
    ],
)
def test_severe_or_uncertain_work_goes_to_another_person(look: Look, asks: tuple[Ask, ...]) -> None:
    assert second_look(look, SCHEME) == asks


@pytest.mark.slow
@pytest.mark.req("TRG-12", "TRG-14")
@given(features=ANY_CODE, other=ANY_CODE)
def test_whether_it_is_real_and_where_it_happened_change_neither_the_severity_nor_who_looks(features: dict[str, str], other: dict[str, str]) -> None:
    changed = features | {name: other[name] for name in ("authenticity", "realism", "setting")}
    for level in SCHEME.levels:
        one, two = (check_look(Look(features=seen, severity=level.code), SCHEME) for seen in (features, changed))
        assert (one.severity, second_look(one, SCHEME)) == (two.severity, second_look(two, SCHEME))


_HEAD = 'name="s"\nversion="1"\ntitle="t"\n'


@pytest.mark.parametrize("text", ["", "=", "name = 1", f"{_HEAD}level=[]", f'{_HEAD}[[level]]\ncode="a"'])
def test_a_broken_scheme_is_named(text: str) -> None:
    with pytest.raises(errors.SchemeBroken, match=r"mine\.toml"):
        read_scheme(text, place="mine.toml")


def test_every_harm_in_force_stands_in_exactly_one_group_to_choose_from() -> None:
    grouped = [code for codes in GROUPS.values() for code in codes]
    assert len(grouped) == len(set(grouped))
    assert set(grouped) == {code.code for code in taxonomy.family("harm").codes.values() if not code.until}
