"""A file of priority rules: what it may change, what it may not, and how a mistake is named."""

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.triage.test_priority import KNOWN, NOW, TELLING, Told, replaced, some

from cairndesk.cases.rules.facts import CaseFacts
from cairndesk.triage.errors import RulesBroken
from cairndesk.triage.rules.priority import Priority, priority
from cairndesk.triage.rules.signs import Facts, Sign, facts_of
from cairndesk.triage.rules.table import ALWAYS_NOW, EMERGENCY, LONGEST_TEXT, NOW_WITHIN, Table, read_kept, read_table, shipped, shipped_text
from cairndesk.triage.rules.trial import moved

SIGNS = st.frozensets(st.sampled_from(list(Sign)))
SPAN = st.sampled_from(["5 min", "45 min", "3 h", "36 h", "7 d"])


@st.composite
def tables(draw: st.DrawFn) -> Table:
    """Any table that a supervisor could write."""
    ordinary = draw(st.integers(1, 5))
    text = f'[ordinary]\nlevel = {ordinary}\nwithin = "{draw(SPAN)}"\n[advice]\nlevel = {draw(st.integers(ordinary, 5))}\nwithin = "{draw(SPAN)}"\n'
    text += "[by_hand]\n" + "".join(f'{level} = "{level} h"\n' for level in range(1, 6))
    for sign in draw(st.permutations(list(Sign))):
        level, within = (1, draw(st.sampled_from(["1 min", "60 min"]))) if sign in ALWAYS_NOW else (draw(st.integers(1, ordinary)), draw(SPAN))
        text += f'[[rule]]\nsign = "{sign.value}"\nlevel = {level}\nwithin = "{within}"\nwords = "A reason"\n'
    return read_table(text, version=1001)


def judged(table: Table, known: CaseFacts, told: Told) -> Priority:
    return priority(facts_of(told=[told], paths=["friend"], known=known, listed=False, advice_only=False, as_of=NOW), table)


@pytest.mark.slow
@given(table=tables(), signs=SIGNS, more=SIGNS, advice=st.booleans())
def test_whatever_a_file_says_another_sign_of_danger_never_makes_a_case_less_urgent(
    table: Table, signs: frozenset[Sign], more: frozenset[Sign], *, advice: bool
) -> None:
    few, many = (priority(Facts(signs=held, advice_only=advice), table) for held in (signs, signs | more))
    assert many.level <= few.level
    if signs:
        assert many.due <= few.due


@pytest.mark.slow
@pytest.mark.req("TRG-10", "TRG-11", "TRG-12", "TRG-14", "TRG-28")
@given(table=tables(), known=KNOWN, told=TELLING, real=some("authenticity"), actors=some("actor_age"), places=some("setting"))
def test_no_file_can_see_what_must_not_matter(
    table: Table, known: CaseFacts, told: Told, real: frozenset[str], actors: frozenset[str], places: frozenset[str]
) -> None:
    plain = judged(table, known, told)
    assert judged(table, replaced(known, authenticity=real, actor_ages=actors, settings=places), told) == plain
    assert judged(table, known, {**told, "gender": "girl", "country": "XA", "language": "ar", "setting": "online"}) == plain
    parent = judged(table, replaced(known, relations=known.relations | {"parent"}), told)
    assert parent.level <= plain.level


@pytest.mark.slow
@given(table=tables(), signs=SIGNS)
def test_whoever_is_in_danger_comes_first_by_every_file(table: Table, signs: frozenset[Sign]) -> None:
    for sign in ALWAYS_NOW:
        found = priority(Facts(signs=signs | {sign}), table)
        assert (found.level, found.is_emergency) == (EMERGENCY, True)
        assert found.due <= NOW_WITHIN


CHANGED = {
    "a sign without a rule": ('sign = "live"', 'sign = "alike"', "has two rules"),
    "an unknown sign": ('sign = "alike"', 'sign = "gender"', "“gender” is no sign"),
    "danger put off": ("level = 1", "level = 2", "a child in danger never waits"),
    "danger looked at late": ('within = "15 min"', 'within = "2 h"', "within an hour"),
    "a level too many": ("level = 3", "level = 6", "from 1 to 5"),
    "a level in words": ("level = 3", 'level = "3"', "from 1 to 5"),
    "a level that is true": ("level = 3", "level = true", "from 1 to 5"),
    "a discount": ('level = 4\nwithin = "48 h"\nwords', 'level = 5\nwithin = "48 h"\nwords', "less urgent than one without any"),
    "a time without a unit": ('within = "45 min"', "within = 45", "a time is written"),
    "a time of nothing": ('within = "45 min"', 'within = "0 min"', "a time is written"),
    "a time of weeks": ('within = "45 min"', 'within = "8 d"', "at most 7 days"),
    "a rule that says more": ('words = "It looks organised"', 'words = "It looks organised"\nif_gender = "x"', "a rule has no “if_gender”"),
    "no words": ('words = "It looks organised"', 'words = " "', "one line of"),
    "a name nobody knows": ("[ordinary]", "[extra]\nlevel = 1\n[ordinary]", "nothing is known by the name “extra”"),
    "advice before what was found": ("[advice]\nlevel = 5", "[advice]\nlevel = 3", "would come before"),
    "levels turned round": ('3 = "24 h"', '3 = "1 h"', "sooner than level 2"),
    "a level without a time": ('3 = "24 h"\n', "", "a time for each of the levels"),
    "half a line": ("version = 3", "version =", "Invalid value"),
    "a sign that is a list": ('sign = "alike"', 'sign = ["alike"]', "is no sign"),
    "a sign that is a table": ('sign = "alike"', "sign = {a = 1}", "is no sign"),
    "danger put off by hand": ('1 = "15 min"', '1 = "2 h"', "a child in danger never waits"),
    "no version": ("version = 3", 'version = "three"', "a number"),
}  # fmt: skip


@pytest.mark.parametrize("what", CHANGED)
def test_a_mistake_is_named_with_its_line(what: str) -> None:
    was, now, reason = CHANGED[what]
    text = shipped_text()
    assert was in text
    changed = text.replace(was, now, 1)
    with pytest.raises(RulesBroken) as raised:
        read_table(changed)
    assert reason in raised.value.reason
    # The line of what was changed, or the line that it leads to: the second rule of a sign, a level that is missing under its heading.
    lines = changed.splitlines()
    assert 1 <= raised.value.line <= len(lines)
    if what not in {"a sign without a rule", "a level without a time"}:
        assert set(lines[raised.value.line - 1].split()) & set(now.split()), lines[raised.value.line - 1]


def test_a_sign_that_a_file_forgets_is_named() -> None:
    rule = shipped_text().index('[[rule]]\nsign = "alike"')
    with pytest.raises(RulesBroken, match="“alike” has no rule"):
        read_table(shipped_text()[:rule])


@pytest.mark.parametrize(
    "text", ["", "rule = 3", "[[ordinary]]", 'rule = ["x"]', "\0", "x" * (LONGEST_TEXT + 1), "version = " + "9" * 5000, "version = " + "[" * 30000]
)
def test_what_is_no_file_of_rules_is_refused_in_the_same_way(text: str) -> None:
    with pytest.raises(RulesBroken):
        read_table(text)


@given(text=st.text(max_size=200) | st.text(max_size=60).map(lambda tail: shipped_text()[:900] + tail))
def test_no_text_does_anything_but_be_refused_or_read(text: str) -> None:
    with suppress(RulesBroken):
        read_table(text)


@pytest.mark.slow
@given(table=tables(), signs=SIGNS, advice=st.booleans())
def test_a_trial_says_what_the_rules_would_say(table: Table, signs: frozenset[Sign], *, advice: bool) -> None:
    found = priority(Facts(signs=signs, advice_only=advice), shipped())
    shift = moved([reason.code for reason in found.reasons], level=found.level, advice_only=advice, judged_by=shipped(), table=table)
    other = priority(Facts(signs=signs, advice_only=advice), table)
    assert (shift.before, shift.after, shift.within_before, shift.within_after) == (found.level, other.level, found.due, other.due)
    assert shift.is_later == ((other.level, other.due) > (found.level, found.due))


def test_a_mistake_is_named_with_its_line_whatever_stands_in_the_comments_above_it() -> None:
    odd = "# one\u2028line of\u0085three\n" + shipped_text().replace("level = 2", "level = 9", 1)
    with pytest.raises(RulesBroken) as broken:
        read_table(odd)
    assert odd.split("\n")[broken.value.line - 1].startswith("level = 9")


def test_a_file_that_was_kept_is_read_also_by_a_desk_that_has_learnt_a_sign_or_forgotten_one() -> None:
    own = shipped_text().replace("A threat has a deadline", "Ours")
    older = own[: own.index('[[rule]]\nsign = "alike"')] + '[[rule]]\nsign = "gone"\nlevel = 2\nwithin = "1 h"\nwords = "Of an older desk"\n'
    held = read_kept(older, version=1001)
    assert (held.version, held.rule(Sign.DEADLINE).words, held.rule(Sign.ALIKE)) == (1001, "Ours", shipped().rule(Sign.ALIKE))
    assert len(held.rules) == len(Sign)


@pytest.mark.parametrize("text", ["", "half = ", 'rule = "x"', "[[rule]]\nlevel = 2", "x = " + "[" * 30000])
def test_of_a_file_that_nobody_can_read_any_more_the_table_that_came_with_the_desk_is_left(text: str) -> None:
    assert read_kept(text, version=1001) == replace(shipped(), version=1001)


def test_a_table_is_sorted_by_urgency_whatever_the_order_in_its_file() -> None:
    levels = [rule.level for rule in read_table(shipped_text().replace("level = 3", "level = 1")).rules]
    assert levels == sorted(levels)
    assert replace(shipped(), version=9).rule(Sign.DEADLINE).within == timedelta(hours=1)
