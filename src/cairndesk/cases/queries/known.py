"""What has been recorded about a case, kind by kind; nothing sealed is opened."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Prefetch, QuerySet

from cairndesk.accounts.together import fetch
from cairndesk.cases.models import (
    Case,
    CasePerson,
    Clue,
    ContactStep,
    Disclosure,
    Earlier,
    Evidence,
    HarmCode,
    Identification,
    Incident,
    Item,
    Payment,
    PersonRole,
    Place,
    Sighting,
    Threat,
)
from cairndesk.cases.queries.identification import self_told
from cairndesk.cases.queries.items import items

Fact = CasePerson | Clue | ContactStep | Disclosure | Evidence | Identification | Item | Payment | PersonRole | Place | Sighting | Threat


@dataclass(frozen=True, slots=True)
class Known:
    """Everything recorded about one case, oldest first, also what was taken back; the contact path in its order.

    `earlier` says by the row what stood there before, newest first; `self_told` how many accounts are of somebody to whom it happened.
    """

    incidents: list[Incident]
    people: list[CasePerson]
    items: list[Item]
    contact_steps: list[ContactStep]
    threats: list[Threat]
    payments: list[Payment]
    disclosures: list[Disclosure]
    places: list[Place]
    sightings: list[Sighting]
    evidence: list[Evidence]
    identifications: list[Identification]
    clues: list[Clue]
    harms: list[HarmCode]
    earlier: dict[UUID, list[Earlier]]
    self_told: int


def known(case: Case) -> Known:
    """What has been recorded about `case`."""
    payments, disclosures, places, sightings, evidence, identifications, clues, harms, before = fetch(case, _small_tables)
    earlier: dict[UUID, list[Earlier]] = defaultdict(list)
    for one in before:
        earlier[one.about].append(one)
    return Known(
        incidents=list(case.incidents.prefetch_related("marks", "corroborations").order_by("described_at", "pk")),
        people=list(people(case).prefetch_related("support", "sensitive")),
        items=list(items(case, taken_back=True).prefetch_related("marks")),
        contact_steps=list(ContactStep.everything.filter(incident__case=case).order_by("incident__described_at", "position")),
        threats=list(Threat.everything.filter(incident__case=case).prefetch_related("audiences").order_by("recorded_at", "pk")),
        payments=payments,
        disclosures=disclosures,
        places=places,
        sightings=sightings,
        evidence=evidence,
        identifications=identifications,
        clues=clues,
        harms=harms,
        earlier=dict(earlier),
        self_told=self_told(case),
    )


def _small_tables(case: UUID) -> list[QuerySet[Any]]:
    return [
        Payment.everything.filter(incident__case=case).order_by("recorded_at", "pk"),
        Disclosure.everything.filter(incident__case=case).order_by("recorded_at", "pk"),
        Place.everything.filter(incident__case=case).order_by("recorded_at", "pk"),
        Sighting.everything.filter(item__case=case).order_by("seen_at", "pk"),
        Evidence.everything.filter(incident__case=case).order_by("added_at", "pk"),
        Identification.everything.filter(person__case=case).order_by("recorded_at", "pk"),
        Clue.everything.filter(case=case).order_by("recorded_at", "pk"),
        HarmCode.objects.filter(incident__case=case).order_by("-is_lead", "harm", "pk"),
        Earlier.objects.filter(case=case),
    ]


def people(case: Case) -> QuerySet[CasePerson]:
    """The people of `case` in the order they were recorded, also who was taken back, with every role they hold or held."""
    roles = Prefetch("roles", PersonRole.everything.order_by("recorded_at", "pk"))
    return CasePerson.everything.filter(case=case).prefetch_related(roles).order_by("added_at", "pk")
