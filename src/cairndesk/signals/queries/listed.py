"""Which lists there are, which of them can be asked now, and which went dark."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from cairndesk.signals import register, rules, shelf, sources, suppressed
from cairndesk.signals.engine.identifiers import Kind
from cairndesk.signals.models import (
    HashList,
    HeldChange,
    ListEntry,
)
from cairndesk.signals.rules import SeenBy
from cairndesk.signals.shelf import Snapshot
from cairndesk.signals.tools import Tool


@dataclass(frozen=True, slots=True)
class ListShown:
    """One list as staff see it: its papers, its size at the present version, whether it is asked, and whether that version counts yet."""

    id: UUID
    name: str
    owner: str
    agreement: str
    terms: str
    provenance: str
    received_on: date
    expires_on: date
    distance: int
    may_lead_to: str
    seen_by: str
    may_share: bool
    batch_within: int
    batch_source: str
    version: int
    entries: int
    is_on: bool
    off_because: str
    is_asked: bool
    is_behind: bool
    is_held: bool
    is_looked_back: bool
    expires_soon: bool
    source: sources.SourceShown | None

    @property
    def needs_somebody(self) -> bool:
        """Whether it waits for a person: a change to decide, a fetch that fails, an agreement to renew."""
        went_dark = not self.is_asked and self.off_because != "person"
        return self.is_held or self.expires_soon or went_dark or bool(self.source and self.source.trouble)


def asked(*, organisation: UUID, now: datetime) -> list[HashList]:
    """The lists that count now. One small query a question, so that a version published elsewhere counts at once."""
    return list(HashList.objects.filter(organisation=organisation, is_on=True, version__gt=0, expires_on__gt=now.date()).order_by("name"))


def lists_now(*, organisation: UUID, now: datetime, seen_by: SeenBy = SeenBy.STAFF, off: frozenset[Tool] | None = None) -> Snapshot:
    """The lists that count now, ready to be asked; those whose newest version is still being read in answer as they were before.

    For machines: those of them whose owners allow it. `off`: what `register.off` says, where it is at hand.
    """
    found = shelf.of(shelf.folder_of(organisation)).newest(asked(organisation=organisation, now=now))
    told = [listed for listed in found.asked if seen_by is SeenBy.STAFF or listed.seen_by == seen_by]
    off = register.off(organisation=organisation, now=now) if off is None else off
    return replace(found, asked=told, marked=suppressed.marked(organisation) if told else {}, off=off)


def standing_of_lists(*, organisation: UUID) -> frozenset[tuple[UUID, int, bool]]:
    """Differs whenever a version of a list was published, or a list switched on or off."""
    return frozenset(HashList.objects.filter(organisation=organisation).values_list("pk", "version", "is_on"))


def lists(*, organisation: UUID, now: datetime) -> list[ListShown]:
    """All lists of the organisation by name, also those that are off."""
    return _each(shown_lists(organisation), organisation, now)


def shown_lists(organisation: UUID) -> QuerySet[HashList]:
    """The lists that have a page: those with a version, and those that are fetched and have none yet."""
    return HashList.objects.filter(Q(version__gt=0) | Q(source__isnull=False), organisation=organisation)


def list_shown(listed: HashList, *, now: datetime) -> ListShown:
    """One list as staff see it."""
    late = lists_now(organisation=listed.organisation_id, now=now).behind()
    return _shown(listed, now, is_behind=listed in late)


def lists_to_renew(*, organisation: UUID, now: datetime) -> list[ListShown]:
    """Lists that went dark because they expired, or will within two weeks: these belong on the first screen."""
    due = Q(off_because="expired") | Q(is_on=True, expires_on__lte=now.date() + rules.WARN_BEFORE)
    return _each(shown_lists(organisation).filter(due), organisation, now)


def own_list(*, organisation: UUID) -> HashList | None:
    """The desk's own list, if somebody made it."""
    return HashList.objects.filter(organisation=organisation, is_own=True).first()


def lists_held(*, organisation: UUID) -> list[HeldChange]:
    """Changes of lists that are so large that they wait for a person: these belong on the first screen as well."""
    held = HeldChange.objects.filter(list__organisation=organisation, decided_at=None)
    return list(held.select_related("list").order_by("made_at"))


def has_entry(listed: HashList, number: int) -> bool:
    """Whether the present version of `listed` has an entry of that number."""
    return ListEntry.objects.filter(shelf.current(listed), id=number).exists()


def sizes(*, organisation: UUID, seen_by: SeenBy, now: datetime) -> dict[Kind, tuple[int, int]]:
    """Of each kind how many entries the lists have that `seen_by` may see, and when the last of them came, in seconds since 1970."""
    lists = lists_now(organisation=organisation, now=now, seen_by=seen_by).asked
    told: dict[Kind, tuple[int, int]] = {}
    for listed in lists:
        last = int(listed.versions.latest("number").made_at.timestamp())
        for kind, many in ListEntry.objects.filter(shelf.current(listed)).values_list("kind").annotate(Count("id")).order_by():
            held, at = told.get(Kind(kind), (0, -1))
            told[Kind(kind)] = held + many, max(at, last)
    return told


def _each(wanted: QuerySet[HashList], organisation: UUID, now: datetime) -> list[ListShown]:
    every = list(wanted.select_related("source", "look_back").order_by("name"))
    late = {listed.id for listed in lists_now(organisation=organisation, now=now).behind()} if every else set()
    return [_shown(listed, now, is_behind=listed.id in late) for listed in every]


def _shown(listed: HashList, now: datetime, *, is_behind: bool) -> ListShown:
    in_date, looked_back = listed.expires_on > now.date(), getattr(listed, "look_back", None)
    return ListShown(
        **{field: getattr(listed, field) for field in ("id", "name", "owner", "agreement", "terms", "provenance", "received_on", "expires_on")},
        **{field: getattr(listed, field) for field in ("distance", "may_lead_to", "seen_by", "may_share", "version", "is_on", "off_because")},
        **{field: getattr(listed, field) for field in ("batch_within", "batch_source")},
        entries=ListEntry.objects.filter(shelf.current(listed)).count(),
        is_asked=listed.is_on and in_date,
        is_behind=is_behind,
        is_held=listed.held_changes.filter(decided_at=None).exists(),
        is_looked_back=looked_back is not None and looked_back.done >= listed.version,
        expires_soon=listed.is_on and listed.expires_on - now.date() <= rules.WARN_BEFORE,
        source=sources.shown(listed.source, now) if hasattr(listed, "source") else None,
    )
