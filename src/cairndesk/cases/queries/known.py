"""What has been recorded about a case, kind by kind; nothing sealed is opened."""

from dataclasses import dataclass

from cairndesk.cases.models import Case, CasePerson, ContactStep, Incident, Payment, Place, Sighting, Threat

Fact = ContactStep | Payment | Place | Sighting | Threat


@dataclass(frozen=True, slots=True)
class Known:
    """Everything recorded about one case, oldest first, also what was taken back; the contact path in its order."""

    incidents: list[Incident]
    people: list[CasePerson]
    contact_steps: list[ContactStep]
    threats: list[Threat]
    payments: list[Payment]
    places: list[Place]
    sightings: list[Sighting]


def known(case: Case) -> Known:
    """What has been recorded about `case`."""
    return Known(
        incidents=list(case.incidents.order_by("described_at", "pk")),
        people=list(case.people.prefetch_related("roles").order_by("added_at", "pk")),
        contact_steps=list(ContactStep.everything.filter(incident__case=case).order_by("incident__described_at", "position")),
        threats=list(Threat.everything.filter(incident__case=case).prefetch_related("audiences").order_by("recorded_at", "pk")),
        payments=list(Payment.everything.filter(incident__case=case).order_by("recorded_at", "pk")),
        places=list(Place.everything.filter(incident__case=case).order_by("pk")),
        sightings=list(Sighting.everything.filter(item__case=case).select_related("item").order_by("seen_at", "pk")),
    )
