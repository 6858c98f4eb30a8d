"""What an analyst sees of a case before anything sealed is opened."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from cairndesk.accounts.rules import SYSTEM, Actor
from cairndesk.accounts.together import counts, preload
from cairndesk.cases import taxonomy
from cairndesk.cases.models import Case, CaseLink, Item
from cairndesk.cases.queries import case_facts, hidden_from, is_shown, listed_items, suggested_links
from cairndesk.review.queries.alike import Alike, found_alike
from cairndesk.signals.models import ListVersion, Match
from cairndesk.signals.queries import hints_in, later, matches_of
from cairndesk.signals.register import passed_over
from cairndesk.triage.queries import Urgency, urgency

# What the parts of a page around the card read, and none of it is sealed.
READ_AT_ONCE = (
    "reports",
    "choices",
    "set_aside",
    "links_out",
    "links_in",
    "apart_out",
    "apart_in",
    "assessments",
    "overrides",
    "classifications",
    "holds",
)
_MOST_LINKS = 5
_WITH_SOUND = frozenset({"video", "live_stream", "audio", "xr_scene", "game"})


@dataclass(frozen=True)
class Shared:
    """A case that shares identifiers: its number, and which kinds of them in words, never what they are."""

    case: Case
    kinds: tuple[str, ...]

    @property
    def words(self) -> str:
        """Why it is suggested."""
        return f"shares: {', '.join(self.kinds)}"


@dataclass(frozen=True)
class Met:
    """A match, and the version of the list that brought its entry where that came after the item itself."""

    match: Match
    later: ListVersion | None


@dataclass(frozen=True)
class _Others:
    links: tuple[Shared, ...]
    alike: tuple[Alike, ...]
    linked: tuple[tuple[Case, CaseLink], ...]


@dataclass(frozen=True)
class Card:
    """What can be known at one glance: how urgent and why, what matched, whether media exist and have sound."""

    urgency: Urgency
    harms: tuple[str, ...]
    kinds: tuple[tuple[str, int], ...]
    matches: tuple[Met, ...]
    links: tuple[Shared, ...]
    alike: tuple[Alike, ...]
    linked: tuple[tuple[Case, CaseLink], ...]
    has_media: bool
    has_sound: bool
    ages: tuple[str, ...]
    child_actor: bool
    hints: int
    has_way_back: bool
    passed_over: tuple[str, ...]


def card(case: Case, by: Actor, listed: Sequence[Item] | None = None) -> Card:
    """The card of `case` as `by` sees it; nothing sealed is opened, nothing of another organisation is read. `listed`: its items, if at hand."""
    preload(case, *READ_AT_ONCE)
    many = counts([("hints", hints_in(case=case.pk)), ("receipts", case.receipts.all())])
    standing = [one for one in (listed_items(case) if listed is None else listed) if one.taken_back_at is None]
    facts, held = case_facts(case, standing), [one for one in standing if is_shown(one)]
    came = _came(case, held)
    matches = [one for one in matches_of(case=case.pk) if one.item in came]
    brought = later(matches, came=came)
    kinds = Counter(item.kind for item in held if item.same_file_as_id is None)
    others = _others(case, by)
    return Card(
        urgency=urgency(case),
        harms=tuple(taxonomy.label("harm", harm) for harm in sorted(facts.harms)),
        kinds=tuple((taxonomy.label("item_kind", kind), count) for kind, count in kinds.most_common()),
        matches=tuple(Met(one, brought.get(one.pk)) for one in matches),
        links=others.links,
        alike=others.alike,
        linked=others.linked,
        has_media=any(item.kind == "media" for item in held),
        has_sound=any(item.media_type in _WITH_SOUND for item in held),
        ages=tuple(taxonomy.label("age_band", age) for age in sorted(facts.child_ages)),
        child_actor=facts.has_child_actor,
        hints=many["hints"],
        has_way_back=bool(many["receipts"]),
        passed_over=tuple(about.title for about in passed_over(case=case.pk)),
    )


def _came(case: Case, held: Sequence[Item]) -> dict[UUID, datetime]:
    """When each item came in: what a machine read out of the words came with the words, at the latest with the last of them."""
    told = max(one.told_at for one in case.reports.all())
    return {item.pk: min(item.added_at, told) if item.recorded_by == SYSTEM.pseudonym else item.added_at for item in held}


def _others(case: Case, by: Actor) -> _Others:
    """Cases that may belong together with this one, or do: all of them read at once."""
    shared, alike = suggested_links(case)[:_MOST_LINKS], found_alike(case, most=_MOST_LINKS)
    linked = [*((one.later_id, one) for one in case.links_out.all()), *((one.earlier_id, one) for one in case.links_in.all())]
    wanted = {*(one.case for one in shared), *alike, *(other for other, _ in linked)}
    held = Case.objects.filter(organisation=case.organisation_id).exclude(hidden_from(by)).in_bulk(wanted)
    return _Others(
        links=tuple(Shared(held[one.case], tuple(_kind_words(kind) for kind in one.kinds)) for one in shared if one.case in held),
        alike=tuple(Alike(held[other], distance) for other, distance in alike.items() if other in held),
        linked=tuple((held[other], link) for other, link in linked if other in held),
    )


def _kind_words(kind: str) -> str:
    codes = taxonomy.family("item_kind").codes
    return taxonomy.label("item_kind", kind).lower() if kind in codes else kind
