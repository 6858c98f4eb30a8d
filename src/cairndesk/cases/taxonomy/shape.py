"""The shape of the taxonomy: families of codes, their versions, changes, local names and outside schemes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

# Shown wherever the word is shown or exported.
CAVEAT = "Self-generated tells only how an image came about. It never means that the child is to blame or responsible."


class TaxonomyBroken(ValueError):
    """The data files contradict each other; the message names the file, the code and what to mend."""


@dataclass(frozen=True, slots=True)
class Code:
    """One thing a record can say. `raises` makes a case more urgent; nothing in the taxonomy can make one less so."""

    family: str
    code: str
    label: str
    definition: str
    since: str
    requirements: tuple[str, ...]
    includes: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()
    until: str = ""
    also: tuple[str, ...] = ()
    note: str = ""
    fields: tuple[str, ...] = ()
    raises: bool = False
    restricted: bool = False

    @property
    def key(self) -> str:
        """`family.code`, unique in the whole taxonomy."""
        return f"{self.family}.{self.code}"

    @property
    def caveat(self) -> str:
        """The sentence that goes with this code wherever it is shown; empty for most codes."""
        told = f"{self.family} {self.label} {self.definition}".casefold().replace("_", "-")
        return CAVEAT if "self-generated" in told else ""


@dataclass(frozen=True, slots=True)
class Reference:
    """What somebody else wrote about words, on which ours lean where law or practice leaves a gap; attributed and linked, never copied."""

    key: str
    official_name: str
    by: str
    year: int
    address: str
    use: str
    requirements: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """As it is cited."""
        return f"{self.official_name} ({self.by}, {self.year}), {self.address}"


@dataclass(frozen=True, slots=True)
class Family:
    """Codes that answer one question. A guided family gives inclusions and exclusions for every code; `references` are keys of what it leans on."""

    name: str
    title: str
    about: str
    guided: bool
    codes: Mapping[str, Code]
    rollups: Mapping[str, frozenset[str]]
    references: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Version:
    """A state of the taxonomy, in force from `since` until the next one."""

    name: str
    since: date
    summary: str


@dataclass(frozen=True, slots=True)
class Change:
    """From `version` on, what was `old` is counted as `new`."""

    version: str
    family: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Break:
    """A day on which a series of a family breaks: from then on `new` is counted, in place of `old`; empty: nothing was, or nothing is."""

    on: date
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Alias:
    """A name used in `country` (empty: in several) for something that has a code."""

    term: str
    country: str
    family: str
    code: str
    requirements: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Category:
    """A category of an outside scheme, under its official name, and the harms and contexts that fall into it.

    `exact`: those of them that say the very same; of the others the category holds more than they do.
    """

    code: str
    official_name: str
    harms: frozenset[str]
    contexts: frozenset[str] = frozenset()
    exact: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Scheme:
    """A list of categories that somebody else counts by; `checked` is when it was last compared with its source."""

    name: str
    title: str
    source: str
    checked: date
    categories: tuple[Category, ...]
    requirements: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unmapped:
    """A scheme of somebody else that has no mapping here, and why."""

    title: str
    why: str


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """Everything that was read, checked."""

    families: Mapping[str, Family]
    versions: tuple[Version, ...]
    changes: tuple[Change, ...] = ()
    aliases: tuple[Alias, ...] = ()
    schemes: Mapping[str, Scheme] = field(default_factory=dict)
    unmapped: tuple[Unmapped, ...] = ()
    references: Mapping[str, Reference] = field(default_factory=dict)

    def source_of(self, code: Code) -> str:
        """Whose definition a code has: ours, of the version that brought it, read with what its family leans on."""
        leans_on = [self.references[key].words for key in self.families[code.family].references]
        return "; read with ".join([f"Cairndesk taxonomy {code.since}, in its own words", *leans_on])
