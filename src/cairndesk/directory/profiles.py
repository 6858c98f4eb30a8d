"""The table of sharing: what each kind of recipient gets of a case, field by field, and on which ground. What it does not name is left out."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any

from cairndesk.accounts.rules.sharing import Data, Recipient
from cairndesk.directory.errors import TableUnreadable
from cairndesk.directory.rules import AuthorityKind

LONGEST_TABLE = 65_536
"""Characters that a table may have."""
SHIPPED = 1
"""The number of the table that comes with the desk."""
LEFT_OUT_WORDS = "left out for this recipient"
"""What stands in place of a value that a format cannot do without."""
_NAMED, _PROSE = "named", range(3, 301)


class Field(StrEnum):
    """What is known of a case, as it is divided where it goes out; the codes stand in records, so never rename one."""

    WORDS = "words"
    ANSWERS = "answers"
    SENDER = "sender"
    PEOPLE = "people"
    AGE = "age"
    GENDER = "gender"
    RELATION = "relation"
    COUNTRY = "country"
    IDENTITY = "identity"
    ADDRESSES = "addresses"
    HASHES = "hashes"
    SIGHTINGS = "sightings"
    NOTES = "notes"
    HARMS = "harms"
    URGENCY = "urgency"
    GRADES = "grades"
    FINDINGS = "findings"
    HISTORY = "history"
    CLUES = "clues"


class Gives(StrEnum):
    """How much of a field goes along; the later, the less."""

    WHOLE = "whole"
    MASKED = "masked"
    LEFT_OUT = "left out"

    def is_less_than(self, other: "Gives") -> bool:
        """Whether less goes along than by `other`."""
        order = list(Gives)
        return order.index(self) > order.index(other)


FIELD_WORDS: Mapping[Field, str] = {
    Field.WORDS: "what was told, in their own words",
    Field.ANSWERS: "what they ticked",
    Field.SENDER: "who told it, by which way and in which language",
    Field.PEOPLE: "the people of the case, by role",
    Field.AGE: "how old somebody is",
    Field.GENDER: "their gender",
    Field.RELATION: "how they stand to the child",
    Field.COUNTRY: "in which country somebody is",
    Field.IDENTITY: "who somebody is",
    Field.ADDRESSES: "reported addresses, accounts and numbers",
    Field.HASHES: "hashes of files",
    Field.SIGHTINGS: "where and when it was seen",
    Field.NOTES: "what is noted of an address or a file",
    Field.HARMS: "which harm it is, with its definition",
    Field.URGENCY: "why it is urgent",
    Field.GRADES: "how people graded it, and threats",
    Field.FINDINGS: "what dated rules of law said",
    Field.HISTORY: "what happened to the case, and when",
    Field.CLUES: "how identifying a victim/survivor stands, and clues in words",
}
MASKED_WORDS: Mapping[Field, str] = {
    Field.WORDS: "addresses, accounts and numbers of the case are taken out of the words",
    Field.ADDRESSES: "of an address only its host, of everything else only its kind",
    Field.SIGHTINGS: "only the day",
}
"""The fields that can be masked, and what stays of them."""
_DATA: Mapping[Field, Data] = {
    **dict.fromkeys((Field.WORDS, Field.ANSWERS, Field.SENDER), Data.ACCOUNT),
    Field.IDENTITY: Data.IDENTITY,
    Field.ADDRESSES: Data.ADDRESS,
}
# Whoever is no authority, by the kind of recipient that the rules of sharing know.
_OTHERS = {Recipient.AUTHORITY, Recipient.SERVICE, Recipient.PARTNER, Recipient.PROVIDER}
KINDS: Mapping[str, str] = {
    AuthorityKind.POLICE: "police",
    AuthorityKind.CHILD_PROTECTION: "child protection",
    AuthorityKind.PROSECUTION: "prosecution",
    AuthorityKind.NATIONAL_UNIT: "a national unit",
    AuthorityKind.HOTLINE: "a hotline",
    AuthorityKind.REGULATOR: "a regulator",
    AuthorityKind.CHILD_JUSTICE: "child justice",
    Recipient.AUTHORITY: "any other authority",
    Recipient.SERVICE: "a service that helps",
    Recipient.PARTNER: "a partner organisation",
    Recipient.PROVIDER: "a provider or platform",
}
"""Every kind of recipient of a case, in words."""


def data_of(field: Field) -> Data:
    """The kind of data, for which rules of sharing say whether it may go at all."""
    return _DATA.get(field, Data.EVIDENCE)


def field_of(kind: str) -> Field:
    """The field of an item of this kind."""
    return Field.HASHES if kind == "media" else Field.ADDRESSES


@dataclass(frozen=True, slots=True)
class Line:
    """How much of one field goes along, and on which ground."""

    gives: Gives
    basis: str


@dataclass(frozen=True, slots=True)
class Profile:
    """What one recipient gets: a line for each field. `code` is a kind of recipient, or `named`; `table` the number of its table."""

    code: str
    words: str
    table: int
    lines: Mapping[Field, Line]

    def gives(self, field: Field) -> Gives:
        """How much of `field` goes along."""
        return self.lines[field].gives

    def has(self, field: Field) -> bool:
        """Whether something of `field` goes along."""
        return self.gives(field) is not Gives.LEFT_OUT

    @property
    def kept(self) -> dict[str, Any]:
        """What a record of something that goes out by it holds, in codes: the profile, its table, and how much of each field."""
        given = {field.value: line.gives.value for field, line in self.lines.items() if line.gives is not Gives.LEFT_OUT}
        return {"profile": self.code, "table": self.table, "fields": given}

    @property
    def told(self) -> dict[str, str | int]:
        """The same for an entry of the log: the profile and the number of its table."""
        return {"profile": self.code, "table": self.table}

    @property
    def inside(self) -> set[Data]:
        """The kinds of data of which something goes along."""
        return {data_of(field) for field in Field if self.has(field)}

    @property
    def bases(self) -> str:
        """Each ground on which something goes along, once."""
        return "; ".join(dict.fromkeys(line.basis for line in self.lines.values() if line.gives is not Gives.LEFT_OUT))

    def without(self, *fields: Field, because: str) -> "Profile":
        """The same, less these fields."""
        return Profile(self.code, self.words, self.table, {**self.lines, **dict.fromkeys(fields, Line(Gives.LEFT_OUT, because))})

    def fields(self, *gives: Gives) -> str:
        """The fields of which so much goes, in words."""
        return "; ".join(FIELD_WORDS[field] for field in Field if self.gives(field) in gives)


@dataclass(frozen=True, slots=True)
class Table:
    """One version of the table: a profile for each kind of recipient, and for those whom it names."""

    number: int
    kinds: Mapping[str, Profile]
    named: Mapping[str, Profile]

    def profile(self, kinds: Iterable[str], *, name: str = "", other: str = Recipient.AUTHORITY) -> Profile:
        """What a recipient gets: by its name where the table has it, or by its kinds; of several, for each field, the least of them."""
        if name in self.named:
            return self.named[name]
        found = [self.kinds[kind] for kind in kinds if kind in self.kinds] or [self.kinds[other]]
        if len(found) == 1:
            return found[0]
        order = list(Gives)
        least = {field: max((one.lines[field] for one in found), key=lambda line: order.index(line.gives)) for field in Field}
        return Profile("_and_".join(sorted(one.code for one in found))[:40], " and ".join(one.words for one in found), self.number, least)

    @property
    def all(self) -> list[Profile]:
        """Every profile, kinds first."""
        return [*self.kinds.values(), *self.named.values()]


@cache
def shipped_text() -> str:
    """The table that comes with the desk, as TOML."""
    return files("cairndesk.directory").joinpath("minimum", "sharing.toml").read_text("utf-8")


@cache
def shipped() -> Table:
    """The same, as it counts."""
    return read_table(shipped_text(), number=SHIPPED)


def read_table(text: str, *, number: int) -> Table:
    """The table that `text` describes, under its number. Raises TableUnreadable, which names what is wrong and where."""
    if len(text) > LONGEST_TABLE:
        raise TableUnreadable(f"it is longer than {LONGEST_TABLE} characters")
    try:
        document = tomllib.loads(text)
    except (ValueError, RecursionError) as wrong:
        raise TableUnreadable(str(wrong)) from wrong
    named = document.pop(_NAMED, {})
    if strange := set(document) - set(KINDS):
        raise TableUnreadable(f"[{min(strange)}] is no kind of recipient; they are {', '.join(KINDS)}")
    if missing := [kind for kind in KINDS if kind not in document]:
        raise TableUnreadable(f"[{missing[0]}] is missing: every kind of recipient has its table, if only an empty one")
    if not isinstance(named, dict):
        raise TableUnreadable('whom you name stands as [named."…"], with the name as the directory has it')
    kinds = {kind: _profile(kind, KINDS[kind], document[kind], number) for kind in KINDS}
    return Table(number, kinds, {name: _profile(_NAMED, name, said, number) for name, said in named.items()})


def _profile(code: str, words: str, said: Any, number: int) -> Profile:
    if not isinstance(said, dict):
        raise TableUnreadable(f"[{words}] is a table")
    basis, rest = said.get("basis", ""), {name: value for name, value in said.items() if name != "basis"}
    if strange := set(rest) - set(Field):
        raise TableUnreadable(f"[{words}] “{min(strange)}” is no field; they are {', '.join(Field)}")
    left = Line(Gives.LEFT_OUT, f"the table of sharing does not give it to {words}")
    return Profile(code, words, number, {field: _line(words, field, rest[field], basis) if field in rest else left for field in Field})


def _line(words: str, field: Field, said: Any, basis: Any) -> Line:
    one = said if isinstance(said, dict) else {"gives": said}
    gives, ground = one.get("gives"), one.get("basis", basis)
    if set(one) - {"gives", "basis"} or gives not in set(Gives):
        raise TableUnreadable(f"[{words}] {field}: it says one of {', '.join(Gives)}, and may have a basis of its own")
    if gives == Gives.MASKED and field not in MASKED_WORDS:
        raise TableUnreadable(f"[{words}] {field}: only {', '.join(MASKED_WORDS)} can be masked")
    if not isinstance(ground, str) or len(ground.strip()) not in _PROSE or not re.fullmatch(r"[^\x00-\x1f\x7f]+", ground):
        raise TableUnreadable(f"[{words}] {field}: name the basis, in one line of at most {_PROSE.stop - 1} characters")
    return Line(Gives(gives), ground.strip())
