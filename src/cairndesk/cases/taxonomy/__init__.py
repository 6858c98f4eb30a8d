"""The harm taxonomy as versioned data: what each code means, since when, and what it is called elsewhere."""

from cairndesk.cases.taxonomy.load import load, parse
from cairndesk.cases.taxonomy.look_up import (
    accept,
    aliases,
    breaks,
    categories_of,
    counted_as,
    family,
    in_force,
    label,
    members,
    outside,
    raises_urgency,
    translate,
)
from cairndesk.cases.taxonomy.publish import document, schema
from cairndesk.cases.taxonomy.shape import CAVEAT, Alias, Break, Category, Change, Code, Family, Scheme, Taxonomy, TaxonomyBroken, Unmapped, Version

__all__ = [
    "CAVEAT",
    "Alias",
    "Break",
    "Category",
    "Change",
    "Code",
    "Family",
    "Scheme",
    "Taxonomy",
    "TaxonomyBroken",
    "Unmapped",
    "Version",
    "accept",
    "aliases",
    "breaks",
    "categories_of",
    "counted_as",
    "document",
    "family",
    "in_force",
    "label",
    "load",
    "members",
    "outside",
    "parse",
    "raises_urgency",
    "schema",
    "translate",
]
