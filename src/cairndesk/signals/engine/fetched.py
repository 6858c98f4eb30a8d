"""What one answer of a list's source comes to, in words that are the same for every kind of source."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cairndesk.lib.text import clean
from cairndesk.signals.engine.identifiers import HASH_DIGITS, Kind, normalise
from cairndesk.signals.errors import NotAnIdentifier

# Names of kinds that are counted and cannot be matched are cut to this length.
_LONGEST_NAME = 24
_DIGITS = frozenset("0123456789abcdef")


@dataclass(frozen=True, slots=True)
class Listed:
    """One value of a record. `kind` is one of Kind, or the source's own word with an empty `value`: counted, and matched by nothing."""

    kind: str
    value: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """A bounded part of a source's changes: record → what it lists now (nothing: it was taken back), and how far it has then been read.

    `refused`: records that could not be read. `starts_over`: everything before this page is to be forgotten once the reading is complete.
    """

    records: Mapping[str, tuple[Listed, ...]]
    checkpoint: dict[str, Any]
    refused: int = 0
    starts_over: bool = False


@dataclass(slots=True)
class Reading:
    """The values of one record as they are read; what is wrong with one of them harms no other."""

    label: str = ""
    found: dict[tuple[str, str], Listed] = field(default_factory=dict)
    refused: int = 0

    def add(self, kind: Kind | None, name: str, text: str) -> None:
        """Keep a value that can be matched, or count it: under `name` where `kind` is None, as refused where it cannot be read."""
        if kind is None:
            self.found[name, ""] = Listed(clean(name.lower())[:_LONGEST_NAME])
            return
        try:
            value = _hash(kind, text) if kind in HASH_DIGITS else normalise(kind, text).value
        except NotAnIdentifier:
            self.refused += 1
        else:
            self.found[kind.value, value] = Listed(kind.value, value, clean(self.label)[:64])

    def values(self) -> tuple[Listed, ...]:
        """Each value once."""
        return tuple(self.found.values())


def _hash(kind: Kind, text: str) -> str:
    """The digits as the index has them; unlike a person's, a source's hash is never guessed at."""
    digits = text.strip().lower()
    if len(digits) != HASH_DIGITS[kind] or not set(digits) <= _DIGITS:
        raise NotAnIdentifier("not a hash of this kind")
    return digits
