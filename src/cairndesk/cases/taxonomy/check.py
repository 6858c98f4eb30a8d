"""What must hold in the data before anything is recorded by it."""

import re
from collections.abc import Iterator

from cairndesk.cases.taxonomy.shape import Code, Family, Taxonomy, TaxonomyBroken
from cairndesk.lib.unknowns import Unknown

_CODE = re.compile(r"[a-z][a-z0-9_]{0,47}")
_REQUIREMENT = re.compile(r"[A-Z]{3}-\d{2}")


def check(taxonomy: Taxonomy) -> None:
    """Return if the data hold together; else raise TaxonomyBroken with every fault, one per line."""
    faults = [*_versions(taxonomy), *_codes(taxonomy), *_references(taxonomy)]
    if faults:
        raise TaxonomyBroken("\n".join(faults))


def _versions(taxonomy: Taxonomy) -> Iterator[str]:
    names = [version.name for version in taxonomy.versions]
    days = [version.since for version in taxonomy.versions]
    if not names:
        yield "versions.toml: there is no version"
    if len(set(names)) != len(names) or days != sorted(set(days)):
        yield "versions.toml: versions must differ and stand oldest first"


def _codes(taxonomy: Taxonomy) -> Iterator[str]:
    names = {version.name for version in taxonomy.versions}
    for family in taxonomy.families.values():
        if not family.codes:
            yield f"{family.name}: has no codes"
        for code in family.codes.values():
            yield from (f"{code.key}: {fault}" for fault in _faults(code, family, names))


def _faults(code: Code, family: Family, versions: set[str]) -> Iterator[str]:
    if not _CODE.fullmatch(code.code):
        yield "a code is small letters, digits and _, at most 48"
    if code.code in set(Unknown):
        yield "this word is one of the four kinds of unknown"
    if not code.label or not code.definition.endswith("."):
        yield "a label and a definition that ends with a full stop are needed"
    if family.guided and not (code.includes and code.excludes):
        yield "a guided family needs inclusions and exclusions"
    if not code.requirements or not all(_REQUIREMENT.fullmatch(r) for r in code.requirements):
        yield "the requirement that asks for it is missing"
    if code.since not in versions or (code.until and code.until not in versions):
        yield "`since` and `until` name a version"


def _references(taxonomy: Taxonomy) -> Iterator[str]:
    known = {code.key for family in taxonomy.families.values() for code in family.codes.values()}
    versions = {version.name for version in taxonomy.versions}
    for family in taxonomy.families.values():
        for name, parts in family.rollups.items():
            if not parts <= set(family.codes):
                yield f"{family.name}: roll-up {name} names an unknown code"
        if not set(family.references) <= set(taxonomy.references):
            yield f"{family.name}: `references` names something that references.toml does not hold"
    for change in taxonomy.changes:
        if change.version not in versions or not {f"{change.family}.{change.old}", f"{change.family}.{change.new}"} <= known:
            yield f"versions.toml: the change of {change.family}.{change.old} names something unknown"
    for alias in taxonomy.aliases:
        if f"{alias.family}.{alias.code}" not in known:
            yield f"aliases.toml: {alias.term} stands for an unknown code"
    yield from _schemes(taxonomy, known)


def _schemes(taxonomy: Taxonomy, known: set[str]) -> Iterator[str]:
    for scheme in taxonomy.schemes.values():
        for category in scheme.categories:
            named = {f"harm.{harm}" for harm in category.harms} | {f"context.{context}" for context in category.contexts}
            if not named <= known:
                yield f"external/{scheme.name}.toml: {category.code} names an unknown code"
            if not category.exact <= category.harms | category.contexts:
                yield f"external/{scheme.name}.toml: {category.code} says of a code that is not in it that it is the very same"
