"""A case as another organisation's programme reads it: JSON under a schema that travels with it and never changes within a version."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any
from uuid import UUID

from cairndesk.lib.unknowns import Unknown

VERSION = "1.1"
# A value, or which of the four kinds of unknown stands in its place.
Value = str | Unknown
_FORMAT = "cairndesk-case"
# The kind of the detail that holds an answered evidence checklist.
CHECKLIST = "evidence checklist"
# Details that say where value went, and who disclosed it to whom.
PAYMENT, DISCLOSURE = "payment", "financial disclosure"
# Details that say how identifying somebody stands, and clues to who they are, in words.
IDENTIFICATION, CLUE = "victim identification", "clue"
# The kind of the detail that says by which legal mandate somebody searched, where an account is what they found.
MANDATE = "mandate to search"
# The kind of the detail that holds what a person graded, by scheme and version.
GRADES = "classification"


@dataclass(frozen=True, slots=True)
class Term:
    """A code of the harm taxonomy with the definition that was in force, the version that brought it, and whose definition it is."""

    code: str
    label: str
    definition: str
    since: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Account:
    """What one sender told, once, so that nobody has to ask again. Times from the public form are known to the hour only."""

    number: int
    received_at: datetime
    source: str
    channel: str
    language: str
    told: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Person:
    """A person by role. `identity` is filled in only when the release of names was decided for this package."""

    ref: str
    role: str
    is_child: Value
    age_band: Value
    gender: Value
    relation: Value
    country: Value
    identity: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Sighting:
    """Where an item was seen, and when."""

    address: str
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class Item:
    """An address, account, wallet, number or digest. The content itself is never part of a case file."""

    ref: str
    kind: str
    value: str
    digests: Mapping[str, str]
    sightings: Sequence[Sighting]
    notes: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Detail:
    """A dated fact of one kind: a step of contact, a payment, a place, a threat."""

    kind: str
    facts: Mapping[str, Value]
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """What one jurisdiction's rules said on a day; advice to a reader, never a ruling."""

    jurisdiction: str
    verdict: str
    source: str
    on: str


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened to the case, for the timeline."""

    at: datetime
    event: str


@dataclass(frozen=True, slots=True)
class CaseFile:
    """Everything one authority receives about one case."""

    package: UUID
    made_at: datetime
    organisation: str
    recipient: str
    legal_basis: str
    purpose: str
    case: str
    opened_at: datetime
    urgency: Sequence[str]
    harms: Sequence[Term]
    accounts: Sequence[Account] = ()
    people: Sequence[Person] = ()
    items: Sequence[Item] = ()
    details: Sequence[Detail] = ()
    findings: Sequence[Finding] = ()
    timeline: Sequence[Step] = ()
    caveats: Sequence[str] = ()


def write(case: CaseFile) -> bytes:
    """The case as UTF-8 JSON that validates against `schema()`; the same case always gives the same bytes."""
    document = {"format": _FORMAT, "version": VERSION, **_plain(case)}
    return json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True).encode() + b"\n"


def schema() -> bytes:
    """The published JSON Schema (draft 2020-12) of this version."""
    return files("cairndesk.exchange.formats").joinpath(f"schemas/case-{VERSION}.schema.json").read_bytes()


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return {f.name: _plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, Unknown):
        return {"unknown": value.value}
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, Mapping):
        return {key: _plain(value[key]) for key in value}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(one) for one in value]
    return str(value) if isinstance(value, UUID) else value
