"""Training on invented cases: what a person goes through, what a supervisor signs off, and which cases it is done with. No real case is met."""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction

from cairndesk.accounts.actions import sign_off_training
from cairndesk.accounts.errors import OtherOrganisation
from cairndesk.accounts.models import Person
from cairndesk.accounts.rules import Actor, Verb, require
from cairndesk.custody.actions import record
from cairndesk.custody.rules import Event
from cairndesk.directory.actions import keep_text
from cairndesk.directory.models import FIRST_OWN
from cairndesk.review import errors
from cairndesk.review.models import CalibrationText, Training, TrainingAnswer
from cairndesk.review.queries.training import set_in_force, state_of
from cairndesk.review.rules import orientation
from cairndesk.review.rules.calibration import Answer, read_set

LONGEST = timedelta(days=731)
"""For how long a training can be signed off."""


@transaction.atomic
def write_calibration(*, text: str, by: Actor, now: datetime) -> CalibrationText:
    """Afterwards people of the organisation of `by` train with these cases; answers to the ones before count no longer.

    Raises CalibrationBroken with line and reason, and then all stays as it was; NotPermitted, CredentialOutOfDate.
    """
    require(by, Verb.TRAINING_LEAD, organisation=by.home)
    read_set(text, version=FIRST_OWN)
    made = keep_text(CalibrationText, text, by=by, now=now)
    record(event=Event.REVIEW_CALIBRATION_WRITTEN, subject_kind="organisation", subject=by.home, by=by, now=now, detail={"set": made.number})
    return made


@transaction.atomic
def begin_training(*, by: Actor, now: datetime) -> Training:
    """Afterwards a training with the set in force is under way, with nothing read or answered; one before it has ended. Raises NotPermitted."""
    require(by, Verb.TRAINING_TAKE, organisation=by.home)
    person = Person.objects.select_for_update(of=("self",)).get(pk=by.person)
    Training.objects.filter(person=person, ended_at=None).update(ended_at=now)
    return Training.objects.create(person=person, holder=by.pseudonym, version=set_in_force(by.home).version, begun_at=now)


@transaction.atomic
def read_orientation(*, sections: Collection[str], by: Actor, now: datetime) -> None:
    """Afterwards exactly these parts of the orientation are ticked as read. Raises NotInTraining, NotPermitted."""
    held = _under_way(by)
    held.read = [code for code in orientation.CODES if code in sections]
    held.save(update_fields=["read"])


@transaction.atomic
def answer_example(*, case: str, answer: Answer, by: Actor, now: datetime) -> TrainingAnswer:
    """Afterwards the answer stands, and the agreed one may be shown. Raises NotInTraining also for a case that is answered; NotPermitted."""
    held = _under_way(by)
    if set_in_force(by.home).case(case) is None or held.answers.filter(case=case).exists():
        raise errors.NotInTraining
    return TrainingAnswer.objects.create(training=held, case=case, level=answer.level, harm=answer.harm, first=answer.first, at=now)


@transaction.atomic
def ask_sign_off(*, by: Actor, now: datetime) -> Training:
    """Afterwards supervisors see that `by` is through. Raises NotReadyToSign while something is missing, NotInTraining, NotPermitted."""
    held = _under_way(by)
    if not state_of(held).is_ready:
        raise errors.NotReadyToSign
    if held.asked_at is None:
        held.asked_at = now
        held.save(update_fields=["asked_at"])
        # How many answers were as agreed stays out of a log that nobody can ever shorten.
        detail = {"set": held.version}
        record(event=Event.REVIEW_TRAINING_ASKED, subject_kind="person", subject=by.person, by=by, now=now, detail=detail)
    return held


@transaction.atomic
def sign_off(*, training: UUID, until: date, by: Actor, now: datetime) -> Training:
    """Afterwards whoever went through it may judge cases through `until`, at most two years.

    Raises NeedsSecondPerson for one's own, NotReadyToSign unless they asked, have what it takes by the set in force and are still at the desk,
    NoSuchTraining, NotPermitted, CredentialOutOfDate.
    """
    # The person first and then the training, in the order of `begin_training`: the other way round, two could wait for each other for ever.
    Person.objects.select_for_update(of=("self",)).filter(trainings=training).first()
    held = _of_desk(training, by)
    is_due = held.person.is_active and held.asked_at is not None
    if not is_due or not now.date() < until <= (now + LONGEST).date() or not state_of(held).is_ready:
        raise errors.NotReadyToSign
    sign_off_training(person=held.person, until=until, by=by, now=now)
    held.ended_at, held.signed_by, held.until = now, by.pseudonym, until
    held.save(update_fields=["ended_at", "signed_by", "until"])
    return held


@transaction.atomic
def send_back(*, training: UUID, by: Actor, now: datetime) -> None:
    """Afterwards that training has ended unsigned, and they begin anew. Raises NotReadyToSign unless they asked, NoSuchTraining, NotPermitted."""
    held = _of_desk(training, by)
    if held.asked_at is None:
        raise errors.NotReadyToSign
    held.ended_at = now
    held.save(update_fields=["ended_at"])
    detail = {"set": held.version}
    record(event=Event.REVIEW_TRAINING_SENT_BACK, subject_kind="person", subject=held.person_id, by=by, now=now, detail=detail)


def _under_way(by: Actor) -> Training:
    """The training of `by`, held until the end of the transaction, where it is one of the set in force."""
    require(by, Verb.TRAINING_TAKE, organisation=by.home)
    held = Training.objects.select_for_update().filter(person=by.person, ended_at=None).first()
    if held is None or held.version != set_in_force(by.home).version:
        raise errors.NotInTraining
    return held


def _of_desk(training: UUID, by: Actor) -> Training:
    """A training that is under way, of somebody at the desk of `by`, who may lead it."""
    held = Training.objects.select_for_update(of=("self",)).select_related("person").filter(pk=training).first()
    if held is None:
        raise errors.NoSuchTraining
    try:
        require(by, Verb.TRAINING_LEAD, organisation=held.person.organisation_id)
    except OtherOrganisation as error:
        raise errors.NoSuchTraining from error
    if held.ended_at is not None:
        raise errors.NotReadyToSign
    return held
