"""The vault's own fixtures: a ring of keys for two organisations, in use for the length of a test."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from tests.support import object_store

from cairndesk.config import Vault
from cairndesk.custody import access
from cairndesk.custody.adapters.bucket import RETRIES, Bucket
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


@pytest.fixture(scope="session")
def s3() -> Iterator[int]:
    """The port of a real S3 server, one for the session."""
    with object_store.s3_server() as port:
        yield port


@pytest.fixture
def between(s3: int) -> Iterator[object_store.GoBetween]:
    """What stands before it and can make it fail."""
    with object_store.GoBetween(s3) as standing:
        yield standing


def use_bucket(settings: Any, bucket: Bucket | None) -> None:
    """From now on the configuration names this bucket, or none."""
    told = Vault()
    if bucket:
        place = bucket.place
        told = Vault(bucket=place.bucket, endpoint=place.endpoint, prefix=place.prefix, credentials_file=place.credentials)
    settings.CAIRNDESK = settings.CAIRNDESK.model_copy(update={"vault": told})


@pytest.fixture
def bucket(s3: int, between: object_store.GoBetween, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bucket:
    """A bucket of this test alone, reached through `between`, and asked again at once where it fails."""
    monkeypatch.setitem(RETRIES, "backoff", {"init_backoff": timedelta(milliseconds=1), "max_backoff": timedelta(milliseconds=2), "base": 2})
    return object_store.new_bucket(s3, tmp_path, through=between.port)
