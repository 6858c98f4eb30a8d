"""The gate before every way out: what leaves the desk asks here first, and the rules that a desk has entered are read anew each time."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from cairndesk.accounts.errors import SharingRefused
from cairndesk.accounts.models import SharingRule
from cairndesk.accounts.rules.sharing import Data, Recipient, SharingTerm, ruling


def require_sharing(*, organisation: UUID, data: Collection[Data], recipient: Recipient, country: str, now: datetime) -> None:
    """Return when all of `data` may go to a `recipient` in `country` (empty: not known); raise SharingRefused, which says which rule forbids it."""
    terms = terms_of(organisation)
    for one in sorted(data):
        found = ruling(terms, data=one, recipient=recipient, country=country, on=now.date())
        if not found.is_allowed:
            raise SharingRefused(found.words)


def terms_of(organisation: UUID) -> list[SharingTerm]:
    """Every rule that `organisation` has entered, those that have ended as well."""
    return [row.term for row in SharingRule.objects.filter(organisation=organisation)]
