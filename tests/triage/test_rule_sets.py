"""The rules of an organisation: read by all, written, tried and switched by a supervisor, and what then becomes of the cases that wait."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse
from tests.response.test_pages import Browser
from tests.support.cast import NOON

from cairndesk.accounts.errors import NotPermitted
from cairndesk.accounts.models import Organisation
from cairndesk.accounts.rules import Actor
from cairndesk.cases.models import Case
from cairndesk.custody.queries import entries_about
from cairndesk.lib import clock
from cairndesk.triage import actions, errors, jobs, queries
from cairndesk.triage.models import FIRST_OWN, RuleSet, RuleSwitch
from cairndesk.triage.rules.overriding import Why
from cairndesk.triage.rules.signs import Sign
from cairndesk.triage.rules.table import shipped, shipped_text

pytestmark = pytest.mark.django_db
Tell = Callable[..., Case]
THREAT = '[[rule]]\nsign = "threat"\nlevel = 2\nwithin = "4 h"'
LOWER = shipped_text().replace(THREAT, THREAT.replace("level = 2", "level = 3"))
HIGHER = shipped_text().replace(THREAT, THREAT.replace("level = 2", "level = 1").replace("4 h", "20 min"))


@pytest.fixture
def threatened(tell: Tell) -> Case:
    case = tell({"what": ["threatens"]})
    actions.take_in(case=case, now=NOON)
    return case


def test_without_rules_of_its_own_an_organisation_goes_by_those_that_came_with_the_desk(one: Organisation) -> None:
    assert queries.rules_in_force(one.pk) == shipped()


def test_who_switches_and_when_stands_in_the_log_and_the_rules_of_others_stay(one: Organisation, two: Organisation, sam: Actor) -> None:
    made = actions.write_rules(text=LOWER, by=sam, now=NOON)
    assert queries.rules_in_force(one.pk) == shipped(), "what was written is not in force"
    actions.switch_rules(number=made.number, by=sam, now=NOON)
    assert queries.rules_in_force(one.pk).version == made.number == FIRST_OWN
    assert queries.rules_in_force(two.pk) == shipped()
    assert [entry.event for entry in entries_about(one.pk)][-2:] == ["triage.rules.written", "triage.rules.switched"]
    actions.switch_rules(number=None, by=sam, now=NOON)
    assert queries.rules_in_force(one.pk) == shipped()
    assert len(queries.switches_of(one.pk)) == 2


def test_only_a_supervisor_writes_and_switches_and_only_rules_of_the_own_organisation(sam: Actor, ana: Actor) -> None:
    made = actions.write_rules(text=LOWER, by=sam, now=NOON)
    for refused in (lambda: actions.write_rules(text=LOWER, by=ana, now=NOON), lambda: actions.switch_rules(number=made.number, by=ana, now=NOON)):
        with pytest.raises(NotPermitted):
            refused()
    assert actions.write_rules(text=LOWER, by=sam, now=NOON).number == FIRST_OWN + 1
    with pytest.raises(errors.NoSuchRules):
        actions.switch_rules(number=FIRST_OWN + 7, by=sam, now=NOON)


def test_a_file_with_a_mistake_is_not_kept_and_the_rules_in_force_stay(one: Organisation, sam: Actor) -> None:
    with pytest.raises(errors.RulesBroken):
        actions.write_rules(text=LOWER.replace('within = "15 min"', 'within = "15 minutes"'), by=sam, now=NOON)
    assert not RuleSet.objects.exists()
    assert queries.rules_in_force(one.pk) == shipped()


def test_what_was_written_and_when_it_was_switched_never_changes(sam: Actor) -> None:
    made = actions.write_rules(text=LOWER, by=sam, now=NOON)
    actions.switch_rules(number=made.number, by=sam, now=NOON)
    for held in (RuleSet, RuleSwitch):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            held.objects.update(at=NOON + timedelta(days=1))


@pytest.mark.slow
def test_what_waits_is_judged_by_the_new_rules_and_no_promise_is_put_off(threatened: Case, sam: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cairndesk.lib.clock.now", lambda: NOON + timedelta(minutes=1))
    assert jobs.judge_anew() == 0
    lower = actions.write_rules(text=LOWER, by=sam, now=NOON)
    actions.switch_rules(number=lower.number, by=sam, now=NOON)
    promised = threatened.due_at
    assert jobs.judge_anew() == 1
    threatened.refresh_from_db()
    assert (threatened.priority, threatened.due_at, jobs.judge_anew()) == (3, promised, 0)
    higher = actions.write_rules(text=HIGHER, by=sam, now=NOON)
    actions.switch_rules(number=higher.number, by=sam, now=NOON)
    assert jobs.judge_anew() == 1
    threatened.refresh_from_db()
    assert (threatened.priority, threatened.is_emergency) == (1, True)
    assert threatened.due_at == NOON + timedelta(minutes=21)
    assert [one.version for one in threatened.assessments.all()] == [shipped().version, lower.number, higher.number]
    actions.switch_rules(number=lower.number, by=sam, now=NOON)
    assert jobs.judge_anew() == 1, "also by rules by which it was judged once before"


def test_the_reasons_of_a_case_keep_the_words_of_the_rules_that_found_them(tell: Tell, sam: Actor) -> None:
    made = actions.write_rules(text=shipped_text().replace("A child asks for help", "Ours"), by=sam, now=NOON)
    actions.switch_rules(number=made.number, by=sam, now=NOON)
    case = tell({"what": ["found"]}, path="child")
    actions.take_in(case=case, now=NOON)
    actions.switch_rules(number=None, by=sam, now=NOON)
    assert [reason.words for reason in queries.urgency(case).reasons] == ["Ours"]


def test_a_trial_names_what_would_have_moved_and_why_and_changes_nothing(one: Organisation, threatened: Case, tell: Tell, sam: Actor) -> None:
    old = tell({"what": ["threatens"]})
    actions.take_in(case=old, now=NOON)
    Case.objects.filter(pk=old.pk).update(opened_at=NOON - timedelta(days=31))
    made = actions.write_rules(text=LOWER, by=sam, now=NOON)
    trial = queries.try_rules(one.pk, queries.rules_of(one.pk, made.number), now=NOON)
    assert (trial.cases, trial.up, trial.down) == (1, 0, 1)
    [(case, shift)] = trial.shown
    assert (case, shift.before, shift.after) == (threatened, 2, 3)
    assert shift.why.startswith("Somebody threatens the child")
    assert (trial.levels[2], trial.levels[3]) == ((1, 0), (0, 1))
    threatened.refresh_from_db()
    assert threatened.priority == 2


def test_a_trial_names_a_case_that_would_wait_longer_at_the_same_level(one: Organisation, threatened: Case) -> None:
    rule = shipped().rule(Sign.THREAT)
    slower = replace(shipped(), rules=tuple(replace(one, within=one.within * 2) if one == rule else one for one in shipped().rules))
    trial = queries.try_rules(one.pk, slower, now=NOON)
    assert (trial.up, trial.down, trial.shown[0][0]) == (0, 1, threatened)
    back = queries.try_rules(one.pk, shipped(), now=NOON)
    assert (back.up, back.down, back.shown) == (0, 0, ())


@pytest.mark.slow
def test_on_the_desk_a_supervisor_tries_keeps_and_switches_and_a_mistake_comes_back_with_its_line(
    threatened: Case, supervisor: Browser, analyst: Browser
) -> None:
    write, rules = reverse("triage:write-rules"), reverse("triage:rules")
    broken = supervisor.post(write, {"text": LOWER.replace('within = "15 min"', 'within = "15 minutes"'), "keep": "1"})
    assert broken.status_code == 422
    assert "Line 29: a time is written" in broken.content.decode()
    Case.objects.filter(pk=threatened.pk).update(opened_at=clock.now())
    tried = supervisor.post(write, {"text": LOWER.replace("\n", "\r\n")})
    assert threatened.number in tried.content.decode()
    assert not RuleSet.objects.exists()
    kept = supervisor.post(write, {"text": LOWER, "keep": "1"})
    assert kept.url == reverse("triage:rule-set", args=[FIRST_OWN])
    assert "Go over to these rules" in supervisor.get(kept.url).content.decode()
    assert "Go over to these rules" not in analyst.get(kept.url).content.decode()
    assert analyst.post(reverse("triage:switch-rules", args=[FIRST_OWN])).status_code == 403
    supervisor.post(reverse("triage:switch-rules", args=[FIRST_OWN]))
    assert "not tried against" not in supervisor.get(rules).content.decode()
    assert "our version 1" in analyst.get(rules).content.decode()
    assert supervisor.get(reverse("triage:rule-set", args=[FIRST_OWN + 5])).status_code == 404
    supervisor.post(reverse("triage:switch-rules", args=[1]))
    assert "The desk goes by the rules that came with it" in analyst.get(rules).content.decode()


@pytest.mark.slow
def test_whoever_goes_over_to_rules_that_were_not_tried_is_told_so_and_the_log_says_it(
    one: Organisation, threatened: Case, supervisor: Browser
) -> None:
    """Trying is the first button and forces nobody; a month in which no case came in tries nothing."""
    write, switch = reverse("triage:write-rules"), reverse("triage:switch-rules", args=[FIRST_OWN])
    untried = supervisor.get(write).content.decode()
    assert ("Try it</button>" in untried, "Keep this version" in untried) == (True, False)
    tried = supervisor.post(write, {"text": LOWER}).content.decode()
    assert tried.index("Try it</button>") < tried.index("Keep this version")
    kept = supervisor.post(write, {"text": LOWER, "keep": "1"}).url
    logged: list[object] = []

    def goes_over() -> str:
        said = supervisor.post(switch, follow=True).content.decode()
        logged.append(next(line.detail for line in reversed(entries_about(one.pk)) if line.event == "triage.rules.switched"))
        return said

    # By its address alone; and where nothing came in within the month, the page says so beside the button.
    assert "They were not tried against last month" in goes_over()
    assert "Not tried against last month: no case came in." not in supervisor.get(kept).content.decode()
    supervisor.post(reverse("triage:switch-rules", args=[1]))
    assert "Not tried against last month: no case came in." in supervisor.get(kept).content.decode()
    assert "They were not tried against last month" in goes_over()
    supervisor.post(reverse("triage:switch-rules", args=[1]))
    Case.objects.filter(pk=threatened.pk).update(opened_at=clock.now())
    assert "Not tried against" not in supervisor.get(kept).content.decode()
    assert "not tried against" not in goes_over()
    assert logged == [{"rules": FIRST_OWN, "tried": "false"}] * 2 + [{"rules": FIRST_OWN, "tried": "true"}]


def test_a_file_of_one_organisation_that_cannot_be_read_any_more_holds_up_no_other(
    tell: Tell, one: Organisation, two: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cairndesk.lib.clock.now", lambda: NOON + timedelta(minutes=1))
    for desk in (one, two):
        actions.take_in(case=tell({"what": ["threatens"]}, to=desk), now=NOON)
        broken = RuleSet.objects.create(organisation=desk, number=FIRST_OWN, text="half = " if desk == one else HIGHER, actor="work", at=NOON)
        RuleSwitch.objects.create(organisation=desk, rules=broken, actor="work", at=NOON)
    assert jobs.judge_anew() == 2
    assert sorted(Case.objects.values_list("organisation__slug", "priority")) == sorted([(one.slug, 2), (two.slug, 1)])


def test_of_two_rules_of_one_level_the_shorter_time_holds_for_what_waits(threatened: Case, sam: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cairndesk.lib.clock.now", lambda: NOON + timedelta(minutes=1))
    sooner = actions.write_rules(text=shipped_text().replace(THREAT, THREAT.replace("4 h", "1 h")), by=sam, now=NOON)
    actions.switch_rules(number=sooner.number, by=sam, now=NOON)
    assert jobs.judge_anew() == 1
    threatened.refresh_from_db()
    assert (threatened.priority, threatened.due_at) == (2, NOON + timedelta(minutes=61))


def test_what_a_person_sets_puts_nobody_off_who_was_promised_a_look(tell: Tell, ana: Actor) -> None:
    case = tell({"danger": ["happening_now"]})
    actions.take_in(case=case, now=NOON)
    promised = case.due_at
    actions.override_priority(
        case=case, level=4, why=Why.HELP_IS_THERE, words="Somebody is with the child.", seen=queries.judged(case), by=ana, now=NOON
    )
    assert (case.priority, case.due_at) == (4, promised)


def test_a_case_says_whether_what_it_is_about_was_met_before(threatened: Case) -> None:
    assert queries.urgency(threatened).novelty == "nothing to compare yet"
