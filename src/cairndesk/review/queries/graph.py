"""What a case shares with others, and those with others again: accounts, addresses, wallets, numbers and hashes, none of them opened."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, Max, Q, QuerySet

from cairndesk.accounts.rules import Actor
from cairndesk.cases import taxonomy
from cairndesk.cases.models import Case, CaseLink, IndexTerm
from cairndesk.cases.queries import hidden_from, kept_apart_from, terms_of, terms_to_compare, with_values_of
from cairndesk.review.rules.graph import Drawing, Entity, drawn
from cairndesk.signals.models import AlikeCase

MOST_CASES, MOST_ENTITIES, _WEIGHED = 30, 60, 200
_HASHES = {"md5": "MD5", "sha1": "SHA-1", "sha256": "SHA-256", "pdq": "PDQ"}
Key = tuple[str, bytes]


@dataclass(frozen=True)
class Neighbour:
    """A case of the graph, by what it is joined to the one in the middle, and whether a person has said what to make of it."""

    case: Case
    shares: tuple[str, ...]
    distance: int | None
    linked: tuple[CaseLink, ...]
    is_apart: bool

    @property
    def words(self) -> str:
        """What it shares with the one in the middle."""
        looks = () if self.distance is None else (f"a picture that looks alike ({self.distance} of 256 bits differ)",)
        return ", ".join((*self.shares, *looks))


@dataclass(frozen=True)
class Graph:
    """The case in the middle comes first among `cases`; `left_out` says that there is more than is shown."""

    entities: tuple[Entity, ...]
    numbers: dict[UUID, str]
    neighbours: tuple[Neighbour, ...]
    drawing: Drawing
    left_out: bool

    @property
    def undecided(self) -> list[Neighbour]:
        """Those of which nobody has said whether they belong with the one in the middle."""
        return [one for one in self.neighbours if not one.linked and not one.is_apart]

    def rows(self) -> list[tuple[Entity, list[tuple[str, UUID]]]]:
        """Each entity with the numbers of its cases, the one in the middle first."""
        return [(one, [(self.numbers[case], case) for case in one.cases]) for one in self.entities]


def graph(case: Case, *, by: Actor) -> Graph:
    """What leads from `case` in two steps; the same number of queries however much there is.

    What belongs to a child who is a person of concern is no part of it (PRI-10), and nothing of another organisation is,
    nor a case that is hidden from `by`.
    """
    held = terms_to_compare(case.organisation_id).exclude(hidden_from(by, "item__case"))
    alike = dict(AlikeCase.objects.filter(case=case.pk).order_by("distance", "other").values_list("other", "distance")[:MOST_CASES])
    near = [*dict.fromkeys([*_holders(held, terms_of([case.pk]), case), *alike])]
    found = Case.objects.filter(organisation=case.organisation_id).exclude(hidden_from(by))
    cases = found.in_bulk([case.pk, *near[: MOST_CASES - 1]])
    shown = [pk for pk in (case.pk, *near) if pk in cases]
    entities, left_out = _entities(held, shown)
    numbers = {pk: cases[pk].number for pk in shown}
    return Graph(
        entities=tuple(entities),
        numbers=numbers,
        neighbours=_neighbours(case, [cases[pk] for pk in numbers if pk != case.pk], entities, alike),
        drawing=drawn(numbers, entities),
        left_out=left_out or len(near) >= MOST_CASES,
    )


def most_shared(*, by: Actor, most: int) -> list[tuple[str, str, int, Case]]:
    """What the most cases of the organisation of `by` hold: its kind, the service if known, in how many, and one case from which to look on."""
    rows = _counted([terms_to_compare(by.home).exclude(hidden_from(by, "item__case"))], most)
    cases = {case.number: case for case in Case.objects.filter(number__in=[row["number"] for row in rows])}
    return [(_kind_words(row["kind"]), row["service"] or "", row["many"], cases[row["number"]]) for row in rows]


def _counted(parts: Iterable[QuerySet[IndexTerm]], most: int) -> list[dict[str, Any]]:
    """What is in several cases, in the most first; `parts` share no value."""
    counts: dict[str, Any] = {"many": Count("item__case", distinct=True), "service": Max("item__service"), "number": Max("item__case__number")}
    found = list[dict[str, Any]]()
    for terms in parts:
        grouped: QuerySet[Any, Any] = terms.order_by().values("kind", "digest")
        found.extend(grouped.annotate(**counts).filter(many__gt=1).order_by("-many", "kind", "digest")[:most])
    return sorted(found, key=lambda row: (-row["many"], row["kind"], bytes(row["digest"])))[:most]


def _holders(held: QuerySet[IndexTerm], mine: QuerySet[IndexTerm], case: Case) -> list[UUID]:
    """Other cases that hold what this one holds, those that share most first."""
    found = Counter[UUID]()
    for others in with_values_of(held, mine):
        counted = others.exclude(item__case=case).order_by().values("item__case").annotate(many=Count("digest", distinct=True))
        # A value can be in thousands of cases; those that share the most of one part are enough to choose from.
        found.update({row["item__case"]: row["many"] for row in counted.order_by("-many", "item__case")[:_WEIGHED]})
    return sorted(found, key=lambda other: (-found[other], other))[:MOST_CASES]


def _entities(held: QuerySet[IndexTerm], shown: Collection[UUID]) -> tuple[list[Entity], bool]:
    mine = terms_of(shown)
    counted = _counted(with_values_of(held, mine), MOST_ENTITIES + 1)
    totals = {(row["kind"], bytes(row["digest"])): (row["many"], row["service"]) for row in counted}
    holders: dict[Key, set[UUID]] = defaultdict(set)
    for kind, digest, of in mine.filter(digest__in=[digest for _, digest in totals]).values_list("kind", "digest", "item__case"):
        holders[kind, bytes(digest)].add(of)
    order = {case: place for place, case in enumerate(shown)}
    found, names = list[Entity](), Counter[str]()
    for kinds, key in _files_once(totals, holders):
        words = _kind_words(kinds[0]) if kinds[0] not in _HASHES else f"file by {', '.join(_HASHES[kind] for kind in kinds)}"
        names[words] += 1
        total, service = totals[key]
        found.append(Entity(f"{words} {names[words]}", service or "", tuple(sorted(holders[key], key=order.__getitem__)), total))
    return found[:MOST_ENTITIES], len(totals) > MOST_ENTITIES


def _files_once(totals: Iterable[Key], holders: dict[Key, set[UUID]]) -> list[tuple[list[str], Key]]:
    """Each entity with its kinds: the hashes that stand in the same cases are taken for those of one file."""
    merged: dict[object, tuple[list[str], Key]] = {}
    for kind, digest in totals:
        key: object = ("file", frozenset(holders[kind, digest])) if kind in _HASHES else (kind, digest)
        kinds, _ = merged.setdefault(key, ([], (kind, digest)))
        if kind not in kinds:
            kinds.append(kind)
    return list(merged.values())


def _neighbours(case: Case, others: list[Case], entities: list[Entity], alike: dict[UUID, int]) -> tuple[Neighbour, ...]:
    linked: dict[UUID, list[CaseLink]] = defaultdict(list)
    for link in CaseLink.objects.filter(Q(earlier=case) | Q(later=case)).order_by("recorded_at", "pk"):
        linked[link.other_than(case.pk)].append(link)
    apart = kept_apart_from(case)
    shares = {other.pk: tuple(one.name for one in entities if {case.pk, other.pk} <= set(one.cases)) for other in others}
    return tuple(Neighbour(other, shares[other.pk], alike.get(other.pk), tuple(linked[other.pk]), other.pk in apart) for other in others)


def _kind_words(kind: str) -> str:
    if kind in _HASHES:
        return f"{_HASHES[kind]} of a file"
    return taxonomy.label("item_kind", kind).lower() if kind in taxonomy.family("item_kind").codes else kind
