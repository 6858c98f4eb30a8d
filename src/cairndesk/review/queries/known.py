"""What was recorded about a case, in words."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Model, QuerySet

from cairndesk.cases import taxonomy
from cairndesk.cases.models import (
    Case,
    CasePerson,
    Clue,
    CodeOrUnknown,
    ContactStep,
    CountryOrUnknown,
    Disclosure,
    Evidence,
    Identification,
    Incident,
    Item,
    Payment,
    PersonRole,
    Place,
    Sighting,
    Threat,
)
from cairndesk.cases.queries import Fact
from cairndesk.lib.unknowns import Unknown
from cairndesk.review.queries.state import State
from cairndesk.review.rules.known import ASKED, Kind


def fact_of(case: Case, kind: str, pk: UUID) -> Fact | None:
    """The fact of that kind of this case, also one that was taken back; None for anything else."""
    rows: Mapping[str, QuerySet[Any]] = {
        Kind.PERSON: CasePerson.everything.filter(case=case),
        Kind.ITEMS: Item.everything.filter(case=case),
        Kind.STEP: ContactStep.everything.filter(incident__case=case),
        Kind.THREAT: Threat.everything.filter(incident__case=case),
        Kind.PAYMENT: Payment.everything.filter(incident__case=case),
        Kind.DISCLOSURE: Disclosure.everything.filter(incident__case=case),
        Kind.PLACE: Place.everything.filter(incident__case=case),
        Kind.SIGHTING: Sighting.everything.filter(item__case=case),
        Kind.EVIDENCE: Evidence.everything.filter(incident__case=case),
        Kind.IDENTIFICATION: Identification.everything.filter(person__case=case),
        Kind.CLUE: Clue.everything.filter(case=case),
    }
    found: Fact | None = rows[kind].filter(pk=pk).first() if kind in rows else None
    return found


def role_of(case: Case, person: UUID, role: str) -> PersonRole | None:
    """The role that this person of this case holds."""
    return PersonRole.objects.filter(person__case=case, person=person, role=role).first()


def answers_anew(fact: Fact, kind: Kind) -> State:
    """What was answered in codes, for who records a fact anew; its sealed words are not among it."""
    links = {name: str(held) for name in ("item", "wallet", "person") if (held := getattr(fact, f"{name}_id", None))}
    audiences = {"audiences": [one.audience for one in fact.audiences.all()]} if isinstance(fact, Threat) else {}
    return {**answers_of(fact, kind), **links, **audiences}


def said(kind: Kind, state: State) -> str:
    """What stands now, for somebody whose form was made from something older; empty where the form shows it itself."""
    models: dict[Kind, type[Model]] = {Kind.DANGER: Incident, Kind.PERSON: CasePerson}
    if kind in models:
        return line_of(models[kind], ASKED[kind].columns, state) or "nothing was answered yet"
    if kind is Kind.CHECKLIST:
        return "; ".join(checklist_words(state)) or "nothing was answered yet"
    marks = {family: state[family] for family in ASKED[kind].families if family in state}
    return "; ".join(marks_words(marks)) or "nothing is marked" if ASKED[kind].families else ""


def fact_words(row: Model, kind: Kind) -> str:
    """The answers of one fact in words; what was not asked is left out."""
    return line_of(type(row), ASKED[kind].columns, answers_of(row, kind)) or "no more is known"


def step_words(step: ContactStep) -> str:
    """One step of the contact path in words."""
    return fact_words(step, Kind.STEP)


def checklist_words(answers: Mapping[str, str]) -> list[str]:
    """What was answered on the checklist."""
    told = {kind: answer for kind, answer in answers.items() if answer != Unknown.NOT_ASKED}
    return [f"{taxonomy.label('corroboration', kind)}: {taxonomy.label('yes_no', answer).lower()}" for kind, answer in told.items()]


def marks_words(marks: Mapping[str, Collection[str]]) -> list[str]:
    """What is marked, family by family."""
    told = {family: [taxonomy.label(family, code) for code in codes] for family, codes in marks.items() if codes}
    return [f"{taxonomy.family(family).title}: {', '.join(words)}" for family, words in told.items()]


def joined(*words: Any) -> str:
    """What there is of `words`, in one line."""
    return "; ".join(str(one) for one in words if one)


def answers_of(row: Model, kind: Kind) -> dict[str, Any]:
    """The answers that stand in the columns of one kind."""
    return {name: getattr(row, name) for name in ASKED[kind].columns}


def threat_words(threat: Threat) -> str:
    """A threat in words, with those to whom it says that it will be shown."""
    shown_to = [taxonomy.label("threat_audience", one.audience).lower() for one in threat.audiences.all()]
    return fact_words(threat, Kind.THREAT) + (f"; to be shown to: {', '.join(shown_to)}" if shown_to else "")


def line_of(model: type[Model], columns: Mapping[str, str], values: Mapping[str, Any]) -> str:
    """Questions with their answers in one line; what was not asked is left out, and so is what a question explains in brackets."""
    found = ((question, _answer(model._meta.get_field(name), values.get(name))) for name, question in columns.items())
    return "; ".join(f"{question.partition(' (')[0]} {answer}".strip() for question, answer in found if answer is not None)


def _answer(column: Any, value: Any) -> str | None:
    """None where nothing was answered; empty for a box that was ticked, because its question says it all."""
    if value in {None, "", False, Unknown.NOT_ASKED}:
        return None
    if isinstance(column, CodeOrUnknown):
        return taxonomy.label(column.family, value)
    if isinstance(column, CountryOrUnknown):
        return taxonomy.label("yes_no", value) if value in set(Unknown) else str(value)
    if column.get_internal_type() == "DateTimeField":
        # What stood there before is kept as text.
        at = value if isinstance(value, datetime) else datetime.fromisoformat(value)
        return f"{at:%Y-%m-%d %H:%M} UTC"
    return "" if value is True else str(value)
