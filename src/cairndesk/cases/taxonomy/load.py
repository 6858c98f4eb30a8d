"""Reads the data files and refuses them when they contradict each other."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

from cairndesk.cases.taxonomy.check import check
from cairndesk.cases.taxonomy.shape import Alias, Category, Change, Code, Family, Reference, Scheme, Taxonomy, TaxonomyBroken, Unmapped, Version

_NOT_FAMILIES = {"versions", "aliases", "unmapped", "references"}
_SETS = ("harms", "contexts", "exact")
_LISTS = ("requirements", "includes", "excludes", "also", "fields")


@cache
def load() -> Taxonomy:
    """The taxonomy shipped with this version of Cairndesk. Raises TaxonomyBroken."""
    here = resources.files("cairndesk.cases.taxonomy")
    outside = here / "external"
    tables = {entry.name.removesuffix(".toml"): _read(entry.read_text("utf-8")) for entry in here.iterdir() if entry.name.endswith(".toml")}
    schemes = [_read(entry.read_text("utf-8")) for entry in outside.iterdir() if entry.name.endswith(".toml")]
    return parse(tables, schemes)


def parse(tables: Mapping[str, Mapping[str, Any]], schemes: list[dict[str, Any]]) -> Taxonomy:
    """The taxonomy in `tables` (file name to content) and `schemes`. Raises TaxonomyBroken when it does not hold together."""
    versions = tables.get("versions", {})
    taxonomy = Taxonomy(
        families={name: _family(name, table) for name, table in sorted(tables.items()) if name not in _NOT_FAMILIES},
        versions=tuple(Version(**row) for row in versions.get("version", [])),
        changes=tuple(Change(**row) for row in versions.get("change", [])),
        aliases=tuple(Alias(**_tuples(row)) for row in tables.get("aliases", {}).get("alias", [])),
        schemes={row["scheme"]: _scheme(row) for row in schemes},
        references={row["key"]: Reference(**_tuples(row)) for row in tables.get("references", {}).get("reference", [])},
        unmapped=tuple(Unmapped(**row) for row in tables.get("unmapped", {}).get("unmapped", [])),
    )
    check(taxonomy)
    return taxonomy


def _read(text: str) -> dict[str, Any]:
    return tomllib.loads(text)


def _tuples(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if name in _LISTS else value for name, value in row.items()}


def _family(name: str, table: Mapping[str, Any]) -> Family:
    if table.get("family") != name:
        raise TaxonomyBroken(f"{name}.toml: `family` must be {name!r}")
    codes: dict[str, Code] = {}
    for row in table.get("code", []):
        try:
            code = Code(family=name, **_tuples(row))
        except TypeError as error:
            raise TaxonomyBroken(f"{name}.toml: {row.get('code', 'a code')}: {error}") from error
        if code.code in codes:
            raise TaxonomyBroken(f"{name}.toml: {code.code} is there twice")
        codes[code.code] = code
    rollups = {roll: frozenset(parts) for roll, parts in table.get("rollups", {}).items()}
    return Family(name, table["title"], table["about"], table.get("guided", False), codes, rollups, tuple(table.get("references", [])))


def _scheme(row: Mapping[str, Any]) -> Scheme:
    categories = tuple(Category(c["code"], c["official_name"], *(frozenset(c.get(name, [])) for name in _SETS)) for c in row["category"])
    return Scheme(row["scheme"], row["title"], row["source"], row["checked"], categories, tuple(row.get("requirements", [])))
