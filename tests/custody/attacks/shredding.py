"""What somebody tries who wants to read what a desk destroyed, and holds everything but time.

The thief has every copy of the desk that was ever made, opened; every key of its ring; the running desk's database, vault and shred store; and each
copy of the shred store that is still there a week after the destruction. Nothing here asks the desk to open anything.
"""

import io
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import pyrage
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from cairndesk.custody.adapters import databases
from cairndesk.custody.errors import CannotOpen
from cairndesk.custody.sealing import items, objects
from cairndesk.custody.sealing.keyring import Keyring
from cairndesk.custody.sealing.parts import item_key

_COLUMNS = ("id", "organisation", "purpose", "wrapped")
# What was erased before a copy was made has neither key nor ciphertext in it.
_TABLES = (("custody_sealeditem", ("ciphertext",), "erased_at"), ("custody_sealedobject", (), "destroyed_at"))


@dataclass(frozen=True)
class Sealed:
    """One sealed thing, as some copy of the desk holds it."""

    id: UUID
    organisation: UUID
    purpose: str
    wrapped: bytes
    ciphertext: bytes
    is_object: bool

    def meaning(self, suite: int) -> bytes:
        """What is bound to key and bytes; no secret is in it."""
        make = objects.context if self.is_object else items.context
        return make(organisation=self.organisation, item=self.id, purpose=self.purpose, suite=suite)


@dataclass
class Loot:
    """All that the thief holds."""

    ring: Keyring
    things: set[Sealed] = field(default_factory=set)
    parts: list[dict[UUID, bytes]] = field(default_factory=list)

    def opened(self) -> set[UUID]:
        """Everything that any key opens which can be put together from what is here."""
        return {thing.id for thing in self.things if any(opens(thing, key, suite) for suite, key in self.keys(thing))}

    def keys(self, thing: Sealed) -> Iterator[tuple[int, bytes]]:
        """The first part of its key with every second part of any item, either way round; each part alone; and all of it as the older suite."""
        own = [held[thing.id] for held in self.parts if thing.id in held]
        # Its own first: what can be opened opens at once, and what was destroyed is tried with all.
        seconds = dict.fromkeys([*own, *(second for held in self.parts for second in held.values())])
        for suite in (items.WHOLE, items.CURRENT):
            for first in self.first_parts(thing):
                yield suite, first
                for second in seconds:
                    yield suite, item_key(first, second, thing.meaning(suite))
                    yield suite, item_key(second, first, thing.meaning(suite))
            for second in seconds:
                yield suite, second

    def first_parts(self, thing: Sealed) -> Iterator[bytes]:
        """What the ring makes of the wrapped part, under either meaning."""
        for suite in (items.WHOLE, items.CURRENT):
            try:
                yield self.ring.unseal(thing.organisation, thing.wrapped, thing.meaning(suite))
            except CannotOpen:
                continue


def opens(thing: Sealed, key: bytes, suite: int) -> bool:
    """Whether `key` opens the thing. What opens is authenticated, so that nothing opens by chance."""
    stored, meaning = thing.ciphertext, thing.meaning(suite)
    try:
        if thing.is_object:
            objects.Opened(key, meaning, lambda start, count: stored[start : start + count], len(stored)).read()
        else:
            AESGCM(key).decrypt(stored[:12], stored[12:], meaning)
    except (CannotOpen, InvalidTag, ValueError):
        return False
    return True


def unpacked(copy: Path, identity: Any, folder: Path) -> Path:
    """A copy of the desk, opened with the identity of its recipient and laid out in `folder`."""
    with tarfile.open(fileobj=io.BytesIO(pyrage.decrypt(copy.read_bytes(), [identity]))) as tar:
        for member in tar:
            if (content := tar.extractfile(member)) is not None:
                (folder / member.name).parent.mkdir(parents=True, exist_ok=True)
                (folder / member.name).write_bytes(content.read())
    return folder


def things_in(folder: Path, engine: str) -> set[Sealed]:
    """Every sealed thing in a copy of the desk that was laid out in `folder`: rows of its database, objects of its vault."""
    items_, objects_ = (databases.rows(engine, folder, table, (*_COLUMNS, *more), none=gone) for table, more, gone in _TABLES)
    found = {sealed(*row, is_object=False) for row in items_}
    for row in objects_:
        path = folder / "vault" / UUID(str(row[0])).hex
        found.add(sealed(*row, path.read_bytes() if path.exists() else b"", is_object=True))
    return found


def sealed(item: str, organisation: str, purpose: str, wrapped: bytes, ciphertext: bytes, *, is_object: bool) -> Sealed:
    """One row as the thief reads it."""
    return Sealed(UUID(str(item)), UUID(str(organisation)), purpose, bytes(wrapped), bytes(ciphertext), is_object)
