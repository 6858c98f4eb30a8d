"""The directory's cast: Lia keeps it, Ana only reads it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import UUID

import pytest

from cairndesk.accounts.rules import Actor, Proof, Role
from cairndesk.custody import access
from cairndesk.custody.sealing.keyring import Keyring

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
_ONE = UUID("11111111-1111-4111-8111-111111111111")


def person(name: str, *roles: Role) -> Actor:
    return Actor(id=None, pseudonym=f"p-{name.lower()}", organisation=_ONE, roles=frozenset(roles), proof=Proof.PASSKEY, name=name)


LIA = person("Lia", Role.LIAISON)
SAM = person("Sam", Role.SUPERVISOR)
ANA = person("Ana", Role.ANALYST)


@pytest.fixture(autouse=True)
def _ring() -> Iterator[None]:
    access.use(Keyring.create([_ONE]))
    yield
    access.use(None)
