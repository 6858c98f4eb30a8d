"""What was recorded about a case, as words for the page that lists it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Model, QuerySet

from cairndesk.cases import taxonomy
from cairndesk.cases.models import Case, CasePerson, CodeOrUnknown, ContactStep, CountryOrUnknown, Incident, Payment, Place, Sighting, Threat
from cairndesk.cases.queries import Fact, Known
from cairndesk.lib.unknowns import Unknown
from cairndesk.review.rules.known import ASKED, Kind


@dataclass(frozen=True, slots=True)
class Line:
    """One recorded fact: its words, whether sealed words belong to it, when it was taken back, and who it is about."""

    pk: UUID
    words: str
    at: datetime | None
    sealed: bool = False
    taken_back_at: datetime | None = None
    person: UUID | None = None
    has_identity: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """The facts of one kind."""

    kind: Kind
    heading: str
    button: str
    lines: tuple[Line, ...]


def groups(found: Known) -> list[Group]:
    """Every kind that is listed, also where nothing was recorded yet."""
    rows: dict[Kind, list[Line]] = {
        Kind.DANGER: [Line(one.pk, said(_held(one, Kind.DANGER)), one.described_at) for one in found.incidents],
        Kind.PERSON: [_person(one) for one in found.people],
        Kind.STEP: [Line(one.pk, _words(one, Kind.STEP), one.at, taken_back_at=one.taken_back_at) for one in found.contact_steps],
        Kind.THREAT: [Line(one.pk, _threat(one), one.recorded_at, bool(one.words_id), one.taken_back_at) for one in found.threats],
        Kind.PAYMENT: [Line(one.pk, _words(one, Kind.PAYMENT), one.recorded_at, taken_back_at=one.taken_back_at) for one in found.payments],
        Kind.PLACE: [Line(one.pk, _words(one, Kind.PLACE), one.at, bool(one.where_id), one.taken_back_at) for one in found.places],
        Kind.SIGHTING: [Line(one.pk, _words(one, Kind.SIGHTING), one.seen_at, bool(one.where_id), one.taken_back_at) for one in found.sightings],
    }
    return [Group(kind, ASKED[kind].heading, ASKED[kind].button, tuple(lines)) for kind, lines in rows.items()]


def fact_of(case: Case, kind: str, pk: UUID) -> Fact | None:
    """The fact of that kind of this case; None for anything else."""
    rows: Mapping[str, QuerySet[Any]] = {
        Kind.STEP: ContactStep.everything.filter(incident__case=case),
        Kind.THREAT: Threat.everything.filter(incident__case=case),
        Kind.PAYMENT: Payment.everything.filter(incident__case=case),
        Kind.PLACE: Place.everything.filter(incident__case=case),
        Kind.SIGHTING: Sighting.everything.filter(item__case=case),
    }
    found: Fact | None = rows[kind].filter(pk=pk).first() if kind in rows else None
    return found


def said(values: Mapping[str, Any]) -> str:
    """The answers about urgency in words; what was not asked is left out."""
    return _line(Incident, ASKED[Kind.DANGER].columns, values) or "nothing was answered yet"


def _held(row: Model, kind: Kind) -> dict[str, Any]:
    return {name: getattr(row, name) for name in ASKED[kind].columns}


def _words(row: Model, kind: Kind) -> str:
    return _line(type(row), ASKED[kind].columns, _held(row, kind)) or "no more is known"


def _threat(threat: Threat) -> str:
    shown_to = [taxonomy.label("threat_audience", one.audience).lower() for one in threat.audiences.all()]
    return _words(threat, Kind.THREAT) + (f"; to be shown to: {', '.join(shown_to)}" if shown_to else "")


def _person(person: CasePerson) -> Line:
    roles = ", ".join(taxonomy.label("person_role", one.role) for one in person.roles.all())
    rest = _line(CasePerson, ASKED[Kind.PERSON].columns, _held(person, Kind.PERSON))
    words = f"{roles}: {rest}" if rest else roles
    return Line(person.pk, words, person.added_at, person=person.pk, has_identity=person.identity_id is not None)


def _line(model: type[Model], columns: Mapping[str, str], values: Mapping[str, Any]) -> str:
    found = ((question, _answer(model._meta.get_field(name), values.get(name))) for name, question in columns.items())
    return "; ".join(f"{question} {answer}".strip() for question, answer in found if answer)


def _answer(column: Any, value: Any) -> str:
    if value in {None, "", False, Unknown.NOT_ASKED}:
        return ""
    if isinstance(column, CodeOrUnknown):
        return taxonomy.label(column.family, value)
    if isinstance(column, CountryOrUnknown):
        return taxonomy.label("yes_no", value) if value in set(Unknown) else str(value)
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M} UTC"
    return "yes" if value is True else str(value)
