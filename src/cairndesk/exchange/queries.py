"""Hand-overs that wait, for the organisation that offers and for the one that decides."""

from uuid import UUID

from django.db.models import QuerySet

from cairndesk.accounts.errors import OtherOrganisation
from cairndesk.accounts.models import Organisation
from cairndesk.accounts.rules import Actor, digest_of
from cairndesk.cases.models import Case
from cairndesk.exchange.models import Handover


def offered_to(organisation: UUID | None) -> QuerySet[Handover]:
    """Offers that `organisation` has not decided yet, most urgent case first."""
    open_ = Handover.objects.filter(to=organisation, state=Handover.State.OFFERED)
    return open_.select_related("case", "case__organisation", "to", "request").order_by("case__priority", "offered_at")


def offered_by(organisation: UUID | None) -> QuerySet[Handover]:
    """What `organisation` has offered, newest first."""
    return Handover.objects.filter(case__organisation=organisation).select_related("case", "to", "request").order_by("-offered_at")


def handover_for(by: Actor, handover_id: UUID) -> Handover:
    """The hand-over if one of its two organisations is that of `by`; raises OtherOrganisation."""
    found = Handover.objects.filter(pk=handover_id).select_related("case", "to").first()
    if found is None or by.organisation not in {found.to_id, found.case.organisation_id}:
        raise OtherOrganisation
    return found


def possible_receivers(organisation: UUID) -> QuerySet[Organisation]:
    """The organisations to which a case of `organisation` can be offered."""
    return Organisation.objects.exclude(pk=organisation).order_by("name")


def handing_digest(case: Case, to: Organisation, *, reason: UUID | None) -> bytes:
    """Exactly what handing `case` to `to` gives away, and why: each account, each of our letters, what was asked of us and what we set aside.

    What the reporter writes behind the six words is not in it: these lead to whoever has the case, so it would find its way there all the same.
    """
    accounts = list(case.reports.order_by("pk").values_list("pk", "told"))
    letters = list(case.messages.filter(from_reporter=False).order_by("pk").values_list("pk", "text"))
    asked = list(case.choices.order_by("pk").values_list("question", "codes"))
    aside = list(case.set_aside.order_by("pk").values_list("pk", flat=True))
    what = {"accounts": accounts, "letters": letters, "asked": asked, "aside": aside}
    return digest_of("exchange.hand_over", case=case.pk, to=to.pk, reason=reason, **what)


def is_as_let_go(offer: Handover) -> bool:
    """Whether the case is still exactly what two people let go."""
    asked = offer.request
    return asked is not None and handing_digest(offer.case, offer.to, reason=asked.reason_id) == bytes(asked.digest)
