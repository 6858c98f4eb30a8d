from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from structlog.testing import capture_logs
from tests.support.cast import NOON

from cairndesk.accounts.errors import NotPermitted, OtherOrganisation
from cairndesk.accounts.rules import SYSTEM, Actor
from cairndesk.cases.actions import ReportFacts, add_person, add_report, describe_incident, record_threat, replace_told
from cairndesk.cases.models import Case
from cairndesk.cases.rules import Stage
from cairndesk.custody import access
from cairndesk.custody.queries import entries_about, unseal_text
from cairndesk.lib import logs
from cairndesk.triage import actions, errors, jobs, queries
from cairndesk.triage.models import Assessment, Override
from cairndesk.triage.rules.overriding import Why

pytestmark = pytest.mark.django_db
Tell = Callable[..., Case]


def reasons(case: Case) -> list[str]:
    return [reason.code for reason in queries.urgency(case).reasons]


def test_a_received_case_is_assessed_and_queued_with_its_clock(tell: Tell) -> None:
    case = tell({"danger": ["happening_now"], "what": ["threatens"]})
    actions.take_in(case=case, now=NOON + timedelta(minutes=2))
    assert (case.stage, case.priority, case.is_emergency) == (Stage.QUEUED, 1, True)
    assert case.due_at == NOON + timedelta(minutes=15)
    assert case.next_action_at == case.due_at
    assert reasons(case) == ["danger_now", "threat"]


def test_assessing_twice_leaves_one_assessment_and_one_log_entry(tell: Tell) -> None:
    case = tell()
    for minute in range(3):
        actions.take_in(case=case, now=NOON + timedelta(minutes=minute))
    assert Assessment.objects.filter(case=case).count() == 1
    assert [line.event for line in entries_about(case.pk)].count("triage.case.assessed") == 1


def test_a_further_report_makes_the_belt_assess_again(tell: Tell) -> None:
    case = tell({"what": ["found"]})
    actions.take_in(case=case, now=NOON)
    assert queries.to_assess(now=NOON, most=9) == []
    more = ReportFacts(source="friend", channel="portal", path="friend", language="en", told={"answers": {"danger": ["meeting_soon"]}})
    add_report(case=case, report=more, by=SYSTEM, now=NOON)
    assert queries.to_assess(now=NOON, most=9) == [case]
    actions.take_in(case=case, now=NOON + timedelta(hours=1))
    assert case.is_emergency
    assert case.due_at == NOON + timedelta(hours=1, minutes=30)
    assert case.assessments.count() == 2


def test_facts_are_weighed_anew_and_what_came_in_meanwhile_stays_to_be_assessed(tell: Tell, ana: Actor) -> None:
    """Whoever classifies does not wait for lists: what the account tells counts at once, and the lists are asked in its turn."""
    case = tell({"what": ["found"]})
    actions.take_in(case=case, now=NOON)
    more = ReportFacts(source="friend", channel="portal", path="friend", language="en", told={"answers": {"danger": ["meeting_soon"]}})
    add_report(case=case, report=more, by=SYSTEM, now=NOON)
    with transaction.atomic():
        held = Case.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=case.pk)
        actions.assess_facts(held=held, by=ana, now=NOON + timedelta(hours=1))
    assert (held.is_emergency, held.due_at) == (True, NOON + timedelta(hours=1, minutes=30))
    assert Case.objects.get(pk=case.pk).is_emergency
    assert queries.to_assess(now=NOON, most=9) == [case]


@pytest.mark.slow
def test_a_nearer_day_moves_the_clock_although_the_signs_stay(tell: Tell, ana: Actor) -> None:
    case = tell({"danger": ["deadline"], "what": ["threatens"]})
    actions.take_in(case=case, now=NOON)
    assert case.due_at == NOON + timedelta(hours=1)
    incident = describe_incident(case=case, facts={}, by=ana, now=NOON)
    record_threat(incident=incident, facts={"deadline": NOON + timedelta(minutes=20)}, by=ana, now=NOON)
    actions.assess(case=case, by=ana, now=NOON)
    assert (case.due_at, reasons(case)) == (NOON + timedelta(minutes=10), ["deadline", "threat"])
    # Time that goes by makes no further assessments of it.
    actions.assess(case=case, by=ana, now=NOON + timedelta(minutes=5))
    assert (case.due_at, case.assessments.count()) == (NOON + timedelta(minutes=10), 2)


def test_a_fuller_account_of_the_same_report_makes_the_belt_assess_again(tell: Tell) -> None:
    case = tell({"what": ["found"]})
    actions.take_in(case=case, now=NOON)
    replace_told(report=case.reports.get(), told={"answers": {"danger": ["self_harm"]}}, state="done", by=SYSTEM, now=NOON)
    assert queries.to_assess(now=NOON, most=9) == [case]
    actions.take_in(case=case, now=NOON)
    assert reasons(case) == ["self_harm"]


def test_what_staff_record_counts_as_well(tell: Tell, ana: Actor) -> None:
    case = tell()
    actions.take_in(case=case, now=NOON)
    describe_incident(case=case, facts={"meeting_planned": "yes"}, by=ana, now=NOON)
    actions.assess(case=case, by=ana, now=NOON)
    assert reasons(case) == ["meeting"]


@pytest.mark.req("TRG-28")
@pytest.mark.parametrize("gender", ["boy_or_man", "girl_or_woman", "non_binary", "self_described"])
def test_boys_and_girls_are_as_urgent(tell: Tell, ana: Actor, gender: str) -> None:
    case = tell({"what": ["threatens"]})
    add_person(case=case, role="child", facts={"gender": gender}, by=ana, now=NOON)
    actions.take_in(case=case, now=NOON)
    assert (case.priority, reasons(case)) == (2, ["threat"])


@pytest.mark.req("TRG-20", "TRG-21")
def test_a_person_sets_the_priority_with_a_reason_and_both_stay_visible(tell: Tell, ana: Actor) -> None:
    case = tell({"what": ["found"]})
    actions.take_in(case=case, now=NOON)
    actions.override_priority(
        case=case, level=1, why=Why.DANGER_SEEN, words="The address shows a live room.", seen=queries.judged(case), by=ana, now=NOON
    )
    shown = queries.urgency(case)
    assert shown.level == 1
    assert shown.assessment is not None
    assert shown.override is not None
    assert (shown.assessment.level, shown.override.level, shown.override.actor) == (4, 1, ana.pseudonym)
    assert unseal_text(shown.override.words) == "The address shows a live room."
    (line,) = [line for line in entries_about(case.pk) if line.event == "triage.priority.set"]
    assert line.detail == {"level": 1, "rules_said": 4, "why": "danger_seen"}


@pytest.mark.req("TRG-21")
@pytest.mark.parametrize("words", ["", "   ", "because"])
def test_it_refuses_to_set_a_priority_without_a_reason(tell: Tell, ana: Actor, words: str) -> None:
    case = tell()
    with pytest.raises(errors.NoReason):
        actions.override_priority(case=case, level=1, why=Why.OTHER, words=words, seen=queries.judged(case), by=ana, now=NOON)
    with pytest.raises(errors.NoSuchLevel):
        actions.override_priority(case=case, level=0, why=Why.OTHER, words="A reason long enough.", seen=queries.judged(case), by=ana, now=NOON)
    assert not Override.objects.exists()


def test_what_a_person_set_stays_until_the_case_becomes_more_urgent_than_they_saw(tell: Tell, ana: Actor) -> None:
    case = tell({"what": ["threatens"]})
    actions.take_in(case=case, now=NOON)
    actions.override_priority(
        case=case, level=4, why=Why.HELP_IS_THERE, words="The family is in contact with us.", seen=queries.judged(case), by=ana, now=NOON
    )
    actions.assess(case=case, by=SYSTEM, now=NOON)
    assert case.priority == 4
    describe_incident(case=case, facts={"abuse_now": "yes"}, by=ana, now=NOON)
    actions.assess(case=case, by=ana, now=NOON)
    assert case.priority == 1
    assert case.is_emergency


@pytest.mark.parametrize(("who", "refusal"), [("cal", NotPermitted), ("lia", NotPermitted), ("ola", OtherOrganisation)])
def test_only_those_who_may_set_a_priority(tell: Tell, request: pytest.FixtureRequest, who: str, refusal: type[Exception]) -> None:
    case = tell()
    with pytest.raises(refusal):
        actions.override_priority(
            case=case, level=1, why=Why.OTHER, words="A reason long enough.", seen=queries.judged(case), by=request.getfixturevalue(who), now=NOON
        )


@pytest.mark.parametrize("table", [Assessment, Override])
def test_the_database_refuses_to_change_what_was_decided(tell: Tell, ana: Actor, table: type[Assessment] | type[Override]) -> None:
    case = tell()
    actions.take_in(case=case, now=NOON)
    actions.override_priority(case=case, level=1, why=Why.OTHER, words="A reason long enough.", seen=queries.judged(case), by=ana, now=NOON)
    with pytest.raises(DatabaseError), transaction.atomic():
        table.objects.update(level=5)
    assert not table.objects.filter(level=5).exists()


def test_the_belt_takes_emergencies_first_and_queues_all(tell: Tell) -> None:
    slow, fast = tell({"what": ["found"]}), tell({"danger": ["happening_now"]}, at=NOON + timedelta(minutes=5))
    assert queries.to_assess(now=NOON, most=9) == [fast, slow]
    assert jobs.assess() == 2
    assert set(Case.objects.values_list("stage", flat=True)) == {Stage.QUEUED}
    assert jobs.assess() == 0


def test_a_locked_desk_leaves_the_belt_as_it_is_and_loses_nothing(tell: Tell) -> None:
    case = tell()
    held = access.keys()
    access.use(None)
    assert jobs.assess() == 0
    access.use(held)
    case.refresh_from_db()
    assert (case.stage, case.attempts) == (Stage.RECEIVED, 0)
    assert jobs.assess() == 1


@pytest.mark.slow
def test_one_case_that_cannot_be_assessed_does_not_hold_up_the_others(tell: Tell) -> None:
    broken, sound = tell(), tell()
    told = broken.reports.get().told
    type(told).objects.filter(pk=told.pk).update(ciphertext=b"changed")
    with capture_logs() as lines:
        assert jobs.assess() == 1
    # An operator reads what it was and where; nothing of it is withheld.
    [line] = [one for one in lines if one["event"] == "case_not_assessed"]
    assert (line["error"], line["attempts"]) == ("CannotOpen", 1)
    assert set(line) - {"log_level"} <= logs.ALLOWED
    broken.refresh_from_db()
    sound.refresh_from_db()
    assert (broken.stage, broken.attempts, sound.stage) == (Stage.RECEIVED, 1, Stage.QUEUED)
    assert broken.next_try_at is not None


def test_a_clock_that_is_set_back_hides_no_case_that_waits(tell: Tell, ana: Actor) -> None:
    tell()
    assert [one.count for one in queries.ages(by=ana, now=NOON - timedelta(hours=2))] == [1, 0, 0, 0, 0]
    assert [one.count for one in queries.ages(by=ana, now=NOON + timedelta(hours=2))] == [0, 1, 0, 0, 0]
