"""What `work` publishes and the portal reads: organisations, contacts, hours, public tables, the salt and the sealed mailboxes.

The portal cannot write the folder; every file in it appears whole or not at all.
"""

import contextlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any, Self, TypeVar
from uuid import UUID

from cairndesk.custody.errors import LogBroken
from cairndesk.custody.ledger import note
from cairndesk.custody.retention import RecordClass, Term
from cairndesk.custody.sealing import intake
from cairndesk.directory.portals import OWN, Sheet, from_row
from cairndesk.intake.errors import IntakeError
from cairndesk.intake.rules.hours import Hours
from cairndesk.lib.catalogues import SOURCE

ORGANISATIONS, CONTACTS, PAGES, SALT, MAILBOXES = "organisations.json", "contacts.json", "pages", "argon2.salt", "mailboxes"
LOOKS, HOURS = "looks.json", "hours.json"
EMERGENCY = "emergency"
SHUT = "shut"
# Of which classes of records the privacy page says how long they are kept.
TOLD_OF = (RecordClass.ACCOUNT, RecordClass.MESSAGE, RecordClass.DRAFT)
_INDEX = re.compile(r"[0-9a-f]{32}")
Read = TypeVar("Read")


class NothingPublished(IntakeError):
    """A published file is missing or unreadable; the portal cannot open without it."""

    code = "intake.nothing_published"
    status = 503
    remedy = "Start `cairndesk work`; it publishes what the portal shows."
    retryable = True


class KeyRefused(NothingPublished):
    """A published intake key is not vouched for by the desk, or older than one that was published before: nobody may seal to it."""

    code = "intake.key_refused"
    remedy = "Look who wrote to the published folder. `cairndesk work` lays the right keys out again; then start `cairndesk serve` anew."


@dataclass(frozen=True)
class IntakeKey:
    """A key to seal to from `opens` (seconds since 1970) on; the higher `number` is the newer one."""

    number: int
    opens: int
    public: bytes


@dataclass(frozen=True)
class Desk:
    """An organisation as the portal knows it: whom to seal to, how long it keeps what (classes of TOLD_OF that are bound), what it says of itself."""

    id: UUID
    slug: str
    name: str
    is_first: bool
    country: str
    keys: tuple[IntakeKey, ...]
    kept: Mapping[RecordClass, Term] = field(default_factory=dict)
    sheet: Sheet = field(default_factory=Sheet)

    def in_language(self, code: str) -> Self:
        """The same organisation by the name that it has in that language, if it gave itself one."""
        return replace(self, name=self.sheet.name_in(code) or self.name)

    def key_at(self, now: datetime) -> bytes:
        """The public key (32 bytes) to seal to: the newest whose time has come, or else the oldest, because nobody is sent away for a wrong clock."""
        open_now = [key for key in self.keys if key.opens <= now.timestamp()]
        return max(open_now, key=lambda key: key.number).public if open_now else min(self.keys, key=lambda key: key.number).public


@dataclass(frozen=True)
class Contact:
    """Somebody who can help now; `kind` is `emergency`, `helpline` or `self_concern`, `country` two letters or empty for everywhere.

    `owner`: the id of the organisation that alone shows it; empty for one that all share.
    """

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
    chat: str = ""
    email: str = ""
    visit: str = ""
    ages_from: int | None = None
    ages_to: int | None = None
    genders: tuple[str, ...] = ()
    disability_access: tuple[str, ...] = ()
    expertise: tuple[str, ...] = ()
    owner: str = ""

    def is_emergency_in(self, country: str) -> bool:
        """Whether somebody reached it as a number for emergencies that helps in `country`; an empty one is any."""
        return self.kind == EMERGENCY and self.checked_on is not None and (not country or self.country in {"", country})


@dataclass(frozen=True)
class Table:
    """One public table; a cell of None is withheld so that nobody can be recognised."""

    title: str
    unit: str
    caveats: tuple[str, ...]
    headers: tuple[str, ...]
    rows: tuple[tuple[str | int | None, ...], ...]


def tables_file(slug: str, language: str) -> str:
    """Under which name the tables of an organisation lie in the folder of pages."""
    return f"{slug}.json" if language == SOURCE else f"{slug}.{language}.json"


class Published:
    """The published folder; each file is read again only when it has changed."""

    def __init__(self, folder: Path, verifier: str = "") -> None:
        """`verifier`: the key of the desk's log, from a place that whoever writes the folder cannot write; without it no desk is shown."""
        self._folder, self._verifier = folder, verifier
        self._newest: dict[UUID, int] = {}
        self._held: dict[str, tuple[tuple[int, int, int], Any]] = {}

    def desks(self) -> tuple[Desk, ...]:
        """Every organisation, the first one first. Raises NothingPublished, and KeyRefused where a key is not the desk's."""
        return self._parsed(ORGANISATIONS, lambda rows: tuple(sorted(map(self._desk, rows), key=lambda desk: not desk.is_first)))

    def desk(self, slug: str) -> Desk | None:
        """The organisation under `slug`; the first one for an empty slug; None when there is none."""
        return next((desk for desk in self.desks() if desk.slug == slug or (not slug and desk.is_first)), None)

    def desk_on(self, host: str) -> Desk | None:
        """The organisation that has the host name, or the onion address beside it, for itself; None for every other name."""
        own = ((desk, {desk.sheet.host, desk.sheet.onion.removeprefix("http://")}) for desk in self.desks() if desk.sheet.host)
        return next((desk for desk, names in own if host and host in names), None)

    def contacts(self, desk: Desk | None = None) -> tuple[Contact, ...]:
        """Emergency and helpline contacts, in the operator's order: its own ones and, unless it chose otherwise, those that all share.

        Never another's; where no organisation is known, the shared ones alone. One that chose its own alone and has no emergency number of its
        country left shows the shared emergency ones: no child is left without a number. Raises NothingPublished.
        """
        held: tuple[Contact, ...] = self._parsed(CONTACTS, lambda rows: tuple(_contact(row) for row in rows))
        owner = str(desk.id) if desk else ""
        kinds = {one.kind for one in held}
        if desk and desk.sheet.contacts == OWN:
            is_left = any(one.owner == owner and one.is_emergency_in(desk.country) for one in held)
            kinds = set() if is_left else {EMERGENCY}
        return tuple(one for one in held if (one.owner == owner if one.owner else one.kind in kinds))

    def tables(self, slug: str, language: str = SOURCE) -> tuple[str, tuple[Table, ...]]:
        """The public tables of one organisation, and their language: the one asked for, or where they were not laid out in it that of the source.

        None before the first were published.
        """
        for code in (language, SOURCE):
            with contextlib.suppress(NothingPublished):
                return code, self._parsed(f"{PAGES}/{tables_file(slug, code)}", lambda rows: tuple(_table(row) for row in rows))
        return language, ()

    def looks(self, slug: str) -> Mapping[str, int]:
        """Within how many minutes the desk looks: `danger`, `advice`, and `rest`, the longest of all else; empty before it is laid out."""
        try:
            held: Mapping[str, Mapping[str, int]] = self._parsed(LOOKS, dict)
        except NothingPublished:
            return {}
        return held.get(slug, {})

    def hours(self, slug: str) -> Hours | None:
        """The hours in which somebody reads at an organisation; None where it has no roster, or does not show it."""
        try:
            held: Mapping[str, Hours] = self._parsed(HOURS, lambda rows: {name: Hours.of(row) for name, row in rows.items()})
        except NothingPublished:
            return None
        return held.get(slug)

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

    def _desk(self, row: Mapping[str, Any]) -> Desk:
        organisation = UUID(row["id"])
        keys = tuple(_key(organisation, key, self._verifier) for key in row["keys"])
        kept = {RecordClass(kind): Term(*days) for kind, days in row.get("kept", {}).items()}
        newest = max((key.number for key in keys), default=0)
        if newest < self._newest.get(organisation, 1):
            raise KeyRefused("It is older than one that was published before." if keys else "There is none.")
        self._newest[organisation] = newest
        sheet = from_row(row["sheet"]) if "sheet" in row else Sheet()
        return Desk(organisation, row["slug"], row["name"], row["is_first"], row["country"], keys, kept, sheet)

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


def _key(organisation: UUID, row: Mapping[str, Any], verifier: str) -> IntakeKey:
    key = IntakeKey(row["number"], row["opens"], bytes.fromhex(row["public"]))
    said = intake.statement(organisation=organisation, number=key.number, opens=key.opens, public=key.public)
    try:
        signer = note.read_verifier_key(verifier)[1]
    except LogBroken as error:
        raise KeyRefused("It is not known who would vouch for it.") from error
    if not intake.is_vouched_for(signer, said, bytes.fromhex(row["signature"])):
        raise KeyRefused("The desk does not vouch for it.")
    return key


def _contact(row: Mapping[str, Any]) -> Contact:
    # What was laid out before an update says less.
    more: dict[str, Any] = {name: row[name] for name in ("chat", "email", "visit", "ages_from", "ages_to") if name in row}
    lists: dict[str, Any] = {name: tuple(row[name]) for name in ("genders", "disability_access", "expertise") if name in row}
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
        owner=str(row.get("owner_id") or ""),
        **more,
        **lists,
    )


def _table(row: Mapping[str, Any]) -> Table:
    return Table(
        title=row["title"],
        unit=row["unit"],
        caveats=tuple(row["caveats"]),
        headers=tuple(row["headers"]),
        rows=tuple(tuple(cells) for cells in row["rows"]),
    )
