"""Retention schedules: dated data, loaded by one person and put in force by another, and never changed after that."""

import tomllib
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from tests.directory.conftest import ANA, LIA, NOW, SAM, person

from cairndesk.accounts.errors import FreshProofNeeded, NotPermitted
from cairndesk.accounts.rules import Actor, FreshProof, Role
from cairndesk.custody.retention import BOUNDED, RecordClass, Term
from cairndesk.directory import actions, queries, rules
from cairndesk.directory.errors import ConfirmedByAnother, RulesUnreadable, ScheduleStands
from cairndesk.directory.models import Schedule

pytestmark = pytest.mark.django_db
EXAMPLE = actions.example_schedule()
SUE = person("Sue", Role.SUPERVISOR)
TODAY = NOW.date()


def confirmed(schedule: Schedule, by: Actor = SUE) -> Schedule:
    digest = actions.confirming_digest(schedule, today=TODAY)
    return actions.confirm_schedule(schedule=schedule, by=by, fresh=FreshProof(by.pseudonym, digest, by.proof, NOW), now=NOW)


def version(code: str, jurisdiction: str = "*", **changes: str) -> str:
    text = EXAMPLE.replace("cautious-example-1", code).replace('jurisdiction = "*"', f'jurisdiction = "{jurisdiction}"')
    for before, after in changes.items():
        text = text.replace(before, after)
    return text


def test_each_jurisdiction_has_its_own_days_and_the_example_stands_in_elsewhere() -> None:
    confirmed(actions.load_schedule(text=EXAMPLE, by=SAM, now=NOW))
    confirmed(actions.load_schedule(text=version("of-xx", "XX").replace("keep_at_most = 1095", "keep_at_most = 10"), by=SAM, now=NOW))
    here, elsewhere = (queries.terms_of(queries.schedule_for(country, TODAY)) for country in ("XX", "YY"))
    assert here[RecordClass.ACCOUNT] == Term(0, 10)
    assert elsewhere[RecordClass.ACCOUNT] == Term(0, 1095)
    assert elsewhere[RecordClass.ORIGINAL] == Term(90, 365)
    assert set(here) == set(BOUNDED)


def test_a_schedule_that_waits_keeps_records_and_destroys_none() -> None:
    waiting = actions.load_schedule(text=EXAMPLE, by=SAM, now=NOW)
    assert queries.schedule_for("XX", TODAY) == waiting
    assert queries.terms_of(waiting)[RecordClass.ORIGINAL] == Term(90, None)
    assert queries.terms_of(None) == {}


def test_whoever_loads_a_schedule_does_not_put_it_in_force_and_nobody_without_the_right_does() -> None:
    waiting = actions.load_schedule(text=EXAMPLE, by=SAM, now=NOW)
    with pytest.raises(ConfirmedByAnother):
        confirmed(waiting, SAM)
    for by in (ANA, LIA):
        with pytest.raises(NotPermitted):
            confirmed(waiting, by)
    with pytest.raises(FreshProofNeeded):
        actions.confirm_schedule(schedule=waiting, by=SUE, fresh=None, now=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        Schedule.objects.update(confirmed_by=SAM.pseudonym, confirmed_at=NOW)
    assert confirmed(waiting).confirmed_at == NOW


def test_what_was_read_is_what_comes_into_force() -> None:
    waiting = actions.load_schedule(text=EXAMPLE, by=SAM, now=NOW)
    read = FreshProof(SUE.pseudonym, actions.confirming_digest(waiting, today=TODAY), SUE.proof, NOW)
    waiting.terms.filter(record_class="account").update(at_most=1)
    with pytest.raises(FreshProofNeeded):
        actions.confirm_schedule(schedule=waiting, by=SUE, fresh=read, now=NOW)


def test_a_schedule_in_force_is_never_changed_and_a_waiting_one_is_replaced() -> None:
    actions.load_schedule(text=EXAMPLE, by=SAM, now=NOW)
    waiting = actions.load_schedule(text=EXAMPLE, by=SAM, now=NOW)
    assert Schedule.objects.count() == 1
    confirmed(waiting)
    with pytest.raises(ScheduleStands):
        actions.load_schedule(text=EXAMPLE, by=SAM, now=NOW)
    with pytest.raises(ScheduleStands):
        confirmed(waiting)


def test_the_newest_version_that_runs_and_was_confirmed_counts() -> None:
    old = confirmed(actions.load_schedule(text=EXAMPLE, by=SAM, now=NOW))
    new = actions.load_schedule(text=version("next").replace("2026-01-01", "2026-12-01"), by=SAM, now=NOW)
    first = date(2026, 12, 1)
    assert queries.schedule_for("", first) == old
    confirmed(new)
    assert queries.schedule_for("", first - timedelta(days=1)) == old
    assert queries.schedule_for("", first) == new


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ('name = "account"', 'name = "accounts"', "accounts is none of"),
        ('name = "account"', 'name = "code"', "exactly once"),
        ('name = "account"', 'name = "draft"', "exactly once"),
        ("keep_at_most = 180", "keep_at_most = 0", "child_actor: keep_at_most"),
        ("keep_at_most = 180", "", "child_actor: keep_at_most"),
        ("keep_at_least = 90", "keep_at_least = -1", "original: keep_at_least"),
        ("keep_at_least = 90", "keep_at_least = 99999999", "original: keep_at_least"),
        ("answer_days = 30", "answer_days = 0.5", "answer_days"),
        ('basis = "establishment of claims"', "", "notice: `basis`"),
        ('source = "example, not legal advice"', "", "`source`"),
        ("valid_from = 2026-01-01", 'valid_from = "soon"', "valid_from"),
    ],
)
def test_a_schedule_that_leaves_something_open_is_refused(before: str, after: str, says: str) -> None:
    assert before in EXAMPLE
    with pytest.raises(RulesUnreadable) as refused:
        rules.read_schedule(EXAMPLE.replace(before, after, 1))
    assert says in str(refused.value.detail)


@pytest.mark.req("PRI-01")
def test_the_example_says_of_itself_that_it_is_one_and_bounds_every_class_with_its_basis() -> None:
    about, terms = rules.read_schedule(EXAMPLE)
    assert about["is_sample"]
    assert about["source"] == "example, not legal advice"
    assert {term["name"] for term in terms} == set(BOUNDED)
    assert all(term["basis"] for term in terms)
    assert tomllib.loads(EXAMPLE)["jurisdiction"] == "*"
