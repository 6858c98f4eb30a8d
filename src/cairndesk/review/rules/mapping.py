"""How the values of one scheme stand to those of another: dated tables with a source, which also say where nothing fits."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class MappingKind(StrEnum):
    """`exact`: both say the same. `broader`: the other value holds more. `none`: nothing there says this, and why."""

    EXACT = "exact"
    BROADER = "broader"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Pair:
    """One value and what it is over there; `to` is empty, and `why` says the reason, where nothing is."""

    code: str
    kind: MappingKind
    to: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A mapping from one scheme to another, as somebody checked it on a day."""

    origin: str
    to: str
    checked: date
    source: str
    pairs: tuple[Pair, ...]

    def pair(self, code: str) -> Pair | None:
        """What is said of a value; None where nothing is said at all."""
        return next((pair for pair in self.pairs if pair.code == code), None)


@dataclass(frozen=True, slots=True)
class Grade:
    """What a person chose in one version of a scheme, and what the desk had suggested from the features."""

    scheme: str
    version: str
    codes: tuple[str, ...]
    suggested: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """Name and version of the scheme."""
        return f"{self.scheme}@{self.version}"

    def as_row(self) -> dict[str, object]:
        """As the database keeps it."""
        return {"scheme": self.scheme, "version": self.version, "codes": list(self.codes), "suggested": list(self.suggested)}


def read_grade(row: dict[str, object]) -> Grade:
    """A grade as the database keeps it."""
    codes, suggested = row["codes"], row["suggested"]
    return Grade(str(row["scheme"]), str(row["version"]), tuple(codes), tuple(suggested))  # type: ignore[arg-type] # lists of codes


def equivalents(grades: Iterable[Grade], to: str, tables: Iterable[Table]) -> frozenset[str]:
    """The codes of the scheme `to` that these grades amount to, where a person chose one or a table says so; empty where none does."""
    held, found = list(grades), set[str]()
    for grade in held:
        if grade.scheme == to:
            found.update(grade.codes)
    if found:
        return frozenset(found)
    for table in tables:
        if table.to == to:
            pairs = (table.pair(code) for grade in held if grade.scheme == table.origin for code in grade.codes)
            found.update(pair.to for pair in pairs if pair is not None and pair.to)
    return frozenset(found)
