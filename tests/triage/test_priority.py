from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cairndesk.cases import taxonomy
from cairndesk.cases.rules.facts import CaseFacts
from cairndesk.triage.rules.completeness import completeness
from cairndesk.triage.rules.priority import Priority, effective, priority, words_for
from cairndesk.triage.rules.signs import RECORDED, TOLD, Facts, Sign, facts_of
from cairndesk.triage.rules.table import shipped

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)


def codes(name: str) -> frozenset[str]:
    return frozenset(taxonomy.family(name).codes)


def some(name: str) -> st.SearchStrategy[frozenset[str]]:
    return st.frozensets(st.sampled_from(sorted(codes(name))), max_size=3)


ANSWER = st.sampled_from(["yes", "no", "not_asked", "declined", "unknown"])
KNOWN = st.builds(
    CaseFacts,
    abuse_now=ANSWER,
    meeting_planned=ANSWER,
    location_known=ANSWER,
    self_harm=ANSWER,
    continuing_access=ANSWER,
    active_contact=ANSWER,
    threats=st.integers(0, 2),
    harms=some("harm"),
    settings=some("setting"),
    child_ages=some("age_band"),
    relations=some("relation"),
    actor_ages=some("actor_age"),
    novelty=some("novelty"),
    authenticity=some("authenticity"),
    nearness=st.frozensets(st.sampled_from(["1:continuing_access", "2:parent", "3:parental_production"])),
)
TELLING = st.lists(st.sampled_from(sorted(TOLD)), max_size=4).map(
    lambda held: {question: [code for asked, code in held if asked == question] for question in {asked for asked, _ in held}}
)


Told = dict[str, object]


def judged(known: CaseFacts = CaseFacts(), *told: dict[str, object], listed: bool = False) -> Priority:  # noqa: B008 - a frozen value
    return priority(facts_of(told=told, paths=["friend"], known=known, listed=listed, advice_only=False, as_of=NOW), shipped())


def replaced(known: CaseFacts, **changes: object) -> CaseFacts:
    return CaseFacts(**{name: changes.get(name, getattr(known, name)) for name in CaseFacts.__slots__})


@pytest.mark.slow
@pytest.mark.req("TRG-13", "TRG-14")
@given(known=KNOWN, told=TELLING, other=some("authenticity"))
def test_whether_an_image_is_real_never_changes_the_priority(known: CaseFacts, told: Told, other: frozenset[str]) -> None:
    assert judged(known, told) == judged(replaced(known, authenticity=other), told)


@pytest.mark.slow
@pytest.mark.req("TRG-12")
@given(known=KNOWN, told=TELLING, setting=some("setting"))
def test_online_is_as_urgent_as_in_person(known: CaseFacts, told: Told, setting: frozenset[str]) -> None:
    assert judged(known, told) == judged(replaced(known, settings=setting), {**told, "setting": "online"})


@pytest.mark.req("TRG-11")
@given(known=KNOWN, told=TELLING, actors=some("actor_age"))
def test_it_does_not_matter_that_the_actors_are_peers(known: CaseFacts, told: Told, actors: frozenset[str]) -> None:
    assert judged(known, told) == judged(replaced(known, actor_ages=actors), told)
    by_a_peer = judged(replaced(known, relations=known.relations | {"peer"}), told)
    assert (by_a_peer.level, by_a_peer.due) == (judged(known, told).level, judged(known, told).due)


@pytest.mark.slow
@pytest.mark.req("TRG-10")
@given(known=KNOWN, told=TELLING)
def test_a_parent_behind_it_never_lowers_the_priority(known: CaseFacts, told: Told) -> None:
    by_parent = replaced(known, relations=known.relations | {"parent"}, harms=known.harms | {"parental_production"})
    before, after = judged(known, told), judged(by_parent, told)
    assert after.level <= before.level
    assert after.due <= before.due


@given(known=KNOWN, told=TELLING, more=TELLING)
def test_a_further_report_never_makes_a_case_wait_longer(known: CaseFacts, told: Told, more: Told) -> None:
    alone, both = judged(known, told), judged(known, told, more)
    assert both.level <= alone.level
    assert both.due <= alone.due
    assert {reason.code for reason in alone.reasons} <= {reason.code for reason in both.reasons}


@pytest.mark.req("TRG-03")
@given(signs=st.frozensets(st.sampled_from(list(Sign))), left=st.none() | st.timedeltas(timedelta(), timedelta(days=9)), advice=st.booleans())
def test_every_priority_has_a_level_a_reason_for_each_sign_and_a_time(signs: frozenset[Sign], left: timedelta | None, *, advice: bool) -> None:
    found = priority(Facts(signs=signs, time_left=left, advice_only=advice), shipped())
    assert 1 <= found.level <= 5
    assert {reason.code for reason in found.reasons} == set(signs)
    assert timedelta() <= found.due <= timedelta(hours=72)
    assert found.is_emergency == (found.level == 1)


def test_every_sign_has_exactly_one_rule_and_the_table_goes_from_most_to_least_urgent() -> None:
    assert sorted(rule.sign for rule in shipped().rules) == sorted(Sign)
    assert [rule.level for rule in shipped().rules] == sorted(rule.level for rule in shipped().rules)


def test_every_answer_code_in_the_table_is_one_that_intake_asks() -> None:
    from cairndesk.intake.rules.questions import QUESTIONS

    assert all(code in QUESTIONS[question].choices for question, code in TOLD)
    assert len({sign for sign, _ in RECORDED}) == len(RECORDED)


@pytest.mark.req("TRG-04")
@pytest.mark.parametrize("answer", ["happening_now", "meeting_soon", "self_harm"])
def test_danger_told_now_outranks_everything(answer: str) -> None:
    found = judged(CaseFacts(), {"danger": [answer]})
    assert found.is_emergency
    assert found.due <= timedelta(minutes=30)


@pytest.mark.req("TRG-04")
@pytest.mark.parametrize("danger", ["abuse_now", "meeting_planned", "location_known"])
def test_recorded_peril_raises_the_case(danger: str) -> None:
    assert judged(CaseFacts(**{danger: "yes"})).level < judged().level


@pytest.mark.req("TRG-05")
@pytest.mark.parametrize("told", [{}, {"what": ["asked_pictures"]}, {"what": ["secrets"]}, {"what": ["gifts"]}])
def test_active_contact_is_a_matter_of_minutes(told: Told) -> None:
    known = CaseFacts(active_contact="not_asked" if told else "yes")
    assert judged(known, told).due <= timedelta(minutes=45)


@pytest.mark.req("TRG-06")
@given(hours=st.integers(0, 400))
def test_somebody_looks_before_the_deadline_of_a_threat(hours: int) -> None:
    found = judged(CaseFacts(threats=1, deadlines=(NOW + timedelta(hours=hours),)))
    assert found.due <= timedelta(hours=hours) or hours == 0
    assert "deadline" in {reason.code for reason in found.reasons}


@pytest.mark.req("TRG-07", "INT-30")
def test_self_harm_is_an_emergency_however_it_became_known() -> None:
    assert judged(CaseFacts(), {"danger": ["self_harm"]}).is_emergency
    assert judged(CaseFacts(self_harm="yes")).is_emergency
    assert judged(CaseFacts(raising=frozenset({"impact.suicidal_thoughts"}))).is_emergency


@pytest.mark.req("TRG-08")
def test_a_planned_meeting_counts_with_its_time() -> None:
    found = judged(CaseFacts(meeting_planned="yes", meeting_at=NOW + timedelta(minutes=20)))
    assert found.is_emergency
    assert found.due == timedelta(minutes=10)


@pytest.mark.req("TRG-09")
def test_somebody_near_the_child_counts_as_access() -> None:
    assert "continuing_access" in {reason.code for reason in judged(CaseFacts(relations=frozenset({"parent"}))).reasons}


@pytest.mark.req("TRG-17")
@pytest.mark.parametrize("band", ["age_0", "age_1_2", "age_3_6", "age_7_9"])
def test_the_youngest_bands_raise_the_case(band: str) -> None:
    assert judged(CaseFacts(child_ages=frozenset({band}))).level < judged(CaseFacts(child_ages=frozenset({"age_13_15"}))).level


@pytest.mark.req("TRG-18")
def test_new_material_raises_the_case_and_a_variant_of_known_material_does_not() -> None:
    new, variant, known = (judged(CaseFacts(novelty=frozenset({one}))).level for one in ("new", "known_variant", "known"))
    assert new < variant == known
    assert judged(CaseFacts(novelty=frozenset({"new", "known_variant", "known"}))).level == new


def test_made_up_pictures_weigh_the_same_as_others() -> None:
    assert judged(CaseFacts(), {"what": ["fake_pictures"]}) == judged(CaseFacts(), {"what": ["shared_pictures"]})


@pytest.mark.req("TRG-25")
def test_hallmarks_of_organised_crime_raise_the_case() -> None:
    for code in sorted(codes("organised_pattern")):
        assert judged(CaseFacts(marks=frozenset({f"organised_pattern.{code}"}))).level == 2


@pytest.mark.req("TAX-59")
@pytest.mark.parametrize("harm", ["offered_meeting", "self_harm_media"])
def test_offered_meetings_and_media_of_self_harm_raise_the_case(harm: str) -> None:
    assert taxonomy.raises_urgency("harm", harm)
    assert judged(CaseFacts(harms=frozenset({harm}), raising=frozenset({f"harm.{harm}"}))).level < judged().level


@pytest.mark.req("TRG-28")
def test_the_words_for_threats_name_boys() -> None:
    assert "boys" in words_for("threat", shipped())


def test_reasons_of_the_taxonomy_are_said_in_its_words() -> None:
    assert words_for("harm.live_streaming", shipped()) == "Recorded: live streaming of child sexual abuse"
    assert words_for("a_code_of_an_older_table", shipped()) == "a code of an older table"


@pytest.mark.req("TRG-20")
@given(assessed=st.integers(1, 5), seen=st.integers(1, 5), set_to=st.integers(1, 5))
def test_a_person_decides_until_the_case_becomes_more_urgent_than_they_saw(assessed: int, seen: int, set_to: int) -> None:
    level = effective(assessed=assessed, seen=seen, set_to=set_to)
    assert level == (set_to if assessed >= seen else min(set_to, assessed))
    assert effective(assessed=assessed, seen=None, set_to=None) == assessed


@given(told=TELLING)
def test_completeness_is_a_score_of_its_own(told: Told) -> None:
    """Knowing less never makes a case more or less urgent."""
    score = completeness([told])
    assert 0 <= score.percent <= 100
    fuller = {**told, "service": "a service", "handle": "a handle", "link": "https://a.example"}
    assert completeness([fuller]).percent > score.percent
    assert judged(CaseFacts(), told) == judged(CaseFacts(), fuller)


def test_what_somebody_would_rather_not_say_is_not_missing() -> None:
    assert "age" not in completeness([{"age": {"unknown": "declined"}}]).missing
    assert "age" in completeness([{"age": {"unknown": "not_asked"}}]).missing
