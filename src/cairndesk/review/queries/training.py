"""Which invented cases a desk trains with, how far somebody is, and how far all agree with the agreed answers. No real case is read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from uuid import UUID

from django.db.models import Q, QuerySet

from cairndesk.accounts.models import Organisation
from cairndesk.accounts.rules import Actor, Verb, may_somewhere
from cairndesk.cases import taxonomy
from cairndesk.directory.models import FIRST_OWN
from cairndesk.review import errors
from cairndesk.review.models import CalibrationText, Training
from cairndesk.review.queries.coding import Line
from cairndesk.review.rules import orientation
from cairndesk.review.rules.agreement import agreement
from cairndesk.review.rules.calibration import FIRST, QUESTIONS, Answer, CalibrationSet, Example, Score, by_question, read_set, score, shipped
from cairndesk.review.rules.calibration import shipped_text as text_that_came
from cairndesk.triage.rules.table import LEVELS


@dataclass(frozen=True)
class State:
    """How far a training is: its set, what was answered, what that comes to. `is_old`: the desk has another set by now, and nothing of it counts."""

    held: CalibrationSet
    answers: Mapping[str, Answer]
    score: Score
    is_old: bool
    unread: tuple[str, ...]

    @property
    def is_ready(self) -> bool:
        """Whether a sign-off may be asked for."""
        return self.score.is_through and not self.unread and not self.is_old

    @property
    def next(self) -> Example | None:
        """The first case that waits for an answer."""
        return next((one for one in self.held.cases if one.code not in self.answers), None)


@dataclass(frozen=True)
class Spoken:
    """One question about one invented case in words: what was said, what was agreed."""

    question: str
    said: str
    agreed: str
    is_alike: bool


@dataclass(frozen=True)
class Row:
    """Somebody's newest training, as whoever leads trainings sees it."""

    training: Training
    state: State
    name: str
    trained_until: date | None


def set_in_force(organisation: UUID) -> CalibrationSet:
    """The set that people of `organisation` train with: the newest that it wrote and that can still be read, or the one that came with the desk."""
    last = CalibrationText.objects.filter(organisation=organisation).order_by("-number").values_list("number", flat=True).first()
    return set_of(organisation, last) if last is not None else shipped()


def set_of(organisation: UUID, version: int) -> CalibrationSet:
    """The set of that version; the one that came with the desk where there is none, or where it cannot be read any more."""
    if version < FIRST_OWN:
        return shipped()
    try:
        return _own(organisation, version)
    except (errors.CalibrationBroken, CalibrationText.DoesNotExist):
        return shipped()


def text_in_force(organisation: UUID) -> str:
    """The file that the organisation wrote last, also one that cannot be read any more, or the one that came with the desk."""
    last = CalibrationText.objects.filter(organisation=organisation).order_by("-number").first()
    return last.text if last else text_that_came()


def broken_sets() -> list[tuple[str, str]]:
    """Each organisation whose newest set cannot be read any more, and the line and why."""
    found = []
    for slug, organisation in Organisation.objects.order_by("slug").values_list("slug", "pk"):
        last = CalibrationText.objects.filter(organisation=organisation).order_by("-number").first()
        try:
            read_set(last.text, version=last.number) if last else shipped()
        except errors.CalibrationBroken as broken:
            found.append((slug, broken.detail))
    return found


def training_of(person: UUID) -> Training | None:
    """What is under way for them."""
    return Training.objects.filter(person=person, ended_at=None).select_related("person").prefetch_related("answers").first()


def training_for(by: Actor, training: UUID) -> Training:
    """A training of `by` themselves, or of somebody at the desk where `by` leads them. Raises NoSuchTraining."""
    held = Training.objects.select_related("person").prefetch_related("answers").filter(pk=training).first()
    leads = held is not None and may_somewhere(by, Verb.TRAINING_LEAD) and held.person.organisation_id == by.home
    if held is None or not (leads or held.person_id == by.id):
        raise errors.NoSuchTraining
    return held


def state_of(training: Training, in_force: CalibrationSet | None = None) -> State:
    """How far it is, by the set of its version; `in_force` where that is known already."""
    organisation = training.person.organisation_id
    now = in_force or set_in_force(organisation)
    held = now if now.version == training.version else set_of(organisation, training.version)
    answers = {row.case: row.answer for row in training.answers.all()}
    unread = tuple(code for code in orientation.CODES if code not in training.read)
    return State(held, answers, score(held, answers), now.version != training.version, unread)


def trained(*, by: Actor) -> list[Row]:
    """The newest training of each person of the desk with the set in force, by name: whoever waits for a sign-off first, also with a set before."""
    held = set_in_force(by.home)
    counts = Q(version=held.version) | Q(asked_at__isnull=False, ended_at=None)
    mine = Training.objects.filter(counts, person__organisation=by.home, person__is_active=True)
    newest = {one.person_id: one for one in mine.order_by("begun_at", "pk").select_related("person").prefetch_related("answers")}
    rows = [Row(one, state_of(one, held), one.person.name, one.person.credential_until) for one in newest.values()]
    return sorted(rows, key=lambda row: (row.training.asked_at is None or row.training.ended_at is not None, row.name.casefold(), row.training.pk))


def to_sign(by: Actor) -> QuerySet[Training]:
    """Trainings at the desk of `by` that wait for a sign-off by somebody else than who went through them."""
    waiting = Training.objects.filter(person__organisation=by.home, person__is_active=True, asked_at__isnull=False, ended_at=None)
    return waiting.exclude(person=by.person)


def sets_of(organisation: UUID) -> list[CalibrationText]:
    """What the organisation wrote, the newest first."""
    return list(CalibrationText.objects.filter(organisation=organisation).order_by("-number"))


def calibration_table(*, by: Actor, held: CalibrationSet) -> list[Line]:
    """Question by question, how far people at the desk of `by` agree with the agreed answers of the set `held`.

    Only the first training of each person in which they answered anything counts: from the second on they have read the answers.
    """
    mine = Training.objects.filter(person__organisation=by.home, version=held.version).order_by("begun_at", "pk").prefetch_related("answers")
    first: dict[UUID, Training] = {}
    for one in mine:
        if one.answers.all():
            first.setdefault(one.person_id, one)
    pairs = by_question(held, [{row.case: row.answer for row in one.answers.all()} for one in first.values()])
    return [Line(QUESTIONS[question], agreement(said)) for question, said in pairs.items() if said]


def in_words(example: Example, answer: Answer) -> list[Spoken]:
    """Every question about one case, what was said and what was agreed."""
    return [
        Spoken(QUESTIONS[name], _word(name, said), _word(name, agreed), said == agreed)
        for (name, said), agreed in zip(answer.as_codes().items(), example.agreed.as_codes().values(), strict=True)
    ]


def answered(state: State) -> Sequence[tuple[Example, list[Spoken] | None]]:
    """Every case of the set in its order, with what was answered; None where nothing was, so that nobody reads ahead."""
    return [(one, in_words(one, state.answers[one.code]) if one.code in state.answers else None) for one in state.held.cases]


def _word(question: str, code: str) -> str:
    if question == "level":
        return f"{code}: {LEVELS[int(code)]}"
    return taxonomy.label("harm", code) if question == "harm" else FIRST[code]


@lru_cache(maxsize=64)
def _own(organisation: UUID, version: int) -> CalibrationSet:
    # What an organisation once wrote never changes.
    return read_set(CalibrationText.objects.get(organisation=organisation, number=version).text, version=version)
