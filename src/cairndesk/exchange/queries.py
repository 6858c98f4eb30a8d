"""Hand-overs that wait, for the organisation that offers and for the one that decides."""

from datetime import date
from uuid import UUID

from django.db.models import F, Q, QuerySet

from cairndesk.accounts.errors import OtherOrganisation
from cairndesk.accounts.models import Organisation
from cairndesk.accounts.rules import SYSTEM, Actor, digest_of
from cairndesk.accounts.rules.sharing import Recipient
from cairndesk.cases.models import Case
from cairndesk.directory.profiles import Field, Profile
from cairndesk.directory.sharing import profile_as
from cairndesk.exchange.models import Agreement, Handover

# What an organisation is, as a recipient.
RECEIVES_AS = {
    Organisation.Kind.NGO: Recipient.PARTNER,
    Organisation.Kind.AUTHORITY: Recipient.AUTHORITY,
    Organisation.Kind.INDUSTRY: Recipient.PROVIDER,
}


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


def possible_receivers(organisation: UUID, *, on: date) -> QuerySet[Organisation]:
    """The organisations to which a case of `organisation` can be offered on the day: those with which it has an agreement."""
    pairs = agreements_in_force(organisation, on=on).values_list("proposer", "partner")
    return Organisation.objects.filter(pk__in={one for pair in pairs for one in pair} - {organisation}).order_by("name")


def others(organisation: UUID) -> QuerySet[Organisation]:
    """The other organisations of this installation."""
    return Organisation.objects.exclude(pk=organisation).order_by("name")


def agreements_of(organisation: UUID) -> QuerySet[Agreement]:
    """Every agreement of `organisation`, newest first."""
    mine = Q(proposer=organisation) | Q(partner=organisation)
    return Agreement.objects.filter(mine).select_related("proposer", "partner").order_by("-proposed_at")


def agreements_in_force(organisation: UUID, *, on: date) -> QuerySet[Agreement]:
    """Those of `organisation` that both have agreed to, that have begun by the day and are not over, and whose two are still what they were then."""
    same = Q(proposed_at__gte=F("proposer__kind_said_at")) & Q(proposed_at__gte=F("partner__kind_said_at"))
    return agreements_of(organisation).filter(same, agreed_at__isnull=False, ended_at=None, valid_from__lte=on, valid_until__gt=on)


def agreement_for(by: Actor, agreement: UUID) -> Agreement:
    """The agreement if it is one of the organisation of `by`; raises OtherOrganisation."""
    found = agreements_of(by.home).filter(pk=agreement).first() if by.home else None
    if found is None:
        raise OtherOrganisation
    return found


def handing_digest(case: Case, to: UUID, *, reason: UUID | None) -> bytes:
    """Exactly what handing `case` to `to` gives away, and why: accounts, our letters, items that people added, what was asked of us and set aside.

    What the reporter writes behind the six words is not in it: these lead to whoever has the case, so it would find its way there all the same.
    """
    accounts = list(case.reports.order_by("pk").values_list("pk", "told"))
    letters = list(case.messages.filter(from_reporter=False).order_by("pk").values_list("pk", "text"))
    items = list(case.items.exclude(recorded_by=SYSTEM.pseudonym).order_by("pk").values_list("pk", "kind", "identifier"))
    asked = list(case.choices.order_by("pk").values_list("question", "codes"))
    aside = list(case.set_aside.order_by("pk").values_list("pk", flat=True))
    what = {"accounts": accounts, "letters": letters, "items": items, "asked": asked, "aside": aside}
    return digest_of("exchange.hand_over", case=case.pk, to=to, reason=reason, **what)


def profile_to(organisation: UUID, to: Organisation) -> Profile:
    """What of a case of `organisation` goes to `to`."""
    return profile_as(organisation, RECEIVES_AS[Organisation.Kind(to.kind)], to.name)


def offering_digest(case: Case, to: Organisation, *, reason: UUID | None) -> bytes:
    """The same with how much of the items goes along by the table of sharing: where that is another, two people let it go anew."""
    profile = profile_to(case.organisation_id, to)
    items = [profile.gives(field).value for field in (Field.ADDRESSES, Field.HASHES)]
    return digest_of("exchange.offer", what=handing_digest(case, to.pk, reason=reason).hex(), items=items)


def is_as_let_go(offer: Handover) -> bool:
    """Whether the case is still exactly what two people let go."""
    asked = offer.request
    return asked is not None and offering_digest(offer.case, offer.to, reason=asked.reason_id) == bytes(asked.digest)
