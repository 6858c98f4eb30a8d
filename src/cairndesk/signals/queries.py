"""What other rooms may read: what is known of an identifier, which lists there are, and which of them went dark."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from cairndesk.custody.queries import unseal_fields
from cairndesk.signals import rules, shelf
from cairndesk.signals.engine.identifiers import Identifier, Kind
from cairndesk.signals.engine.index import Hit
from cairndesk.signals.models import HashList, ListEntry, Match, MediaSighting
from cairndesk.signals.rules import MatchKind, MayLeadTo, Novelty


@dataclass(frozen=True, slots=True)
class MatchFound:
    """One listed value that an identifier meets: how close (bits of 256), in which form, and under whose terms.

    It is advice. `quality` (0 to 100) is that of the picture asked about, None where it is not known.
    """

    identifier: Identifier
    kind: MatchKind
    distance: int
    form: str
    quality: int | None
    entry: int
    label: str
    list_id: UUID
    list_name: str
    version: int
    owner: str
    terms: str
    may_lead_to: MayLeadTo


@dataclass(frozen=True, slots=True)
class ListShown:
    """One list as staff see it: its papers, its size at the present version, and whether it is asked."""

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
    version: int
    entries: int
    is_on: bool
    off_because: str
    is_asked: bool
    expires_soon: bool


def find_matches(*, organisation: UUID, identifiers: Sequence[Identifier], now: datetime) -> list[MatchFound]:
    """Every entry of the organisation's lists that are on and in date which any of `identifiers` meets, nearest first.

    An empty answer means "not on these lists"; it never means harmless.
    """
    hits: list[tuple[HashList, Identifier, Hit]] = []
    for listed in _asked(organisation, now):
        index = shelf.held(listed).index
        hits.extend((listed, identifier, hit) for identifier in identifiers for hit in index.find(identifier))
    labels = dict(ListEntry.objects.filter(id__in={hit.ref for _, _, hit in hits}).values_list("id", "label"))
    return sorted((_found(listed, identifier, hit, labels) for listed, identifier, hit in hits), key=lambda match: match.distance)


def novelty(*, organisation: UUID, identifiers: Sequence[Identifier], now: datetime) -> Novelty:
    """Known, variant of known, new, or unknown: unknown where no list that is on has hashes of these kinds."""
    asked = {identifier.kind for identifier in identifiers} & {Kind.MD5, Kind.SHA1, Kind.SHA256, Kind.PDQ}
    could_be_found = any(asked & shelf.held(listed).kinds for listed in _asked(organisation, now))
    found = find_matches(organisation=organisation, identifiers=identifiers, now=now)
    return rules.novelty((match.kind for match in found), could_be_found=could_be_found)


def matches_of(*, case: UUID) -> list[Match]:
    """The matches of a case with their entries and lists, nearest first."""
    return list(Match.objects.filter(case=case).select_related("entry__list").order_by("distance", "found_at"))


def lists(*, organisation: UUID, now: datetime) -> list[ListShown]:
    """All lists of the organisation by name, also those that are off."""
    return [_shown(listed, now) for listed in HashList.objects.filter(organisation=organisation, version__gt=0).order_by("name")]


def lists_to_renew(*, organisation: UUID, now: datetime) -> list[ListShown]:
    """Lists that went dark because they expired, or will within two weeks: these belong on the first screen."""
    return [shown for shown in lists(organisation=organisation, now=now) if shown.off_because == "expired" or shown.expires_soon]


def hashes_of(sighting: MediaSighting) -> tuple[Identifier, ...]:
    """What to look for again when a new list arrives; raises DeskLocked while the keys are away."""
    kept = unseal_fields(sighting.hashes)["identifiers"]
    return tuple(Identifier(Kind(kind), value, form=form, quality=quality) for kind, value, form, quality in kept)


def sightings_of(*, case: UUID) -> list[MediaSighting]:
    """The files that were handed over for a case, with their originals where those are or were kept, oldest first."""
    return list(MediaSighting.objects.filter(case=case).select_related("original").order_by("seen_at", "pk"))


def _asked(organisation: UUID, now: datetime) -> list[HashList]:
    """The lists that count now. One small query a question, so that a version published elsewhere counts at once."""
    every = list(HashList.objects.filter(organisation=organisation).order_by("name"))
    asked = [listed for listed in every if listed.is_on and listed.version and listed.expires_on > now.date()]
    shelf.keep_only((listed.id for listed in asked), among=(listed.id for listed in every))
    return asked


def _found(listed: HashList, identifier: Identifier, hit: Hit, labels: dict[int, str]) -> MatchFound:
    return MatchFound(
        identifier=identifier,
        kind=rules.kind_of(identifier, hit.form),
        distance=hit.distance,
        form=hit.form,
        quality=identifier.quality,
        entry=hit.ref,
        label=labels.get(hit.ref, ""),
        list_id=listed.id,
        list_name=listed.name,
        version=listed.version,
        owner=listed.owner,
        terms=listed.terms,
        may_lead_to=MayLeadTo(listed.may_lead_to),
    )


def _shown(listed: HashList, now: datetime) -> ListShown:
    in_date = listed.expires_on > now.date()
    return ListShown(
        **{field: getattr(listed, field) for field in ("id", "name", "owner", "agreement", "terms", "provenance", "received_on", "expires_on")},
        **{field: getattr(listed, field) for field in ("distance", "may_lead_to", "version", "is_on", "off_because")},
        entries=ListEntry.objects.filter(shelf.current(listed)).count(),
        is_asked=listed.is_on and in_date,
        expires_soon=listed.is_on and listed.expires_on - now.date() <= rules.WARN_BEFORE,
    )
