"""Taxonomies for tests: one with a second version, in which one harm is new and one goes under another code; one with a term in a name."""

from dataclasses import replace
from datetime import date

from cairndesk.cases import taxonomy
from cairndesk.cases.taxonomy import Change, Code, Taxonomy, Version

SECOND = Version("2027.1", date(2027, 1, 1), "Second version, for tests.")
NEW, RENAMED, EARLIER = "newly_named", "harassment_renamed", "online_harassment"


def with_the_term() -> Taxonomy:
    """The taxonomy that comes along, in which the name of one harm holds a term that never stands without its caveat."""
    held = taxonomy.load()
    harm = held.families["harm"]
    named = replace(harm.codes["onward_sharing"], label="Sharing self-generated material onward")
    return replace(held, families={**held.families, "harm": replace(harm, codes={**harm.codes, named.code: named})})


def with_second_version() -> Taxonomy:
    """The taxonomy that comes along, and one version more."""
    held = taxonomy.load()
    harm = held.families["harm"]
    added = {
        code: Code("harm", code, label, "For tests.", SECOND.name, ("TAX-87",), ("this",), ("that",))
        for code, label in ((NEW, "A harm newly named"), (RENAMED, "Harassment under its new name"))
    }
    codes = {**harm.codes, **added, EARLIER: replace(harm.codes[EARLIER], until=SECOND.name)}
    return replace(
        held,
        families={**held.families, "harm": replace(harm, codes=codes)},
        versions=(*held.versions, SECOND),
        changes=(*held.changes, Change(SECOND.name, "harm", EARLIER, RENAMED)),
    )
