"""Reads about public sites: what each organisation says of itself now, and what of it has grown old."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from cairndesk.accounts.models import Organisation
from cairndesk.directory import portals, rules
from cairndesk.directory.models import PortalSheet
from cairndesk.directory.portals import OWN, Partner, Sheet, Words
from cairndesk.directory.queries import TABLES, has_checked_emergency_contact, in_use


@dataclass(frozen=True, slots=True)
class PublicSite:
    """What an organisation says of itself: since when, the words by language and whether their law is stale, partners and whether they are listed."""

    organisation: Organisation
    since: datetime | None
    sheet: Sheet
    words: Sequence[tuple[str, Words, bool]]
    partners: Sequence[tuple[Partner, bool]]


def portal_sheet(organisation: UUID | QuerySet[Any, Any]) -> PortalSheet | None:
    """What an organisation says of itself on its public site now; None where nobody has entered anything."""
    return PortalSheet.objects.filter(organisation=organisation).order_by("-entered_at", "-pk").first()  # type: ignore[misc]  # a query for one id is as good as the id


def portal_of(organisation: UUID) -> Sheet:
    """The same, ready to be shown: a partner who is no longer in the directory is left out."""
    sheet = _sheet(portal_sheet(organisation))
    return replace(sheet, partners=tuple(one for one in sheet.partners if is_listed(one.name, organisation)))


def wording_of(organisation: UUID | QuerySet[Any, Any]) -> str:
    """The code of the word that the desk of an organisation, named by its id or by a query for it, uses for people who were harmed."""
    return _sheet(portal_sheet(organisation)).wording


def public_site(organisation: UUID, now: datetime) -> PublicSite:
    """The public site of an organisation as its own people look at it."""
    whole, held = Organisation.objects.get(pk=organisation), portal_sheet(organisation)
    sheet = _sheet(held)
    words = [(code, said, bool(said.checked_on) and rules.is_stale(said.checked_on, now.date())) for code, said in sheet.words.items()]
    return PublicSite(whole, held.entered_at if held else None, sheet, words, [(one, is_listed(one.name, organisation)) for one in sheet.partners])


def is_listed(name: str, organisation: UUID) -> bool:
    """Whether the directory has an active entry of this name that all organisations share, or this one keeps for itself."""
    return any(in_use(kind, organisation).filter(name=name).exists() for kind in TABLES)


def can_open(organisation: UUID, country: str) -> bool:
    """Whether somebody reached an emergency number that the public site of an organisation in `country` shows: without one it stays shut."""
    own_alone = _sheet(portal_sheet(organisation)).contacts == OWN
    return has_checked_emergency_contact(country, organisation, own_alone=own_alone)


def shut_sites(country: str) -> list[str]:
    """The short names of the organisations whose public site stays shut for want of a number; `country` is the operator's, for whom says none.

    Where nobody has founded an organisation yet, it is `this desk`.
    """
    held = list(Organisation.objects.order_by("slug"))
    shut = [one.slug for one in held if not can_open(one.pk, one.country or country)]
    return shut if held or has_checked_emergency_contact(country) else ["this desk"]


def name_taken(sheet: Sheet, organisation: UUID) -> str:
    """The name of another organisation that answers under a name which `sheet` wants for itself alone; empty where there is none."""
    others = Organisation.objects.exclude(pk=organisation) if sheet.host else ()
    held = ((one.name, _sheet(portal_sheet(one.pk))) for one in others)
    return next((name for name, other in held if sheet.host == other.host or (sheet.onion and sheet.onion == other.onion)), "")


def stale_law(now: datetime) -> list[tuple[str, date]]:
    """The organisations whose words about law nobody held against the law within 180 days, with the oldest day."""
    days = {
        one.name: [said.checked_on for said in _sheet(portal_sheet(one.pk)).law.values() if said.checked_on]
        for one in Organisation.objects.order_by("name")
    }
    return [(name, min(held)) for name, held in days.items() if held and rules.is_stale(min(held), now.date())]


def _sheet(held: PortalSheet | None) -> Sheet:
    """What was entered, with every partner that it names; nothing where nobody has entered anything."""
    return portals.from_row(held.content) if held else Sheet()
