"""The vault's own fixtures: a ring of keys for two organisations, in use for the length of a test."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import pytest

from cairndesk.custody import access
from cairndesk.custody.sealing.keyring import Keyring

ONE = UUID("11111111-1111-4111-8111-111111111111")
TWO = UUID("22222222-2222-4222-8222-222222222222")
NOON = datetime(2026, 3, 4, 12, 34, 56, tzinfo=UTC)


@dataclass(frozen=True)
class Doer:
    """As much of an actor as the log takes."""

    pseudonym: str = "ana-7f3a"
    proof: str = "passkey"


def part_of(item: UUID) -> bytes:
    """A second part for every item, as a store would give it."""
    return hashlib.sha256(item.bytes).digest()


@pytest.fixture
def ring() -> Iterator[Keyring]:
    held = Keyring.create([ONE, TWO])
    access.use(held)
    yield held
    access.use(None)
