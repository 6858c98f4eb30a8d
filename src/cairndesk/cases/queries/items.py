"""Items: what a case holds, where else the same identifier is, and how much of what was counted."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Max, Min, QuerySet

from cairndesk.cases import taxonomy
from cairndesk.cases.errors import UnreadableIdentifier
from cairndesk.cases.models import Case, CasePerson, Incident, IndexTerm, Item, Report, Sighting
from cairndesk.cases.queries.sharing import kept_apart_from, terms_of, terms_to_compare, with_values_of
from cairndesk.cases.rules.facts import CHILD_ACTOR
from cairndesk.cases.rules.identifiers import terms
from cairndesk.custody import access
from cairndesk.custody.queries import unseal_text
from cairndesk.lib.unknowns import Unknown


def items(case: Case, *, restricted: bool = False, taken_back: bool = False) -> QuerySet[Item]:
    """The items of `case` in the order they came, identifiers still sealed; signposts only where `restricted` is asked for.

    `taken_back` adds what was recorded by mistake.
    """
    hidden = [] if restricted else [code.code for code in taxonomy.family("item_kind").codes.values() if code.restricted]
    rows = case.items(manager="everything" if taken_back else "objects")
    return rows.exclude(kind__in=hidden).select_related("identifier").order_by("added_at", "pk")


def listed_items(case: Case) -> list[Item]:
    """Every item of `case` in the order they came, taken back or not, without what is sealed: for what a page counts and names."""
    return list(Item.everything.filter(case=case).order_by("added_at", "pk"))


def is_shown(item: Item) -> bool:
    """Whether analysts see `item` at all."""
    return not taxonomy.family("item_kind").codes[item.kind].restricted


def identifier_of(item: Item) -> str:
    """The identifier, opened for a machine's work; a person opens it by `actions.open_identifier`, which the log keeps."""
    return unseal_text(item.identifier)


def cases_with_identifier(organisation: UUID, kind: str, value: str, *, service: str = "", hash_kind: str = "") -> QuerySet[Case]:
    """Cases of `organisation` that hold this identifier, however it was written. Nothing of another organisation is ever found."""
    try:
        found = terms(kind, value, service=service, hash_kind=hash_kind)
    except UnreadableIdentifier:
        return Case.objects.none()
    own = [(term, text) for term, text in found if term == (hash_kind if kind == "media" else kind)]
    digests = [access.keys().blind_index(organisation, term, text) for term, text in own]
    hits = IndexTerm.objects.filter(organisation=organisation, kind__in=[term for term, _ in own], digest__in=digests)
    return Case.objects.filter(organisation=organisation, pk__in=hits.values("item__case")).order_by("opened_at")


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A case that shares identifiers with another; `kinds` says which, never what they are. A person decides about a link."""

    case: UUID
    kinds: tuple[str, ...]


def suggested_links(case: Case) -> list[Suggestion]:
    """Other cases of the same organisation that share an identifier with `case`, and of which nobody said whether they belong together.

    Most shared first. What may be compared says `terms_to_compare`.
    """
    decided = {case.pk} | linked_with(case) | kept_apart_from(case)
    shared: dict[UUID, set[str]] = {}
    for others in with_values_of(terms_to_compare(case.organisation_id), terms_of([case.pk])):
        for held, kind in others.exclude(item__case__in=decided).order_by().values_list("item__case", "kind").distinct():
            shared.setdefault(held, set()).add(kind)
    return sorted((Suggestion(held, tuple(sorted(kinds))) for held, kinds in shared.items()), key=lambda s: (-len(s.kinds), str(s.case)))


def linked_with(case: Case) -> set[UUID]:
    """The cases that a person has linked with `case`."""
    return {*(one.later_id for one in case.links_out.all()), *(one.earlier_id for one in case.links_in.all())}


def people_to_match(case: Case) -> QuerySet[CasePerson]:
    """People whose records may be matched or shared: only those opened to it, and never one who is or may be a child."""
    return CasePerson.objects.filter(case=case, may_match=True).exclude(actor_age__in=CHILD_ACTOR)


def aliases(item: Item) -> QuerySet[Item]:
    """What else the person has whose account, number or wallet `item` is; nothing where that is not known."""
    return Item.objects.filter(case=item.case_id, holder=item.holder_id).exclude(holder=None).exclude(pk=item.pk).order_by("added_at", "pk")


def seen_between(item: Item) -> tuple[datetime | None, datetime | None]:
    """When `item` was first and last seen."""
    span = item.sightings.aggregate(first=Min("seen_at"), last=Max("seen_at"))
    return span["first"], span["last"]


def corroboration(incident: Incident) -> dict[str, str]:
    """The whole checklist with its answers, in the order of the taxonomy; what was not asked says so."""
    held = dict(incident.corroborations.values_list("kind", "answer"))
    return {kind: held.get(kind, Unknown.NOT_ASKED.value) for kind in taxonomy.family("corroboration").codes}


@dataclass(frozen=True, slots=True)
class UnitCounts:
    """Each unit counted by itself: one report may hold many items, and one item may be seen many times."""

    reports: int = 0
    addresses: int = 0
    pages: int = 0
    files: int = 0
    images: int = 0
    accounts: int = 0
    items: int = 0
    sightings: int = 0


def unit_counts(cases: QuerySet[Case]) -> UnitCounts:
    """How many of each unit these cases hold; never add one unit to another. A file is one, however many hashes it left."""
    held = Item.objects.filter(case__in=cases, same_file_as=None)
    kinds = Counter(held.values_list("kind", flat=True))
    return UnitCounts(
        reports=Report.objects.filter(case__in=cases).count(),
        addresses=kinds["url"],
        pages=kinds["web_page"],
        files=kinds["media"],
        images=held.filter(kind="media", media_type="image").count(),
        accounts=kinds["account"],
        items=sum(kinds.values()),
        sightings=Sighting.objects.filter(item__case__in=cases).count(),
    )
