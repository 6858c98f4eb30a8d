"""What the schedule ends is destroyed on its day and not before, not by a clock that jumped, not while it is held, and once."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps
from tests.response.confirmed import fresh
from tests.response.conftest import NOW
from tests.response.test_erasing import CANARY, data, opened_canaries, told
from tests.support.acted_on import original_of
from tests.support.two_people import approved

from cairndesk.accounts.models import Organisation, Request
from cairndesk.accounts.rules import Actor
from cairndesk.cases.actions import add_person, place_hold, seal_identity
from cairndesk.cases.models import Case, Hold, IndexTerm, StatedChoice
from cairndesk.cases.rules.erasing import Ground
from cairndesk.cases.rules.facts import CHILD_ACTOR
from cairndesk.cases.rules.holding import HoldGround
from cairndesk.cases.rules.stages import Stage
from cairndesk.custody.actions import seal
from cairndesk.custody.models import LogEntry, LogOpening, SealedItem, SealedObject
from cairndesk.custody.queries import unseal, verify_log
from cairndesk.custody.retention import BOUNDED, RecordClass
from cairndesk.custody.rules import Purpose
from cairndesk.directory import actions as directory
from cairndesk.directory.models import Schedule
from cairndesk.intake import publish
from cairndesk.intake.models import Message, Receipt
from cairndesk.response import actions as response
from cairndesk.retention import actions, acts, jobs, queries
from cairndesk.retention.actions import destroy
from cairndesk.retention.errors import ClockDoubted, NotToday
from cairndesk.retention.models import Destruction, Timekeeping
from cairndesk.review import actions as review
from cairndesk.signals.models import MediaSighting

__all__ = ["data", "told"]
from cairndesk.triage.models import Wording, WordingMark

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
DAY = timedelta(days=1)
Turn = Callable[..., int]


class Machine:
    """The clock of the machine, which can be set, and its ticks, which cannot."""

    def __init__(self) -> None:
        self.at, self.passed = NOW, 0.0

    def now(self) -> datetime:
        return self.at

    def ticks(self) -> float:
        return self.passed

    def wait(self, days: float) -> None:
        self.at += days * DAY
        self.passed += days * 86400


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    held = Machine()
    monkeypatch.setattr(jobs, "clock", SimpleNamespace(now=held.now, ticks=held.ticks))
    return held


def in_force(sam: Actor, sue: Actor, text: str = "") -> Schedule:
    loaded = directory.load_schedule(text=text or directory.example_schedule(), by=sam, now=NOW)
    digest = directory.confirming_digest(loaded, today=NOW.date())
    return directory.confirm_schedule(schedule=loaded, by=sue, fresh=fresh(sue, digest, NOW), now=NOW)


@pytest.fixture
def schedule(told: Case, sam: Actor, sue: Actor) -> Schedule:
    return in_force(sam, sue)


@pytest.fixture
def closed(told: Case, schedule: Schedule, machine: Machine) -> Case:
    """A case with the canary everywhere, closed today, and a lane that has begun to count the time."""
    Case.objects.update(stage=Stage.CLOSED, closed_at=NOW)
    assert run() == 0
    told.refresh_from_db()
    return told


def run() -> int:
    done = 0
    while turned := jobs.destroy_due():
        done += turned
    return done


def gone() -> set[str]:
    return set(Destruction.objects.exclude(done_at=None).values_list("record_class", flat=True))


def events(kind: str) -> int:
    return sum(f'"{kind}"' in bytes(leaf).decode() for leaf in LogEntry.objects.values_list("leaf", flat=True))


@pytest.mark.req("EVD-05")
def test_each_class_goes_on_its_day_and_not_an_hour_before(closed: Case, machine: Machine) -> None:
    terms = {row.record_class: row.at_most for row in Schedule.objects.get().terms.all()}
    expected: set[str] = set()
    for days in sorted({terms[kind] for kind in queries.left_of(closed)}):
        machine.wait(days - (machine.at - NOW) / DAY - 1 / 24)
        assert run() == 0
        assert gone() == expected
        machine.wait(1 / 24)
        assert run() > 0
        expected |= {kind for kind in queries.plan.ORDER if terms[kind] <= days} - {"child_actor"}
        assert gone() == expected
    assert set(expected) == set(queries.plan.ORDER) - {"child_actor"}
    assert run() == 0


def every_value() -> str:
    """All that stands in the database, as one text; bytes as they would be read."""
    rows = [repr(row) for model in apps.get_models(include_auto_created=True) for row in model.objects.values_list()]  # type: ignore[attr-defined]
    return "\n".join(rows)


@pytest.mark.req("EVD-05", "PRI-17")
def test_afterwards_database_and_log_prove_only_that_something_was_received_handled_and_destroyed(closed: Case, ana: Actor, machine: Machine) -> None:
    sealed = [item.pk for item in SealedItem.objects.exclude(purpose=Purpose.SECOND_FACTOR)]
    subjects, before = queries.subjects_of(closed), LogEntry.objects.count()
    ciphertexts = [repr(bytes(row.ciphertext)) for row in SealedItem.objects.filter(pk__in=sealed)]
    mark = WordingMark.objects.create(wording=Wording.objects.create(case=closed, bands=b"wording" * 20, length=20), digest=b"wording1")
    terms = [repr(value) for value in (*(bytes(row.digest) for row in IndexTerm.objects.all()), mark.wording.bands, mark.digest)]
    [receipt] = Receipt.objects.values_list("index", flat=True)
    assert len(opened_canaries()) > 12
    assert StatedChoice.objects.filter(case=closed).exists()
    assert all(one in every_value() for one in (*terms, receipt, *ciphertexts))
    machine.wait(4000)
    run()
    publish.publish_changes(now=machine.at)
    assert opened_canaries() == []
    assert not StatedChoice.objects.exists()
    left = every_value()
    assert [one for one in (CANARY, receipt, *terms, *ciphertexts) if one in left] == []
    assert not SealedItem.objects.filter(pk__in=sealed, erased_at=None).exists()
    # The entries stand, and the log is whole; nobody can say any more what they were about or who did what.
    assert LogEntry.objects.count() > before
    assert not LogOpening.objects.filter(subject__in=subjects).exists()
    assert verify_log().ok
    kinds = {bytes(leaf).decode().split('"type":"')[1].split('"')[0] for leaf in LogEntry.objects.values_list("leaf", flat=True)}
    assert {"cases.case.opened", "cases.identity.sealed", "retention.destruction.intended", "retention.destruction.done"} <= kinds
    certificates = LogOpening.objects.filter(subject_kind="destruction")
    assert {opening.subject for opening in certificates} == set(Destruction.objects.values_list("pk", flat=True))
    assert all(set(opening.detail) <= {"class", "why", "things", "previous"} for opening in certificates)


@pytest.mark.req("EVD-05")
def test_while_a_hold_stands_no_time_is_over(closed: Case, ana: Actor, machine: Machine) -> None:
    hold = place_hold(case=closed, ground=HoldGround.COURT, why="Order 7", review_on=(NOW + 30 * DAY).date(), by=ana, now=NOW)
    machine.wait(4000)
    assert (run(), gone()) == (0, set())
    assert len(opened_canaries()) > 12
    Hold.objects.filter(pk=hold.pk).update(lifted_at=machine.at)
    assert run() > 0
    assert opened_canaries() == []


def test_a_hold_that_comes_between_announcing_and_destroying_wins(closed: Case, ana: Actor, machine: Machine) -> None:
    machine.wait(1200)
    due = next(queries.due_by(machine.at, now=machine.at))
    made = actions.announce(due=due, now=machine.at)
    place_hold(case=closed, ground=HoldGround.COURT, why="Order 7", review_on=(machine.at + 30 * DAY).date(), by=ana, now=machine.at)
    dropped = actions.carry_out(destruction=made, now=machine.at)
    assert (dropped.done_at, dropped.dropped_at, dropped.things) == (None, machine.at, 0)
    assert len(opened_canaries()) > 12
    assert events("retention.destruction.dropped") == 1


def test_announced_by_two_at_once_it_is_said_once(closed: Case, machine: Machine) -> None:
    machine.wait(1200)
    due = next(queries.due_by(machine.at, now=machine.at))
    assert actions.announce(due=due, now=machine.at) == actions.announce(due=due, now=machine.at)
    assert events("retention.destruction.intended") == 1


def test_a_case_that_was_opened_again_keeps_everything(closed: Case, machine: Machine) -> None:
    machine.wait(1200)
    made = actions.announce(due=next(queries.due_by(machine.at, now=machine.at)), now=machine.at)
    Case.objects.update(stage=Stage.QUEUED, closed_at=None)
    assert actions.carry_out(destruction=made, now=machine.at).done_at is None
    assert (run(), gone()) == (0, set())


def test_a_minimum_keeps_what_a_maximum_would_end(told: Case, machine: Machine, sam: Actor, sue: Actor) -> None:
    text = directory.example_schedule().replace('name = "message"\n', 'name = "message"\nkeep_at_least = 1000\n')
    in_force(sam, sue, text)
    Case.objects.update(stage=Stage.CLOSED, closed_at=NOW)
    run()
    machine.wait(999)
    run()
    assert "identity" in gone()
    assert "message" not in gone()
    assert Message.objects.exists()
    machine.wait(1)
    run()
    assert not Message.objects.exists()


JUMPS = [timedelta(days=365 * years) for years in (-10, -1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10)]


@pytest.mark.req("EVD-05")
@pytest.mark.parametrize("jump", JUMPS)
def test_a_clock_that_jumped_destroys_nothing_and_is_logged_once(closed: Case, machine: Machine, jump: timedelta) -> None:
    before = machine.at
    machine.at += jump
    assert (run(), run(), gone()) == (0, 0, set())
    # Starting the machine anew does not help whoever set its clock.
    machine.passed = 30.0
    assert (run(), gone()) == (0, set())
    assert events("retention.clock.jumped") == 1
    assert not Destruction.objects.exists()
    machine.at = before + timedelta(hours=1)
    run()
    assert events("retention.clock.agreed") == 1
    assert Timekeeping.objects.get().doubted_at is None


@pytest.mark.req("EVD-05")
@pytest.mark.parametrize("days", [-30, 30])
def test_two_people_destroy_nothing_by_hand_either_while_the_clock_jumped(
    closed: Case, machine: Machine, ana: Actor, sam: Actor, monkeypatch: pytest.MonkeyPatch, days: int
) -> None:
    monkeypatch.setattr(acts, "clock", machine)
    Case.objects.update(closed_at=NOW - 8000 * DAY)
    original = SealedObject.objects.get(pk=original_of(closed))
    for rows, when in ((SealedObject.objects, "sealed_at"), (MediaSighting.objects, "seen_at")):
        rows.update(**{when: NOW - 8000 * DAY})

    def wishes() -> list[Request]:
        destroy = review.ask_destruction(case=closed, original=original, reason="Sent twice.", by=ana, now=machine.at)
        return [destroy, response.ask_erasure(case=closed, ground=Ground.ORDERED, by=ana, now=machine.at)]

    machine.at += days * DAY
    asked = wishes()
    for one in asked:
        with pytest.raises(ClockDoubted):
            approved(one, sam, at=machine.at)
    original.refresh_from_db()
    assert original.destroyed_at is None
    machine.at = NOW
    for one in asked if days > 0 else wishes():
        assert approved(one, sam, at=NOW)
    original.refresh_from_db()
    assert original.destroyed_at == NOW


def test_before_anybody_else_told_the_time_and_by_a_schedule_that_waits_nothing_is_destroyed(told: Case, machine: Machine, sam: Actor) -> None:
    Case.objects.update(stage=Stage.CLOSED, closed_at=NOW - 4000 * DAY)
    assert run() == 0
    assert queries.timekeeping() is None
    directory.load_schedule(text=directory.example_schedule(), by=sam, now=NOW)
    machine.wait(1)
    assert (run(), Destruction.objects.count()) == (0, 0)


def test_a_person_who_reads_the_day_off_another_clock_ends_the_doubt(closed: Case, machine: Machine, sam: Actor) -> None:
    # The machine stood still for weeks: its clock is right, and its own counting is not.
    machine.at += 400 * DAY
    assert run() == 0
    with pytest.raises(NotToday):
        actions.tell_time(today="2026-01-01", ticks=machine.passed, by=sam, now=machine.at)
    assert run() == 0
    actions.tell_time(today=machine.at.date().isoformat(), ticks=machine.passed, by=sam, now=machine.at)
    assert run() > 0
    assert events("retention.time.told") == 1


class Killed(BaseException):
    """The process ends here."""


STEPS = ("announce", "carry_out", "erase", "forget_reporter", "forget_case", "record", "forget_openings")


@pytest.mark.parametrize(("step", "is_after"), [*((step, False) for step in STEPS), ("erase", True), ("record", True)])
def test_killed_at_any_step_it_goes_on_where_it_was_and_says_everything_once(
    closed: Case,
    machine: Machine,
    monkeypatch: pytest.MonkeyPatch,
    step: str,
    is_after: bool,  # noqa: FBT001 - a column of the table
) -> None:
    machine.wait(4000)
    place = jobs.actions if step in {"announce", "carry_out"} else destroy
    true, calls = getattr(place, step), []

    def killed(*args: Any, **options: Any) -> Any:
        calls.append(step)
        if len(calls) == 2 or (step in {"forget_reporter", "forget_case", "forget_openings"} and len(calls) == 1):
            if is_after:
                true(*args, **options)
            raise Killed
        return true(*args, **options)

    monkeypatch.setattr(place, step, killed)
    with pytest.raises(Killed):
        run()
    monkeypatch.setattr(place, step, true)
    run()
    assert opened_canaries() == []
    assert not queries.lined_up().exists()
    done = Destruction.objects.exclude(done_at=None)
    assert done.count() == len(gone()) == len(queries.plan.ORDER) - 1
    assert events("retention.destruction.intended") == events("retention.destruction.done") == done.count()
    assert verify_log().ok


@pytest.mark.req("PRI-10")
@pytest.mark.parametrize("age", sorted(CHILD_ACTOR))
def test_what_is_known_of_a_child_actor_goes_first_and_others_stay(told: Case, schedule: Schedule, machine: Machine, ana: Actor, age: str) -> None:
    child = add_person(case=told, role="person_of_concern", facts={"actor_age": age}, by=ana, now=NOW)
    seal_identity(person=child, identity={"name": f"{CANARY} child"}, by=ana, now=NOW)
    Case.objects.update(stage=Stage.CLOSED, closed_at=NOW + 170 * DAY)
    run()
    machine.wait(181)
    run()
    assert gone() == {"child_actor"}
    child.refresh_from_db()
    assert child.identity is not None
    assert child.identity.erased_at == machine.at
    assert not [words for words in opened_canaries() if "child" in words]
    assert len(opened_canaries()) > 12


def test_a_telling_that_was_never_sent_is_kept_for_a_shorter_time(closed: Case, machine: Machine) -> None:
    closed.reports.update(state="unfinished")
    machine.wait(91)
    run()
    # The minimum of originals holds as well, and the log goes last.
    assert gone() == set(queries.plan.ORDER) - {"child_actor", "log_detail"}
    assert opened_canaries() == []


def test_what_another_desk_keeps_and_what_is_not_closed_stays(
    closed: Case, machine: Machine, open_at: Callable[..., Case], two: Organisation
) -> None:
    still_open = open_at()
    kept = seal(organisation=two.pk, purpose=Purpose.NARRATIVE, plain="theirs", now=NOW)
    machine.wait(4000)
    run()
    assert unseal(kept) == "theirs"
    assert unseal(still_open.reports.get().told) == {"happening": "Somebody put my picture there."}
    assert json.dumps(sorted(gone())) == json.dumps(sorted(set(queries.plan.ORDER) - {RecordClass.CHILD_ACTOR}))


def test_the_classes_of_the_schedule_are_those_that_go() -> None:
    assert set(queries.plan.ORDER) < set(BOUNDED)
