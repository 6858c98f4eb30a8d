"""What an analyst sees of a case before anything sealed is opened."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from cairndesk.accounts.rules import SYSTEM
from cairndesk.cases import taxonomy
from cairndesk.cases.models import Case, Item
from cairndesk.cases.queries import case_facts, items, suggested_links
from cairndesk.review.queries.alike import Alike, found_alike
from cairndesk.signals.models import ListVersion, Match
from cairndesk.signals.queries import hint_count, later, matches_of
from cairndesk.signals.register import passed_over
from cairndesk.triage.queries import Urgency, names_of, urgency

_MOST_LINKS = 5
_WITH_SOUND = frozenset({"video", "live_stream", "audio", "xr_scene", "game"})


@dataclass(frozen=True)
class Shared:
    """A case that shares identifiers: its number, and which kinds of them in words, never what they are."""

    case: Case
    kinds: tuple[str, ...]


@dataclass(frozen=True)
class Met:
    """A match, and the version of the list that brought its entry where that came after the item itself."""

    match: Match
    later: ListVersion | None


@dataclass(frozen=True)
class Card:
    """What can be known at one glance: how urgent and why, what matched, whether media exist and have sound."""

    urgency: Urgency
    harms: tuple[str, ...]
    kinds: tuple[tuple[str, int], ...]
    matches: tuple[Met, ...]
    links: tuple[Shared, ...]
    alike: tuple[Alike, ...]
    linked: tuple[tuple[Case, str], ...]
    has_media: bool
    has_sound: bool
    ages: tuple[str, ...]
    holder: str
    child_actor: bool
    hints: int
    passed_over: tuple[str, ...]


def card(case: Case) -> Card:
    """The card of `case`; nothing sealed is opened and nothing of another organisation is read."""
    facts, held = case_facts(case), list(items(case))
    came = _came(case, held)
    matches = [one for one in matches_of(case=case.pk) if one.item in came]
    brought = later(matches, came=came)
    kinds = Counter(item.kind for item in held if item.same_file_as_id is None)
    return Card(
        urgency=urgency(case),
        harms=tuple(taxonomy.label("harm", harm) for harm in sorted(facts.harms)),
        kinds=tuple((taxonomy.label("item_kind", kind), count) for kind, count in kinds.most_common()),
        matches=tuple(Met(one, brought.get(one.pk)) for one in matches),
        links=_shared(case),
        alike=found_alike(case, most=_MOST_LINKS),
        linked=_linked(case),
        has_media=any(item.kind == "media" for item in held),
        has_sound=any(item.media_type in _WITH_SOUND for item in held),
        ages=tuple(taxonomy.label("age_band", age) for age in sorted(facts.child_ages)),
        holder=names_of([case.claimed_by]).get(case.claimed_by, ""),
        child_actor=facts.has_child_actor,
        hints=hint_count(case=case.pk),
        passed_over=tuple(about.title for about in passed_over(case=case.pk)),
    )


def _came(case: Case, held: Sequence[Item]) -> dict[UUID, datetime]:
    """When each item came in: what a machine read out of the words came with the words, at the latest with the last of them."""
    told = max(case.reports.values_list("told_at", flat=True))
    return {item.pk: min(item.added_at, told) if item.recorded_by == SYSTEM.pseudonym else item.added_at for item in held}


def _shared(case: Case) -> tuple[Shared, ...]:
    suggested = suggested_links(case)[:_MOST_LINKS]
    held = Case.objects.in_bulk([one.case for one in suggested])
    return tuple(Shared(held[one.case], tuple(_kind_words(kind) for kind in one.kinds)) for one in suggested)


def _linked(case: Case) -> tuple[tuple[Case, str], ...]:
    out = [(one.later, one.kind) for one in case.links_out.select_related("later")]
    back = [(one.earlier, one.kind) for one in case.links_in.select_related("earlier")]
    return tuple((other, taxonomy.label("link_kind", kind).lower()) for other, kind in (*out, *back))


def _kind_words(kind: str) -> str:
    codes = taxonomy.family("item_kind").codes
    return taxonomy.label("item_kind", kind).lower() if kind in codes else kind
