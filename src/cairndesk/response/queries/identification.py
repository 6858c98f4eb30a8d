"""The files of a case for a unit that identifies victims; a list is named only as far as its owner lets it be."""

from collections import defaultdict
from collections.abc import Mapping
from uuid import UUID

from cairndesk.cases import taxonomy
from cairndesk.cases.models import Case, Item
from cairndesk.cases.queries import identifier_of
from cairndesk.exchange.formats import identification
from cairndesk.exchange.formats.casefile import Value
from cairndesk.lib.unknowns import Unknown
from cairndesk.signals.engine.identifiers import Kind
from cairndesk.signals.models import Match
from cairndesk.signals.queries import hashes_of, sightings_of
from cairndesk.signals.rules import MAY_BE_NAMED, Standing


def files_of(case: Case, refs: Mapping[UUID, str], people: Mapping[UUID, str]) -> list[identification.File]:
    """Every file of `case` by its hashes; `refs` and `people` name items and people as the case file does. Opens what is sealed."""
    held = Item.objects.filter(case=case, kind="media", same_file_as=None).select_related("identifier").order_by("added_at", "id")
    found = held.prefetch_related("sightings", "depictions", "further_hashes__identifier", "further_hashes__sightings", "further_hashes__depictions")
    named, kept = _named(case), _kept(case)
    return [_file(item, refs[item.pk], people, named, kept) for item in found]


def _file(item: Item, ref: str, people: Mapping[UUID, str], named: Mapping[UUID, set[str]], kept: set[str]) -> identification.File:
    hashes = [item, *item.further_hashes.all()]
    digests = {one.hash_kind: identifier_of(one) for one in hashes if one.hash_kind not in set(Unknown)}
    shown = [depiction for one in hashes for depiction in one.depictions.all()]
    return identification.File(
        ref=ref,
        digests=digests,
        media_type=_value("media_type", item.media_type),
        seen_before=_value("novelty", item.novelty),
        known_by=sorted(set[str]().union(*(named.get(one.pk, set()) for one in hashes))),
        authenticity=_value("authenticity", item.authenticity),
        realism=_value("realism", item.realism),
        children_shown=[people[one.child_id] for one in shown],
        apparent_ages=[_value("age_band", one.apparent_age) for one in shown],
        seen_at=[sighting.seen_at for one in hashes for sighting in one.sightings.all()],
        is_kept=not kept.isdisjoint(digests.values()),
    )


def _named(case: Case) -> dict[UUID, set[str]]:
    """Item → owners of the lists that hold it, where a person confirmed the match and the terms allow naming it in a report."""
    found: dict[UUID, set[str]] = defaultdict(set)
    matches = Match.objects.filter(case=case.pk, standing=Standing.CONFIRMED, entry__list__may_lead_to__in=MAY_BE_NAMED)
    for item, owner in matches.values_list("item", "entry__list__owner"):
        found[item].add(owner)
    return found


def _kept(case: Case) -> set[str]:
    """The SHA-256 of each file whose original lies in the vault."""
    originals = [one for one in sightings_of(case=case.pk) if one.original is not None and one.original.destroyed_at is None]
    return {identifier.value for one in originals for identifier in hashes_of(one) if identifier.kind is Kind.SHA256}


def _value(family: str, code: str) -> Value:
    return Unknown(code) if code in set(Unknown) else taxonomy.label(family, code)
