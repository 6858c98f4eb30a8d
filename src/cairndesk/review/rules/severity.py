"""Schemes of grading: named, dated, versioned tables. One grades the severity of every case; others grade beside it, as the operator chooses."""

from dataclasses import dataclass
from datetime import date

Clause = tuple[tuple[str, tuple[str, ...]], ...]
"""Features of a case and the codes that they may have, all of which must hold."""


@dataclass(frozen=True, slots=True)
class Level:
    """One value of a scheme; a severe one always goes to another person.

    `official` is how the owner of the scheme writes it, `section` the part of the scheme it belongs to. `when` says for which features the desk
    suggests it: any of the clauses, each as a whole.
    """

    code: str
    label: str
    definition: str
    is_severe: bool = False
    official: str = ""
    section: str = ""
    includes: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()
    when: tuple[Clause, ...] = ()

    @property
    def written(self) -> str:
        """The value as it leaves the desk."""
        return self.official or self.code


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a scheme from which one value is chosen, or several."""

    code: str
    title: str
    is_many: bool = False


@dataclass(frozen=True, slots=True)
class Scheme:
    """A scheme as it is recorded: its name, its version, and its levels from most to least severe."""

    name: str
    version: str
    title: str
    levels: tuple[Level, ...]
    sections: tuple[Section, ...] = (Section("", ""),)
    since: date | None = None
    until: date | None = None
    source: str = ""
    note: str = ""

    @property
    def key(self) -> str:
        """Name and version, by which files, forms and pages tell versions apart."""
        return f"{self.name}@{self.version}"

    def level(self, code: str) -> Level | None:
        """The level of that code, or None."""
        return next((level for level in self.levels if level.code == code), None)

    def of(self, section: Section) -> tuple[Level, ...]:
        """The levels of one section."""
        return tuple(level for level in self.levels if level.section == section.code)

    def counts_on(self, day: date) -> bool:
        """Whether this version is in force on `day`."""
        return (self.since is None or self.since <= day) and (self.until is None or day <= self.until)
