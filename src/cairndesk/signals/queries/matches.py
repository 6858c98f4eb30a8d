"""What is known of an identifier, and what cases have met."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from cairndesk.accounts.queries import name_behind
from cairndesk.signals import rules, suppressed
from cairndesk.signals.engine.identifiers import Identifier, Kind
from cairndesk.signals.models import (
    Feedback,
    ListEntry,
    ListSource,
    ListVersion,
    Match,
    Suppression,
)
from cairndesk.signals.queries.listed import lists_now
from cairndesk.signals.queries.videos import frames_met
from cairndesk.signals.rules import MatchKind, MayLeadTo, Novelty, SourceKind
from cairndesk.signals.shelf import Found, Snapshot


@dataclass(frozen=True, slots=True)
class MatchFound:
    """One listed value that an identifier meets: how close (bits of 256), in which form, and under whose terms.

    It is advice. `quality` (0 to 100) is that of the picture asked about, None where it is not known. `version` is the one that answered:
    while the newest is still being read in, an older one. `frames`: only of a video, see `frames_met`.
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
    frames: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class FalseMatch:
    """A match that is left out because a person marked it as false: on which list, who, when and why (to go on after "because")."""

    id: UUID
    list_name: str
    by: str
    at: datetime
    reason: str
    distance: int
    is_dispute: bool = False


def find_matches(*, organisation: UUID, identifiers: Sequence[Identifier], now: datetime) -> list[MatchFound]:
    """Every entry of the organisation's lists that are on and in date which any of `identifiers` meets, nearest first.

    An empty answer means "not on these lists"; it never means harmless. What a person has marked as a false match is left out.
    """
    return matches_on(lists_now(organisation=organisation, now=now), identifiers)


def matches_on(held: Snapshot, identifiers: Sequence[Identifier]) -> list[MatchFound]:
    """The same of `held`, which says as well what could not be asked: an empty answer of a list that is still being read in is none.

    Counted where `held` counts.
    """
    found = held.sort_each([identifiers])
    held.count([identifiers], found)
    hits = found[0][0]
    labels = dict(ListEntry.objects.filter(id__in={hit.ref for _, _, hit in hits}).values_list("id", "label"))
    frames = frames_met(hits, identifiers)
    return sorted((_found(held, labels, frames, hit) for hit in hits), key=lambda match: match.distance)


def false_matches(*, organisation: UUID, identifiers: Sequence[Identifier], now: datetime) -> list[FalseMatch]:
    """What `find_matches` leaves out because a person disputes its entry (`id` is then that of the list) or marked it as a false match."""
    _, marked = lists_now(organisation=organisation, now=now).sort(identifiers)
    keys = {(hit.ref, suppressed.asked_key(organisation, identifier)) for _, identifier, hit in marked}
    held = Suppression.objects.filter(entry__in={ref for ref, _ in keys}, ended_at=None).select_related("entry__list", "match")
    disputed = Feedback.objects.filter(entry__in={ref for ref, _ in keys}, holds=True).select_related("entry__list")
    told = [_disputed(one) for one in disputed.order_by("-made_at")]
    return told + [false_match(one) for one in held.order_by("-made_at") if (one.entry_id, bytes(one.asked)) in keys]


def false_match(one: Suppression) -> FalseMatch:
    """One match that is left out, as staff see it; its entry, list and match are read already."""
    return FalseMatch(one.pk, one.entry.list.name, name_behind(one.made_by), one.made_at, one.reason_words, one.match.distance)


def novelty(*, organisation: UUID, identifiers: Sequence[Identifier], now: datetime) -> Novelty:
    """Known, variant of known, new, or unknown: unknown where no list that is on has hashes of these kinds, or one is still being read in."""
    hashes = {identifier.kind for identifier in identifiers} & {Kind.MD5, Kind.SHA1, Kind.SHA256, Kind.PDQ}
    held = lists_now(organisation=organisation, now=now)
    # Whether material of children was seen before, no list of images of adults can say.
    adults = set(ListSource.objects.filter(list__organisation=organisation, kind=SourceKind.STOPNCII).values_list("list", flat=True))
    held = replace(held, asked=[listed for listed in held.asked if listed.id not in adults])
    could_be_found = bool(hashes & held.kinds()) and not held.behind()
    return rules.novelty((rules.kind_of(identifier, hit.form) for _, identifier, hit in held.find(identifiers)), could_be_found=could_be_found)


def matches_of(*, case: UUID) -> list[Match]:
    """The matches of a case with their entries and lists, nearest first."""
    found = Match.objects.filter(case=case).select_related("entry__list").prefetch_related("suppressions")
    return list(found.order_by("distance", "found_at", "pk"))


def later(matches: Iterable[Match], *, came: Mapping[UUID, datetime]) -> dict[UUID, ListVersion]:
    """By the id of a match: the version that brought its entry, where that came after the item itself (`came`, by the id of the item)."""
    held = list(matches)
    found = ListVersion.objects.filter(list__in={match.entry.list_id for match in held}, number__in={match.entry.since for match in held})
    versions = {(version.list_id, version.number): version for version in found}
    brought = {match.id: (match.item, versions.get((match.entry.list_id, match.entry.since))) for match in held}
    return {match: version for match, (item, version) in brought.items() if version and item in came and version.made_at > came[item]}


def _found(held: Snapshot, labels: Mapping[int, str], frames: Mapping[int, tuple[int, int]], found: Found) -> MatchFound:
    listed, identifier, hit = found
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
        version=held.version_of(listed),
        owner=listed.owner,
        terms=listed.terms,
        may_lead_to=MayLeadTo(listed.may_lead_to),
        frames=frames.get(hit.ref),
    )


def _disputed(one: Feedback) -> FalseMatch:
    listed = one.entry.list
    return FalseMatch(listed.pk, listed.name, name_behind(one.made_by), one.made_at, one.reason_words, distance=0, is_dispute=True)
