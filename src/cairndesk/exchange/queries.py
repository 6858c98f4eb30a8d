"""Hand-overs that wait, for the organisation that offers and for the one that decides."""

from uuid import UUID

from django.db.models import QuerySet

from cairndesk.accounts.errors import OtherOrganisation
from cairndesk.accounts.models import Organisation
from cairndesk.accounts.rules import Actor
from cairndesk.exchange.models import Handover


def offered_to(organisation: UUID | None) -> QuerySet[Handover]:
    """Offers that `organisation` has not decided yet, most urgent case first."""
    open_ = Handover.objects.filter(to=organisation, state=Handover.State.OFFERED)
    return open_.select_related("case", "case__organisation").order_by("case__priority", "offered_at")


def offered_by(organisation: UUID | None) -> QuerySet[Handover]:
    """What `organisation` has offered, newest first."""
    return Handover.objects.filter(case__organisation=organisation).select_related("case", "to").order_by("-offered_at")


def handover_for(by: Actor, handover_id: UUID) -> Handover:
    """The hand-over if one of its two organisations is that of `by`; raises OtherOrganisation."""
    found = Handover.objects.filter(pk=handover_id).select_related("case", "to").first()
    if found is None or by.organisation not in {found.to_id, found.case.organisation_id}:
        raise OtherOrganisation
    return found


def possible_receivers(organisation: UUID) -> QuerySet[Organisation]:
    """The organisations to which a case of `organisation` can be offered."""
    return Organisation.objects.exclude(pk=organisation).order_by("name")
