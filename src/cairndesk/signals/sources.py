"""The sources of lists: what staff see of them, and whose turn it is."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q

from cairndesk.signals.models import ListSource
from cairndesk.signals.rules import SourceKind

# A list may take hours to come, and those after it wait for their turn.
_PATIENCE = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class SourceShown:
    """Where a list is fetched from, how far that has come, and what went wrong last, in words; never what is in the file of credentials.

    `unmatched`: how many values of which kind the source has that nothing here can match.
    """

    kind: str
    address: str
    collection: str
    credentials: str
    every_hours: int
    fetched_at: datetime | None
    tried_at: datetime | None
    next_try_at: datetime
    attempts: int
    trouble: str
    says: str
    refused: int
    unmatched: Mapping[str, int]
    is_fetching: bool
    is_of_adults: bool


def shown(source: ListSource, now: datetime) -> SourceShown:
    """What staff see of `source`."""
    fields = ("kind", "address", "collection", "credentials", "every_hours", "fetched_at", "tried_at", "next_try_at", "attempts", "trouble")
    return SourceShown(
        **{field: getattr(source, field) for field in fields},
        says=source.trouble_says,
        refused=source.refused,
        unmatched=source.unmatched,
        is_fetching=source.lease_until is not None and source.lease_until > now,
        is_of_adults=source.kind == SourceKind.STOPNCII,
    )


def due(now: datetime) -> list[ListSource]:
    """The sources of lists that are on and in date which nobody reads and whose time has come, the longest waiting first."""
    free = Q(worker="") | Q(lease_until__lt=now)
    waiting = ListSource.objects.filter(free, next_try_at__lte=now, list__is_on=True, list__expires_on__gt=now.date())
    return list(waiting.select_related("list").order_by("next_try_at"))


def in_trouble(now: datetime) -> list[ListSource]:
    """The sources of lists that are on which could not be fetched, or whose time has long passed without a try."""
    trouble = ~Q(trouble="") | Q(next_try_at__lt=now - _PATIENCE, worker="")
    return list(ListSource.objects.filter(trouble, list__is_on=True).select_related("list").order_by("list__name"))


def of_list(*, organisation: UUID, name: str) -> ListSource | None:
    """The source of the list with that name, None where it has none."""
    return ListSource.objects.filter(list__organisation=organisation, list__name=name).select_related("list").first()
