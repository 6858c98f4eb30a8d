"""What other rooms may read: what is known of an identifier, which lists there are, and which of them went dark."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from django.db.models import Count, F, Q, QuerySet

from cairndesk.accounts.queries import name_behind
from cairndesk.custody.queries import unseal_fields
from cairndesk.signals import glossaries as opened
from cairndesk.signals import register, rules, shelf, sources, suppressed
from cairndesk.signals.engine.identifiers import Identifier, Kind
from cairndesk.signals.models import (
    AnalyserHint,
    Feedback,
    Glossary,
    HashList,
    HeldChange,
    ListEntry,
    ListSource,
    ListVersion,
    Match,
    MediaSighting,
    MetLater,
    Seen,
    Suppression,
    TermMatch,
)
from cairndesk.signals.rules import MatchKind, MayLeadTo, Novelty, SeenBy, SourceKind
from cairndesk.signals.shelf import Hit, Snapshot


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
class FalseMatch:
    """A match that is left out because a person marked it as false: on which list, who, when and why (to go on after "because")."""

    id: UUID
    list_name: str
    by: str
    at: datetime
    reason: str
    distance: int
    is_dispute: bool = False


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


@dataclass(frozen=True, slots=True)
class GlossaryShown:
    """One glossary as staff see it: its papers, how many terms it has, and how many of them are off because nobody reviewed them."""

    id: UUID
    name: str
    owner: str
    agreement: str
    terms: str
    provenance: str
    received_on: date
    expires_on: date
    may_share: bool
    version: int
    entries: int
    overdue: int
    is_on: bool
    off_because: str
    is_asked: bool
    expires_soon: bool


@dataclass(frozen=True, slots=True)
class Hint:
    """A place of what was told that meets a term, and what the term means. A hint, not a finding.

    `source` is the report or item, `field` the name of the answer; the place is from character `start` to before `end`.
    """

    source: UUID
    field: str
    start: int
    end: int
    form: str
    meaning: str
    language: str
    platform: str
    confidence: str
    glossary: str
    version: int


def find_matches(*, organisation: UUID, identifiers: Sequence[Identifier], now: datetime) -> list[MatchFound]:
    """Every entry of the organisation's lists that are on and in date which any of `identifiers` meets, nearest first.

    An empty answer means "not on these lists"; it never means harmless. What a person has marked as a false match is left out.
    """
    hits = lists_now(organisation=organisation, now=now).find(identifiers)
    labels = dict(ListEntry.objects.filter(id__in={hit.ref for _, _, hit in hits}).values_list("id", "label"))
    return sorted((_found(listed, identifier, hit, labels) for listed, identifier, hit in hits), key=lambda match: match.distance)


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
    return list(Match.objects.filter(case=case).select_related("entry__list").order_by("distance", "found_at"))


def later(matches: Iterable[Match], *, came: Mapping[UUID, datetime]) -> dict[UUID, ListVersion]:
    """By the id of a match: the version that brought its entry, where that came after the item itself (`came`, by the id of the item)."""
    held = list(matches)
    found = ListVersion.objects.filter(list__in={match.entry.list_id for match in held}, number__in={match.entry.since for match in held})
    versions = {(version.list_id, version.number): version for version in found}
    brought = {match.id: (match.item, versions.get((match.entry.list_id, match.entry.since))) for match in held}
    return {match: version for match, (item, version) in brought.items() if version and item in came and version.made_at > came[item]}


def standing_of_lists(*, organisation: UUID) -> frozenset[tuple[UUID, int, bool]]:
    """Differs whenever a version of a list was published, or a list switched on or off."""
    return frozenset(HashList.objects.filter(organisation=organisation).values_list("pk", "version", "is_on"))


def met_later(*, case: UUID) -> list[int]:
    """What a look-back has left for `case`: hand it to `actions.settle` when the lists have been asked again."""
    return list(MetLater.objects.filter(case=case).values_list("pk", flat=True))


def cases_met_later() -> QuerySet[MetLater, UUID]:
    """The cases that something new on a list meets, to be used inside another query."""
    return MetLater.objects.values_list("case", flat=True)


def cases_remembered() -> QuerySet[Seen, UUID]:
    """The cases that a look-back knows, to be used inside another query."""
    return Seen.objects.values_list("case", flat=True)


def to_look_back(*, now: datetime) -> list[HashList]:
    """Lists that are on and have something new that was not matched against what came before, and that answer with it already.

    While a large version is being read in, a case that is woken could not meet it.
    """
    new = Q(look_back=None) | Q(look_back__done__lt=F("version"))
    free = Q(look_back=None) | Q(look_back__busy_until=None) | Q(look_back__busy_until__lt=now)
    every = HashList.objects.filter(new, free, is_on=True, version__gt=0, expires_on__gt=now.date())
    late = {one.id for organisation in {listed.organisation_id for listed in every} for one in lists_now(organisation=organisation, now=now).behind()}
    return [listed for listed in every if listed.id not in late]


def lists(*, organisation: UUID, now: datetime) -> list[ListShown]:
    """All lists of the organisation by name, also those that are off."""
    late = {listed.id for listed in lists_now(organisation=organisation, now=now).behind()}
    every = shown_lists(organisation).select_related("source", "look_back").order_by("name")
    return [_shown(listed, now, is_behind=listed.id in late) for listed in every]


def shown_lists(organisation: UUID) -> QuerySet[HashList]:
    """The lists that have a page: those with a version, and those that are fetched and have none yet."""
    return HashList.objects.filter(Q(version__gt=0) | Q(source__isnull=False), organisation=organisation)


def list_shown(listed: HashList, *, now: datetime) -> ListShown:
    """One list as staff see it."""
    late = lists_now(organisation=listed.organisation_id, now=now).behind()
    return _shown(listed, now, is_behind=listed in late)


def lists_to_renew(*, organisation: UUID, now: datetime) -> list[ListShown]:
    """Lists that went dark because they expired, or will within two weeks: these belong on the first screen."""
    return [shown for shown in lists(organisation=organisation, now=now) if shown.off_because == "expired" or shown.expires_soon]


def own_list(*, organisation: UUID) -> HashList | None:
    """The desk's own list, if somebody made it."""
    return HashList.objects.filter(organisation=organisation, is_own=True).first()


def lists_held(*, organisation: UUID) -> list[HeldChange]:
    """Changes of lists that are so large that they wait for a person: these belong on the first screen as well."""
    held = HeldChange.objects.filter(list__organisation=organisation, decided_at=None)
    return list(held.select_related("list").order_by("made_at"))


def glossaries(*, organisation: UUID, now: datetime) -> list[GlossaryShown]:
    """All glossaries of the organisation by name, also those that are off; no term is opened."""
    held = Glossary.objects.filter(organisation=organisation, version__gt=0).order_by("name")
    return [_glossary_shown(one, now.date()) for one in held]


def glossaries_to_review(*, organisation: UUID, now: datetime) -> list[GlossaryShown]:
    """Glossaries that went dark or soon will, or whose terms are overdue for review: these belong on the first screen."""
    shown = glossaries(organisation=organisation, now=now)
    return [one for one in shown if one.off_because == "expired" or one.expires_soon or (one.is_asked and one.overdue)]


def hint_count(*, case: UUID) -> int:
    """How many places of what was told in `case` meet a term; nothing is opened."""
    return TermMatch.objects.filter(case=case).count()


def hints_of(*, case: UUID, source: UUID) -> list[Hint]:
    """The hints in one report or item of `case`, in their order, with what the terms mean. Raises DeskLocked."""
    found = TermMatch.objects.filter(case=case, source=source).select_related("version__glossary", "version__table")
    return [_hint(one) for one in found.order_by("field", "start", "end", "pk")]


def hashes_of(sighting: MediaSighting) -> tuple[Identifier, ...]:
    """What to look for again when a new list arrives; raises DeskLocked while the keys are away."""
    kept = unseal_fields(sighting.hashes)["identifiers"]
    file = next((value for kind, value, _, _ in kept if kind == Kind.SHA256), "")
    return tuple(Identifier(Kind(kind), value, form=form, quality=quality, file=file) for kind, value, form, quality in kept)


def sightings_of(*, case: UUID) -> list[MediaSighting]:
    """The files that were handed over for a case, with their originals where those are or were kept, oldest first."""
    return list(MediaSighting.objects.filter(case=case).select_related("original").order_by("seen_at", "pk"))


def said_of(sighting: MediaSighting) -> list[AnalyserHint]:
    """What optional analysers said of a file; hints, which decide nothing."""
    return list(AnalyserHint.objects.filter(sighting=sighting))


def asked(*, organisation: UUID, now: datetime) -> list[HashList]:
    """The lists that count now. One small query a question, so that a version published elsewhere counts at once."""
    return list(HashList.objects.filter(organisation=organisation, is_on=True, version__gt=0, expires_on__gt=now.date()).order_by("name"))


def lists_now(*, organisation: UUID, now: datetime, seen_by: SeenBy = SeenBy.STAFF) -> Snapshot:
    """The lists that count now, ready to be asked; those whose newest version is still being read in answer as they were before.

    For machines: those of them whose owners allow it.
    """
    found = shelf.of(shelf.folder_of(organisation)).newest(asked(organisation=organisation, now=now))
    told = [listed for listed in found.asked if seen_by is SeenBy.STAFF or listed.seen_by == seen_by]
    off = register.off(organisation=organisation, now=now)
    return replace(found, asked=told, marked=suppressed.marked(organisation) if told else {}, off=off)


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


def _disputed(one: Feedback) -> FalseMatch:
    listed = one.entry.list
    return FalseMatch(listed.pk, listed.name, name_behind(one.made_by), one.made_at, one.reason_words, distance=0, is_dispute=True)


def _shown(listed: HashList, now: datetime, *, is_behind: bool) -> ListShown:
    in_date, looked_back = listed.expires_on > now.date(), getattr(listed, "look_back", None)
    return ListShown(
        **{field: getattr(listed, field) for field in ("id", "name", "owner", "agreement", "terms", "provenance", "received_on", "expires_on")},
        **{field: getattr(listed, field) for field in ("distance", "may_lead_to", "seen_by", "may_share", "version", "is_on", "off_because")},
        entries=ListEntry.objects.filter(shelf.current(listed)).count(),
        is_asked=listed.is_on and in_date,
        is_behind=is_behind,
        is_held=listed.held_changes.filter(decided_at=None).exists(),
        is_looked_back=looked_back is not None and looked_back.done >= listed.version,
        expires_soon=listed.is_on and listed.expires_on - now.date() <= rules.WARN_BEFORE,
        source=sources.shown(listed.source, now) if hasattr(listed, "source") else None,
    )


def _glossary_shown(one: Glossary, today: date) -> GlossaryShown:
    version = one.versions.get(number=one.version)
    return GlossaryShown(
        **{field: getattr(one, field) for field in ("id", "name", "owner", "agreement", "terms", "provenance", "received_on", "expires_on")},
        **{field: getattr(one, field) for field in ("may_share", "version", "is_on", "off_because")},
        entries=version.entries,
        overdue=sum(count for day, count in version.reviews.items() if date.fromisoformat(day) <= today),
        is_asked=one.is_on and one.expires_on > today,
        expires_soon=one.is_on and one.expires_on - today <= rules.WARN_BEFORE,
    )


def _hint(one: TermMatch) -> Hint:
    term = opened.terms_of(one.version)[one.term]
    return Hint(
        source=one.source,
        field=one.field,
        start=one.start,
        end=one.end,
        form=one.form,
        meaning=term.meaning,
        language=term.language,
        platform=term.platform,
        confidence=term.confidence.value,
        glossary=one.version.glossary.name,
        version=one.version.number,
    )
