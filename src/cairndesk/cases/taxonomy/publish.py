"""The taxonomy as a document that anybody may fetch, read by a programme, and build on (DET-24).

The kinds of mapping are named as in SKOS, without "Match", and read from our code to the outside category. The schema knows
`narrower` too, for whoever maps a scheme of theirs with it; nothing here needs it so far.
"""

import json
from collections.abc import Iterator
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Any

from cairndesk.cases.taxonomy.load import load
from cairndesk.cases.taxonomy.shape import Category, Code, Family, Scheme, Taxonomy

FORMAT = "cairndesk-taxonomy-2"
LICENCE = "Apache-2.0"
# The families that outside schemes are mapped from.
MAPPED = ("harm", "context")


class MappingKind(StrEnum):
    """How a code of ours stands to a category of an outside scheme."""

    EXACT = "exact"  # both say the same
    BROADER = "broader"  # what has our code falls into the category, which holds more
    NONE = "none"  # no category is known to fit; that is no claim that there is none


def document(taxonomy: Taxonomy | None = None) -> dict[str, Any]:
    """Codes, definitions, versions, local names and mappings, as JSON objects that validate against `schema()`."""
    held = taxonomy or load()
    return {
        "format": FORMAT,
        "licence": LICENCE,
        "version": held.versions[-1].name,
        "versions": [{"name": one.name, "since": one.since.isoformat(), "summary": one.summary} for one in held.versions],
        "changes": [{"version": one.version, "family": one.family, "old": one.old, "new": one.new} for one in held.changes],
        "references": [
            {"key": one.key, "official_name": one.official_name, "by": one.by, "year": one.year, "address": one.address, "use": one.use}
            for one in held.references.values()
        ],
        "families": [_family(one, held) for one in held.families.values()],
        "aliases": [{"term": one.term, "country": one.country, "family": one.family, "code": one.code} for one in held.aliases],
        "schemes": [_scheme(one, held) for one in sorted(held.schemes.values(), key=lambda one: one.name)],
        "unmapped_schemes": [{"title": one.title, "why": one.why} for one in held.unmapped],
    }


@cache
def schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of `document()`; within a format it never changes."""
    text = resources.files("cairndesk.cases.taxonomy").joinpath("published.schema.json").read_text("utf-8")
    return dict(json.loads(text))


def mappings(scheme: Scheme, taxonomy: Taxonomy) -> Iterator[tuple[str, MappingKind, str]]:
    """Family and code, kind, and the category's code: at least one for each code of `MAPPED`."""
    for family in MAPPED:
        for code in taxonomy.families[family].codes:
            found = [(_kind(code, one), one.code) for one in scheme.categories if code in (one.harms if family == "harm" else one.contexts)]
            yield from ((f"{family}.{code}", kind, category) for kind, category in found or [(MappingKind.NONE, "")])


def _kind(code: str, category: Category) -> MappingKind:
    return MappingKind.EXACT if code in category.exact else MappingKind.BROADER


def _family(family: Family, taxonomy: Taxonomy) -> dict[str, Any]:
    rollups = {name: sorted(parts) for name, parts in sorted(family.rollups.items())}
    codes = [_code(one, taxonomy) for one in family.codes.values()]
    return {"family": family.name, "title": family.title, "about": family.about, "codes": codes, "rollups": rollups}


def _code(code: Code, taxonomy: Taxonomy) -> dict[str, Any]:
    told = {
        "id": code.key,
        "code": code.code,
        "label": code.label,
        "definition": code.definition,
        "since": code.since,
        "source": taxonomy.source_of(code),
    }
    more = {"until": code.until, "caveat": code.caveat, "note": code.note}
    lists = {"includes": code.includes, "excludes": code.excludes, "also": code.also}
    return told | {name: text for name, text in more.items() if text} | {name: [*texts] for name, texts in lists.items() if texts}


def _scheme(scheme: Scheme, taxonomy: Taxonomy) -> dict[str, Any]:
    return {
        "scheme": scheme.name,
        "title": scheme.title,
        "source": scheme.source,
        "checked": scheme.checked.isoformat(),
        "categories": [{"code": one.code, "official_name": one.official_name} for one in scheme.categories],
        "mappings": [{"from": ours, "kind": kind.value, **({"to": theirs} if theirs else {})} for ours, kind, theirs in mappings(scheme, taxonomy)],
    }
