"""Training on invented cases: what a person goes through, that nothing real is met, and that only another person signs it off."""

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, models, transaction
from django.test.utils import CaptureQueriesContext
from tests.review.conftest import as_actor

from cairndesk.accounts.errors import CredentialOutOfDate, NeedsSecondPerson, NotPermitted
from cairndesk.accounts.models import Organisation, Person
from cairndesk.accounts.rules import Actor, Proof, Role
from cairndesk.cases.models import Case
from cairndesk.custody.queries import entries_about
from cairndesk.custody.sealing.keyring import Keyring
from cairndesk.lib import clock
from cairndesk.response.queries.cards import TITLES
from cairndesk.review import actions, errors, readiness
from cairndesk.review.models import CalibrationText, Training, TrainingAnswer
from cairndesk.review.queries import training as queries
from cairndesk.review.queries.coding import Line
from cairndesk.review.rules.calibration import FEWEST_CASES, FIRST, Answer, read_set, score, shipped, shipped_text
from cairndesk.review.rules.orientation import CODES
from cairndesk.triage.models import FIRST_OWN

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ring")]
Enrol = Callable[..., Person]
Tell = Callable[..., Case]
OTHER = shipped_text().replace("bar = 80", "bar = 90")
ORDINARY = [one for one in shipped().cases if one.agreed.level != 1]


@pytest.fixture
def at() -> datetime:
    return clock.now()


@pytest.fixture
def staff(ring: Keyring, one: Organisation, two: Organisation, enrol: Enrol, at: datetime) -> dict[str, Person]:
    """Noa who is new, Sam and Sue who answer for the work, Lia who deals with the world outside, and Ola of another desk."""
    held = {
        "Noa": enrol(one, "Noa", Role.ANALYST),
        "Sam": enrol(one, "Sam", Role.SUPERVISOR),
        "Sue": enrol(one, "Sue", Role.SUPERVISOR),
        "Lia": enrol(one, "Lia", Role.LIAISON),
        "Ola": enrol(two, "Ola", Role.SUPERVISOR),
    }
    Person.objects.update(credential_until=at.date() + timedelta(days=200))
    Person.objects.filter(pk=held["Noa"].pk).update(credential_until=None)
    return {name: Person.objects.get(pk=person.pk) for name, person in held.items()}


def now_of(person: Person) -> Actor:
    """The person as the desk sees them now."""
    return Person.objects.get(pk=person.pk).as_actor(Proof.PASSKEY, now=clock.now())


def table_of(by: Actor) -> list[Line]:
    return queries.calibration_table(by=by, held=queries.set_in_force(by.home))


def another(answer: Answer) -> Answer:
    """The same urgency and another answer to the other two questions."""
    return Answer(answer.level, "stalking" if answer.harm != "stalking" else "onward_sharing", "partner" if answer.first != "partner" else "support")


def go_through(person: Person, at: datetime, *, wrong: Iterable[str] = (), read: Iterable[str] = CODES) -> Training:
    by = now_of(person)
    made = actions.begin_training(by=by, now=at)
    actions.read_orientation(sections=tuple(read), by=by, now=at)
    for one in queries.set_in_force(by.home).cases:
        actions.answer_example(case=one.code, answer=another(one.agreed) if one.code in wrong else one.agreed, by=by, now=at)
    return made


# The set


def test_what_comes_first_is_a_step_of_the_desk_by_the_name_that_the_desk_gives_it() -> None:
    assert dict(FIRST) == {kind.value: words for kind, words in TITLES.items()}


def test_the_set_that_comes_with_the_desk_is_invented_and_teaches_emergencies_and_much_else() -> None:
    held = shipped()
    assert len(held.cases) >= 10
    assert held.bar == 80
    assert {one.agreed.level for one in held.cases} == {1, 2, 3}
    assert len({one.agreed.harm for one in held.cases}) >= 8
    told = " ".join(one.told for one in held.cases)
    assert not {"@", "://", "www."} & {sign for sign in ("@", "://", "www.") if sign in told}, "an invented case names nobody and nothing"


@pytest.mark.parametrize(
    ("change", "line", "says"),
    [
        (("level = 2", "level = 7"), "line 17", "number from 1 to 5"),
        (('harm = "live_streaming"', 'harm = "loud_music"'), "line 44", "“harm” is one of"),
        (('first = "safeguard"', 'first = "wait"'), "line 28", "“first” is one of"),
        (("bar = 80", "bar = 20"), "line 11", "number from 50 to 100"),
        (("bar = 80", "baar = 80"), "line 11", "nothing is known by the name"),
        (('code = "until_six"', 'code = "money_or_class"'), "line 23", "stands twice"),
        (('why = "It happens', 'wy = "It happens'), "line 46", "a case has no “wy”"),
        (('why = "It happens', "why = It happens"), "line 46", ""),
    ],
)
def test_a_file_with_a_mistake_is_refused_with_its_line_and_why(change: tuple[str, str], line: str, says: str) -> None:
    with pytest.raises(errors.CalibrationBroken) as refused:
        read_set(shipped_text().replace(*change, 1))
    assert line in refused.value.detail
    assert says in refused.value.detail


def test_a_set_without_an_emergency_or_of_two_cases_is_none() -> None:
    with pytest.raises(errors.CalibrationBroken, match="teaches nobody"):
        read_set(shipped_text().replace("level = 1", "level = 2"))
    parts = shipped_text().split("[[case]]")
    with pytest.raises(errors.CalibrationBroken, match=f"{FEWEST_CASES} to "):
        read_set("[[case]]".join(parts[:3]))


def test_the_bar_is_reached_by_answers_alone_and_never_past_an_emergency() -> None:
    held = shipped()
    agreed = {one.code: one.agreed for one in held.cases}
    assert score(held, agreed).is_through
    # 36 answers: seven others are 80.5 of 100, eight are 77.
    lapses = {one.code: another(one.agreed) for one in ORDINARY}
    three, four = (agreed | {code: lapses[code] for code in list(lapses)[:many]} for many in (3, 4))
    assert (score(held, three).percent, score(held, three).is_through) == (83, True)
    assert (score(held, four).percent, score(held, four).is_through) == (77, False)
    overlooked = agreed | {"at_the_station": Answer(2, "solicitation", "safeguard")}
    assert (score(held, overlooked).missed, score(held, overlooked).is_through) == (("at_the_station",), False)
    del agreed["way_home"]
    assert not score(held, agreed).is_through
    assert score(held, {"of_another_set": Answer(1, "stalking", "support")}).answered == 0


def test_a_supervisor_writes_a_set_and_only_for_their_own_desk(one: Organisation, two: Organisation, staff: dict[str, Person], at: datetime) -> None:
    with pytest.raises(NotPermitted):
        actions.write_calibration(text=OTHER, by=as_actor(staff["Noa"]), now=at)
    with pytest.raises(errors.CalibrationBroken):
        actions.write_calibration(text=OTHER.replace("level = 2", "level = two"), by=now_of(staff["Sam"]), now=at)
    assert queries.set_in_force(one.pk) == shipped()
    made = actions.write_calibration(text=OTHER, by=now_of(staff["Sam"]), now=at)
    assert (made.number, queries.set_in_force(one.pk).version, queries.set_in_force(one.pk).bar) == (FIRST_OWN, FIRST_OWN, 90)
    assert queries.set_in_force(two.pk) == shipped()
    assert entries_about(one.pk)[-1].event == "review.calibration.written"
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        CalibrationText.objects.update(text="")


def test_a_set_that_can_no_longer_be_read_is_named_by_the_doctor_and_the_one_that_came_counts(
    one: Organisation, staff: dict[str, Person], at: datetime
) -> None:
    assert list(readiness.calibration()) == []
    CalibrationText.objects.create(organisation=one, number=FIRST_OWN, text=OTHER.replace('"onward_sharing"', '"ended_code"'), actor="x", at=at)
    assert queries.set_in_force(one.pk) == shipped()
    [(subject, level, says, remedy)] = readiness.calibration()
    assert (subject, level) == ("training", "problem")
    assert says.startswith("one: The set, line ")
    assert "page Training" in remedy


# Going through it


@pytest.mark.slow
@pytest.mark.req("CAP-01")
def test_whoever_read_and_answered_is_signed_off_by_another_person_and_judges_from_then_on(
    staff: dict[str, Person], tell: Tell, at: datetime
) -> None:
    noa, sam = staff["Noa"], now_of(staff["Sam"])
    case, until = tell(at=at), at.date() + timedelta(days=365)
    with pytest.raises(CredentialOutOfDate):
        actions.claim(case=case, by=now_of(noa), now=at)
    made = go_through(noa, at, read=CODES[1:])
    with pytest.raises(errors.NotReadyToSign):
        actions.ask_sign_off(by=now_of(noa), now=at)
    actions.read_orientation(sections=CODES, by=now_of(noa), now=at)
    with pytest.raises(errors.NotReadyToSign):
        actions.sign_off(training=made.pk, until=until, by=sam, now=at)
    actions.ask_sign_off(by=now_of(noa), now=at)
    assert not now_of(noa).has_credential
    signed = actions.sign_off(training=made.pk, until=until, by=sam, now=at)
    assert (signed.signed_by, Person.objects.get(pk=noa.pk).credential_until) == (sam.pseudonym, until)
    assert [entry.event for entry in entries_about(noa.pk)] == ["review.training.asked", "accounts.credential.recorded"]
    assert entries_about(noa.pk)[-1].actor == sam.pseudonym
    assert actions.claim(case=case, by=now_of(noa), now=at).claimed_by == str(noa.pseudonym)
    with pytest.raises(errors.NotReadyToSign):
        actions.sign_off(training=made.pk, until=until, by=now_of(staff["Sue"]), now=at)


@pytest.mark.slow
def test_nobody_signs_themselves_off_and_nobody_else_but_a_supervisor_of_the_desk_does(staff: dict[str, Person], at: datetime) -> None:
    until = at.date() + timedelta(days=365)
    sam, noa = staff["Sam"], staff["Noa"]
    own, made = go_through(sam, at), go_through(noa, at)
    for person in (sam, noa):
        actions.ask_sign_off(by=now_of(person), now=at)
    with pytest.raises(NeedsSecondPerson):
        actions.sign_off(training=own.pk, until=until, by=now_of(sam), now=at)
    with pytest.raises(NotPermitted):
        actions.sign_off(training=made.pk, until=until, by=now_of(noa), now=at)
    with pytest.raises(errors.NoSuchTraining):
        actions.sign_off(training=made.pk, until=until, by=now_of(staff["Ola"]), now=at)
    for day in (at.date(), at.date() + timedelta(days=800)):
        with pytest.raises(errors.NotReadyToSign):
            actions.sign_off(training=made.pk, until=day, by=now_of(sam), now=at)
    # Whose own training ran out signs off nobody.
    Person.objects.filter(pk=staff["Sue"].pk).update(credential_until=at.date() - timedelta(days=1))
    with pytest.raises(CredentialOutOfDate):
        actions.sign_off(training=made.pk, until=until, by=now_of(staff["Sue"]), now=at)
    assert Person.objects.get(pk=noa.pk).credential_until is None
    with pytest.raises(DatabaseError, match="training_is_signed_off_by_another"), transaction.atomic():
        Training.objects.filter(pk=made.pk).update(signed_by=str(noa.pseudonym), ended_at=at, until=until)


def test_under_the_bar_nobody_asks_and_what_was_answered_is_answered_once(staff: dict[str, Person], at: datetime) -> None:
    noa = now_of(staff["Noa"])
    with pytest.raises(errors.NotInTraining):
        actions.answer_example(case="way_home", answer=shipped().cases[0].agreed, by=noa, now=at)
    made = go_through(staff["Noa"], at, wrong=[one.code for one in ORDINARY])
    with pytest.raises(errors.NotReadyToSign):
        actions.ask_sign_off(by=noa, now=at)
    for code in ("way_home", "of_another_set"):
        with pytest.raises(errors.NotInTraining):
            actions.answer_example(case=code, answer=shipped().cases[0].agreed, by=noa, now=at)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        TrainingAnswer.objects.update(level=1)
    anew = actions.begin_training(by=noa, now=at)
    assert anew.answers.count() == 0
    assert Training.objects.get(pk=made.pk).ended_at == at


@pytest.mark.slow
def test_only_answers_to_the_set_in_force_count(staff: dict[str, Person], at: datetime) -> None:
    sam, noa = now_of(staff["Sam"]), staff["Noa"]
    made = go_through(noa, at)
    actions.ask_sign_off(by=now_of(noa), now=at)
    actions.write_calibration(text=OTHER, by=sam, now=at)
    with pytest.raises(errors.NotReadyToSign):
        actions.sign_off(training=made.pk, until=at.date() + timedelta(days=90), by=sam, now=at)
    with pytest.raises(errors.NotInTraining):
        actions.ask_sign_off(by=now_of(noa), now=at)
    assert [(row.name, row.state.is_old, row.state.is_ready) for row in queries.trained(by=sam)] == [("Noa", True, False)]
    assert queries.to_sign(sam).count() == 1
    assert table_of(sam) == []
    again = go_through(noa, at + timedelta(minutes=1))
    assert again.version == FIRST_OWN
    actions.ask_sign_off(by=now_of(noa), now=at)
    actions.send_back(training=again.pk, by=sam, now=at)
    assert queries.training_of(noa.pk) is None
    assert queries.to_sign(sam).count() == 0
    assert Person.objects.get(pk=noa.pk).credential_until is None
    assert entries_about(noa.pk)[-1].event == "review.training.sent_back"


@pytest.mark.slow
def test_agreement_is_over_the_desk_and_from_the_first_time_of_each_person(staff: dict[str, Person], at: datetime) -> None:
    sam = now_of(staff["Sam"])
    lapse = [one.code for one in ORDINARY][:3]
    go_through(staff["Noa"], at, wrong=lapse)
    assert {line.agreement.pairs for line in table_of(sam)} == {12}
    assert all(line.agreement.is_withheld for line in table_of(sam))
    go_through(staff["Sue"], at)
    go_through(staff["Noa"], at + timedelta(hours=1))
    table = {line.field: line.agreement for line in table_of(sam)}
    level, first = table["How urgent is it?"], table["What comes first?"]
    assert (level.pairs, level.observed, level.kappa) == (24, 1.0, 1.0)
    assert first.observed == pytest.approx(21 / 24)
    assert first.kappa == pytest.approx((21 / 24 - expected(lapse)) / (1 - expected(lapse)))
    assert table_of(now_of(staff["Ola"])) == []


def expected(lapse: list[str]) -> float:
    """By what chance alone would agree, counted from the two columns by hand."""
    agreed = [one.agreed.first for one in shipped().cases] * 2
    said = [("partner" if one.code in lapse else one.agreed.first) for one in shipped().cases] + agreed[:12]
    return sum(agreed.count(code) / 24 * said.count(code) / 24 for code in set(agreed) | set(said))


def test_a_training_without_an_answer_is_not_the_first_one_of_a_person(staff: dict[str, Person], at: datetime) -> None:
    actions.begin_training(by=now_of(staff["Noa"]), now=at)
    go_through(staff["Noa"], at + timedelta(hours=1))
    assert {line.agreement.pairs for line in table_of(now_of(staff["Sam"]))} == {len(shipped().cases)}


def test_the_statements_do_not_grow_with_the_trainings(
    one: Organisation, staff: dict[str, Person], at: datetime, django_assert_num_queries: Callable[..., AbstractContextManager[None]]
) -> None:
    people = [Person(organisation=one, sign_in_name=f"n{number}@one", name=f"N{number}", created_at=at) for number in range(30)]
    Person.objects.bulk_create(people)
    sam = now_of(staff["Sam"])
    for version in (shipped().version, FIRST_OWN):
        if version == FIRST_OWN:
            actions.write_calibration(text=OTHER, by=sam, now=at)
            Training.objects.update(ended_at=at)
        Training.objects.bulk_create(Training(person=who, holder=str(who.pseudonym), version=version, begun_at=at) for who in people)
        with django_assert_num_queries(3 + (version == FIRST_OWN)):
            assert len(queries.trained(by=sam)) == 30


@pytest.mark.slow
def test_the_log_never_says_how_well_somebody_answered_and_who_left_is_not_signed_off(staff: dict[str, Person], at: datetime) -> None:
    noa = staff["Noa"]
    made = go_through(noa, at)
    actions.ask_sign_off(by=now_of(noa), now=at)
    assert entries_about(noa.pk)[-1].detail == {"set": shipped().version}
    Person.objects.filter(pk=noa.pk).update(is_active=False)
    with pytest.raises(errors.NotReadyToSign):
        actions.sign_off(training=made.pk, until=at.date() + timedelta(days=90), by=now_of(staff["Sam"]), now=at)


@pytest.mark.slow
@pytest.mark.postgres
def test_the_person_is_held_before_the_training_whoever_signs_or_begins(staff: dict[str, Person], at: datetime) -> None:
    """SQLite has one writer at a time and no row to hold."""
    noa, sam = staff["Noa"], now_of(staff["Sam"])
    made = go_through(noa, at)
    actions.ask_sign_off(by=now_of(noa), now=at)
    with CaptureQueriesContext(connection) as said:
        actions.sign_off(training=made.pk, until=at.date() + timedelta(days=90), by=sam, now=at)
    held = [sql for one in said.captured_queries if "FOR UPDATE" in (sql := one["sql"])]
    assert ["review_training" in sql.split(" FROM ")[1].split(" ")[0] for sql in held][:2] == [False, True]


# Nothing real is met


@pytest.mark.slow
def test_no_row_outside_the_training_is_written_but_of_the_sign_off(staff: dict[str, Person], tell: Tell, at: datetime) -> None:
    tell(at=at)
    own = {Training, TrainingAnswer, CalibrationText}

    def rows() -> dict[str, int]:
        return {model._meta.label: model._base_manager.count() for model in apps.get_models() if model not in own}

    before = rows()
    made = go_through(staff["Noa"], at)
    assert rows() == before
    actions.ask_sign_off(by=now_of(staff["Noa"]), now=at)
    actions.sign_off(training=made.pk, until=at.date() + timedelta(days=90), by=now_of(staff["Sam"]), now=at)
    changed = {label for label, count in rows().items() if count != before[label]}
    assert {label for label in changed if not label.startswith("custody.Log")} == set()
    # No column of the training leads to a case, and none of a case to the training.
    targets = {field.related_model for model in own for field in model._meta.get_fields() if isinstance(field, models.ForeignKey)}
    assert targets == {Person, Organisation, Training}
    assert Case.objects.get().stage == "queued"
