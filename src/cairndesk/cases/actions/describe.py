"""Describing what happened: the incident, its marks, and the checklist for what left no recording."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from cairndesk.accounts.rules import Actor
from cairndesk.cases import errors
from cairndesk.cases.actions.coding import STAMPS, allow, coded, note, remember, standing, standing_marks
from cairndesk.cases.models import Case, Corroboration, Earlier, Incident, IncidentMark
from cairndesk.custody.actions import seal
from cairndesk.custody.rules import Event, Purpose

_NOT_FACTS = STAMPS | {"id", "case", "narrative", "described_at"}
INCIDENT_FACTS = frozenset(column.name for column in Incident._meta.concrete_fields) - _NOT_FACTS


@transaction.atomic
def describe_incident(*, case: Case, facts: Mapping[str, Any], by: Actor, now: datetime, narrative: str = "") -> Incident:
    """Afterwards `case` holds one more incident with these facts (names: INCIDENT_FACTS); the narrative is sealed apart.

    What is not in `facts` is recorded as not asked. Raises UnknownFact, UnknownCode or NotPermitted.
    """
    allow(by, case)
    incident = coded(Incident(case=case, described_at=now), facts, allowed=INCIDENT_FACTS, by=by, now=now)
    _check_period(incident)
    if narrative:
        incident.narrative = seal(organisation=case.organisation_id, purpose=Purpose.NARRATIVE, plain=narrative, now=now)
    incident.save(force_insert=True)
    note(Event.CASES_INCIDENT_DESCRIBED, case, by=by, now=now, facts=len(facts))
    return incident


@transaction.atomic
def amend_incident(*, incident: Incident, facts: Mapping[str, Any], by: Actor, now: datetime) -> Incident:
    """Afterwards `incident` holds these facts; the earlier ones stay readable. It carries the present version of the taxonomy."""
    allow(by, incident.case)
    before = standing(incident, facts.keys() & INCIDENT_FACTS, case=incident.case)
    coded(incident, facts, allowed=INCIDENT_FACTS, by=by, now=now)
    _check_period(incident)
    incident.save()
    remember(before, facts, now=now)
    note(Event.CASES_INCIDENT_DESCRIBED, incident.case, by=by, now=now, facts=len(facts))
    return incident


@transaction.atomic
def mark_incident(*, incident: Incident, family: str, codes: Sequence[str], by: Actor, now: datetime) -> list[IncidentMark]:
    """Afterwards exactly these codes of `family` are marked on `incident`, in this order; the earlier ones stay readable.

    Raises UnknownCode for a family that is not one of INCIDENT_MARKS or a code that is not in force.
    """
    allow(by, incident.case)
    marks = [
        coded(IncidentMark(incident=incident, position=place), {"mark": f"{family}.{code}"}, allowed={"mark"}, by=by, now=now)
        for place, code in enumerate(dict.fromkeys(codes))
    ]
    before = standing_marks(incident.marks.all(), family, about=incident.pk, case=incident.case)
    incident.marks.filter(mark__startswith=f"{family}.").delete()
    for mark in marks:
        mark.save(force_insert=True)
    remember(before, {family: list(dict.fromkeys(codes))}, now=now)
    note(Event.CASES_INCIDENT_MARKED, incident.case, by=by, now=now, family=family, marks=len(marks))
    return marks


@transaction.atomic
def answer_corroboration(*, incident: Incident, kind: str, answer: str, by: Actor, now: datetime) -> Corroboration:
    """Afterwards this line of the checklist holds `answer` (yes, no or a kind of unknown); an earlier one stays readable."""
    allow(by, incident.case)
    line = incident.corroborations.filter(kind=kind).first() or Corroboration(incident=incident)
    before = standing(line, (), case=incident.case, part=Earlier.Part.CHECKLIST)
    before.about, before.answers = incident.pk, {kind: line.answer}
    coded(line, {"kind": kind, "answer": answer}, allowed={"kind", "answer"}, by=by, now=now).save()
    remember(before, {kind: answer}, now=now)
    note(Event.CASES_CORROBORATION_ASKED, incident.case, by=by, now=now, kind=kind, answer=answer)
    return line


def _check_period(incident: Incident) -> None:
    if incident.period_start and incident.period_end and incident.period_end < incident.period_start:
        raise errors.UnknownFact("period_end lies before period_start")
