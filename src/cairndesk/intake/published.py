"""What `work` publishes and the portal reads: organisations, contacts, public tables, the salt and the sealed mailboxes.

The portal cannot write the folder; every file in it appears whole or not at all.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

from cairndesk.intake.errors import IntakeError

ORGANISATIONS, CONTACTS, PAGES, SALT, MAILBOXES = "organisations.json", "contacts.json", "pages", "argon2.salt", "mailboxes"
SHUT = "shut"
_INDEX = re.compile(r"[0-9a-f]{32}")
Read = TypeVar("Read")


class NothingPublished(IntakeError):
    """A published file is missing or unreadable; the portal cannot open without it."""

    code = "intake.nothing_published"
    status = 503
    remedy = "Start `cairndesk work`; it publishes what the portal shows."
    retryable = True


@dataclass(frozen=True)
class Desk:
    """An organisation as the portal knows it: whom to seal to, and how to greet."""

    id: UUID
    slug: str
    name: str
    is_first: bool
    country: str
    intake_public: bytes


@dataclass(frozen=True)
class Contact:
    """Somebody who can help now; `kind` is `emergency` or `helpline`, `country` two letters or empty for everywhere."""

    kind: str
    name: str
    country: str
    area: str
    languages: tuple[str, ...]
    hours: str
    is_always_open: bool
    cost: str
    phone: str
    text_number: str
    web: str
    checked_on: date | None


@dataclass(frozen=True)
class Table:
    """One public table; a cell of None is withheld so that nobody can be recognised."""

    title: str
    unit: str
    caveats: tuple[str, ...]
    headers: tuple[str, ...]
    rows: tuple[tuple[str | int | None, ...], ...]


class Published:
    """The published folder; each file is read again only when it has changed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._held: dict[str, tuple[tuple[int, int, int], Any]] = {}

    def desks(self) -> tuple[Desk, ...]:
        """Every organisation, the first one first. Raises NothingPublished."""
        return self._parsed(ORGANISATIONS, lambda rows: tuple(sorted((_desk(row) for row in rows), key=lambda desk: not desk.is_first)))

    def desk(self, slug: str) -> Desk | None:
        """The organisation under `slug`; the first one for an empty slug; None when there is none."""
        return next((desk for desk in self.desks() if desk.slug == slug or (not slug and desk.is_first)), None)

    def contacts(self) -> tuple[Contact, ...]:
        """Emergency and helpline contacts, in the operator's order. Raises NothingPublished."""
        return self._parsed(CONTACTS, lambda rows: tuple(_contact(row) for row in rows))

    def tables(self, slug: str) -> tuple[Table, ...]:
        """The public tables of one organisation; none before the first were published."""
        try:
            return self._parsed(f"{PAGES}/{slug}.json", lambda rows: tuple(_table(row) for row in rows))
        except NothingPublished:
            return ()

    def salt(self) -> bytes:
        """The public salt of this installation. Raises NothingPublished."""
        try:
            return (self._folder / SALT).read_bytes()
        except OSError as error:
            raise NothingPublished(SALT) from error

    def is_shut(self) -> bool:
        """Whether the desk takes nothing in: what is told now could be lost, so nobody may be told that it is kept."""
        return (self._folder / SHUT).exists()

    def mailbox(self, index: str) -> bytes | None:
        """The sealed mailbox under `index` (32 hex digits); None for wrong, unknown, erased and expired ones alike."""
        if not _INDEX.fullmatch(index):
            raise ValueError("an index is 32 hex digits")
        try:
            return (self._folder / MAILBOXES / index).read_bytes()
        except OSError:
            return None

    def _parsed(self, name: str, parse: Callable[[Any], Read]) -> Read:
        path = self._folder / name
        try:
            facts = path.stat()
            stamp = (facts.st_mtime_ns, facts.st_size, facts.st_ino)
            if self._held.get(name, (None,))[0] != stamp:
                self._held[name] = stamp, parse(json.loads(path.read_bytes()))
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise NothingPublished(name) from error
        read: Read = self._held[name][1]
        return read


def _desk(row: Mapping[str, Any]) -> Desk:
    return Desk(
        id=UUID(row["id"]),
        slug=row["slug"],
        name=row["name"],
        is_first=row["is_first"],
        country=row["country"],
        intake_public=bytes.fromhex(row["intake_public"]),
    )


def _contact(row: Mapping[str, Any]) -> Contact:
    return Contact(
        kind=row["kind"],
        name=row["name"],
        country=row["country"],
        area=row["area"],
        languages=tuple(row["languages"]),
        hours=row["hours"],
        is_always_open=row["is_always_open"],
        cost=row["cost"],
        phone=row["phone"],
        text_number=row["text_number"],
        web=row["web"],
        checked_on=date.fromisoformat(row["checked_on"]) if row["checked_on"] else None,
    )


def _table(row: Mapping[str, Any]) -> Table:
    return Table(
        title=row["title"],
        unit=row["unit"],
        caveats=tuple(row["caveats"]),
        headers=tuple(row["headers"]),
        rows=tuple(tuple(cells) for cells in row["rows"]),
    )
