"""The facts of a case for those who decide about it, and its story in order."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from cairndesk.accounts.together import fetch
from cairndesk.cases.models import (
    Case,
    CasePerson,
    ContactStep,
    HarmCode,
    ImageDepiction,
    Incident,
    IncidentMark,
    Item,
    PersonRole,
    Sighting,
    SupportMark,
    Threat,
)
from cairndesk.cases.queries.identification import tracks_of
from cairndesk.cases.rules.facts import DANGERS, NEAR, CaseFacts, raising, together
from cairndesk.cases.rules.telling import HelpSought, help_sought
from cairndesk.lib.unknowns import Unknown


def case_facts(case: Case, held: Sequence[Item] | None = None) -> CaseFacts:
    """Everything in clear that a decision about `case` may rest upon; nothing sealed is opened. `held`: its items, where they are at hand."""
    incidents, threats, harms, people, roles, depictions, steps, marked, support = fetch(case, _facts)
    concerned = _holding(people, roles, {"person_of_concern"})
    children = _holding(people, roles, {"child", "adult_survivor"})
    items = list(Item.objects.filter(case=case)) if held is None else held
    marks = frozenset(one.mark for one in marked)
    codes = {
        "harm": {harm.harm for harm in harms},
        "demand": {threat.demand for threat in threats},
        "age_band": {age for child in children for age in (child.stated_age, child.apparent_age)} | {one.apparent_age for one in depictions},
        "novelty": {item.novelty for item in items},
        "offer_type": {incident.offer_type for incident in incidents} | {item.offer_type for item in items},
        "solicitation_stage": {incident.solicitation_stage for incident in incidents},
        "contact_step": {one.step for one in steps},
    }
    return CaseFacts(
        **{danger: together(getattr(incident, danger) for incident in incidents) for danger in DANGERS},
        meeting_at=min((incident.meeting_at for incident in incidents if incident.meeting_at), default=None),
        deadlines=tuple(sorted(threat.deadline for threat in threats if threat.deadline)),
        threats=len(threats),
        demands=_known(codes["demand"]),
        harms=_known(codes["harm"]),
        lead_harms=frozenset(harm.harm for harm in harms if harm.is_lead),
        settings=_known(incident.setting for incident in incidents),
        child_ages=_known(codes["age_band"]),
        relations=_known(person.relation for person in concerned),
        actor_ages=_known(person.actor_age for person in concerned),
        novelty=_known(codes["novelty"]),
        authenticity=_known(item.authenticity for item in items),
        marks=marks,
        nearness=_nearness(incidents, concerned, harms),
        raising=raising(codes) | _raising_marks([*marks, *(one.mark for one in support)]),
    )


def _facts(case: UUID) -> list[QuerySet[Any]]:
    return [
        Incident.objects.filter(case=case),
        Threat.objects.filter(incident__case=case),
        HarmCode.objects.filter(incident__case=case),
        CasePerson.objects.filter(case=case),
        PersonRole.objects.filter(person__case=case),
        ImageDepiction.objects.filter(item__case=case),
        ContactStep.objects.filter(incident__case=case),
        IncidentMark.objects.filter(incident__case=case),
        SupportMark.objects.filter(person__case=case, person__taken_back_at=None),
    ]


def _nearness(incidents: Iterable[Incident], concerned: Iterable[CasePerson], harms: Iterable[HarmCode]) -> frozenset[str]:
    said = {f"{one.pk}:continuing_access" for one in incidents if one.continuing_access == "yes"}
    said |= {f"{one.pk}:{one.relation}" for one in concerned if one.relation in NEAR}
    return frozenset(said | {f"{one.pk}:{one.harm}" for one in harms if one.harm == "parental_production"})


def _known(values: Iterable[str]) -> frozenset[str]:
    return frozenset(value for value in values if value not in set(Unknown))


def _holding(people: Iterable[CasePerson], held: Iterable[PersonRole], roles: Collection[str]) -> list[CasePerson]:
    wanted = {one.person_id for one in held if one.role in roles}
    return [person for person in people if person.pk in wanted]


def _marks(case: Case) -> frozenset[str]:
    return frozenset(IncidentMark.objects.filter(incident__case=case).values_list("mark", flat=True))


def _raising_marks(marks: Iterable[str]) -> frozenset[str]:
    split = [mark.partition(".") for mark in marks]
    return frozenset(key for family, _, code in split for key in raising({family: [code]}))


def help_sought_in(case: Case) -> HelpSought:
    """Whether help was sought from services, from people near, from both or from nobody, by whom was told and who reported."""
    told = [mark.removeprefix("told_whom.") for mark in _marks(case) if mark.startswith("told_whom.")]
    return help_sought(told, case.reports.values_list("source", flat=True))


@dataclass(frozen=True, slots=True, order=True)
class Moment:
    """One thing on the time line: `what` is a kind of record, `code` what it says, `precision` how exactly the time is known."""

    at: datetime
    what: str
    code: str
    precision: str = "exact"


def timeline(case: Case) -> list[Moment]:
    """Everything about `case` that has a time, oldest first: what happened, what was told, and what the desk did."""
    found = [Moment(change.at, "stage", change.after) for change in case.stage_changes.all()]
    found += [Moment(report.received_at, "report", report.channel) for report in case.reports.all()]
    found += [
        Moment(sight.seen_at, "sighting", sight.item.kind, sight.precision)
        for sight in Sighting.objects.filter(item__case=case).select_related("item")
    ]
    found += [Moment(one.recorded_at, "identification", one.status) for one in tracks_of(case) if one.recorded_at]
    for incident in case.incidents.prefetch_related("contact_steps", "payments", "threats", "places"):
        found += _of(incident)
    return sorted(found)


def _of(incident: Incident) -> list[Moment]:
    days = [(incident.period_start, "began"), (incident.period_end, "ended")]
    found = [Moment(datetime.combine(day, time(), UTC), "incident", code, incident.period_precision) for day, code in days if day]
    found += [Moment(step.at, "contact", step.step, step.precision) for step in incident.contact_steps.all() if step.at]
    found += [Moment(payment.at, "payment", payment.rail) for payment in incident.payments.all() if payment.at]
    found += [Moment(threat.deadline, "deadline", threat.demand) for threat in incident.threats.all() if threat.deadline]
    found += [Moment(place.at, "place", place.kind) for place in incident.places.all() if place.at]
    if incident.meeting_at:
        found.append(Moment(incident.meeting_at, "meeting", incident.meeting_place))
    return found
