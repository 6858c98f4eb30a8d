"""Originals on their way to a bucket: whatever fails there, an original lies whole in one place or the other, and opens."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from tests.custody.conftest import NOON, ONE, Doer, use_bucket
from tests.support.object_store import GoBetween, by_moto_alone

from cairndesk.custody import beside, jobs, soundness
from cairndesk.custody.actions import (
    carry_originals,
    carrying,
    check_vault,
    destroy_object,
    keep_object,
    open_object,
    sealing_object,
    stores,
    sweep_vault,
)
from cairndesk.custody.adapters.bucket import Bucket
from cairndesk.custody.errors import CustodyError, ObjectGone, VaultAway, VaultUnfit
from cairndesk.custody.models import SealedObject
from cairndesk.custody.rules import Purpose
from cairndesk.custody.sealing.keyring import Keyring

pytestmark = pytest.mark.django_db
DATA = b"drawn by code " * 4000
LATER = datetime.now(UTC) + timedelta(days=2)


@pytest.fixture(autouse=True)
def vault(ring: Keyring, bucket: Bucket, settings: Any, tmp_path: Path) -> Path:
    settings.DATA = tmp_path
    use_bucket(settings, bucket)
    return tmp_path / "vault"


def keep(data: bytes = DATA) -> SealedObject:
    with sealing_object(organisation=ONE, purpose=Purpose.ORIGINAL, data=data, now=NOON) as sealed:
        return keep_object(sealed=sealed, by=Doer(), now=NOON)


def read(held: SealedObject) -> bytes:
    return open_object(sealed=held, by=Doer(), now=NOON).read()


def names(vault: Path) -> list[str]:
    return sorted(path.name for path in vault.iterdir())


def in_bucket(bucket: Bucket) -> list[str]:
    return sorted(one.item.hex for one in bucket.listed())


def replace_in(bucket: Bucket, held: SealedObject, change: Callable[[bytes], bytes]) -> None:
    stored = bucket.fetch(held.id, 0, held.length)
    bucket.remove(held.id)
    bucket.put(held.id, [change(stored)])


@pytest.mark.slow
@pytest.mark.req("EVD-19", "EVD-21")
def test_an_original_leaves_the_folder_once_the_bucket_has_it_and_opens_from_there(vault: Path, bucket: Bucket) -> None:
    held, other = keep(), keep(b"another")
    assert check_vault(now=LATER).waiting == 2
    assert carry_originals() == 2
    assert (names(vault), in_bucket(bucket)) == ([], sorted([held.id.hex, other.id.hex]))
    assert (read(held), read(other)) == (DATA, b"another")
    assert open_object(sealed=held, by=Doer(), now=NOON).read(20000, 30) == DATA[20000:20030]
    seen = check_vault(now=LATER)
    assert (seen.ok, seen.objects, seen.waiting, seen.orphans) == (True, 2, 0, 0)
    assert carry_originals() == 0


@pytest.mark.slow
def test_a_large_one_is_read_by_few_requests_and_a_part_of_it_by_one(between: GoBetween) -> None:
    held = keep(DATA * 60)
    carry_originals()
    opened, asked = open_object(sealed=held, by=Doer(), now=NOON), len(between.asked)
    assert opened.read() == DATA * 60
    whole = len(between.asked) - asked
    assert opened.read(1_000_000, 30) == (DATA * 60)[1_000_000:1_000_030]
    assert (whole <= 5, len(between.asked) - asked - whole) == (True, 1)


def test_putting_one_in_asks_nothing_of_the_bucket(between: GoBetween, django_capture_on_commit_callbacks: Any) -> None:
    held = keep()
    with django_capture_on_commit_callbacks(execute=True):
        destroy_object(sealed=held, by=Doer(), now=NOON)
    assert between.asked == []


@by_moto_alone
def test_a_store_that_would_overwrite_is_never_written_to(vault: Path, bucket: Bucket, between: GoBetween) -> None:
    held = keep()
    with between.having("lies"):
        for _ in range(2):
            with pytest.raises(VaultUnfit, match="overwritten"):
                carry_originals()
    assert (names(vault), in_bucket(bucket), read(held)) == ([held.id.hex], [], DATA)
    assert carry_originals() == 1


FAULTS = ["busy", "refuses", "is away", "dies while it is written", "forgets", "loses its answer", "changes a byte", "stops in the middle"]


@pytest.mark.slow
@pytest.mark.req("EVD-19")
@pytest.mark.parametrize("fault", FAULTS)
def test_whatever_fails_nothing_is_lost_and_the_next_turn_ends_it(vault: Path, bucket: Bucket, between: GoBetween, fault: str) -> None:
    before = keep(b"carried before")
    carry_originals()
    held = keep()
    with between.having(fault), pytest.raises(VaultAway):
        carry_originals()
    assert names(vault) == [held.id.hex]
    assert (read(held), read(before), check_vault(now=LATER).ok) == (DATA, b"carried before", True)
    assert carry_originals() == 1
    assert (names(vault), read(held)) == ([], DATA)


@pytest.mark.slow
def test_while_the_store_is_away_files_are_taken_and_kept(vault: Path, between: GoBetween) -> None:
    with between.having("is away"):
        held = keep()
        with pytest.raises(VaultAway):
            carry_originals()
        assert read(held) == DATA
    assert carry_originals() == 1


@pytest.mark.slow
def test_an_original_in_the_bucket_is_not_said_to_be_gone_when_the_store_is_away(between: GoBetween) -> None:
    held = keep()
    carry_originals()
    with between.having("is away"):
        for ask in (lambda: read(held), lambda: check_vault(now=LATER)):
            with pytest.raises(VaultAway):
                ask()
    assert read(held) == DATA


def test_one_that_is_damaged_is_not_carried_and_one_without_a_record_neither(vault: Path, bucket: Bucket) -> None:
    held, whole = keep(), keep(b"whole")
    stores.folder().put(uuid4(), [b"never acknowledged"])
    path = vault / held.id.hex
    path.chmod(0o600)
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    assert carry_originals() == 1
    assert in_bucket(bucket) == [whole.id.hex]
    assert check_vault(now=LATER).damaged == (held.id.hex,)


@pytest.mark.slow
def test_what_was_changed_or_lost_in_the_bucket_is_named_and_a_whole_one_takes_its_place(vault: Path, bucket: Bucket) -> None:
    held, cut, missing = sorted((keep(), keep(), keep()), key=lambda one: one.id)
    stored = (vault / held.id.hex).read_bytes()
    carry_originals()
    replace_in(bucket, held, lambda data: data[:99] + bytes([data[99] ^ 1]) + data[100:])
    replace_in(bucket, cut, lambda data: data[:-1])
    bucket.remove(missing.id)
    seen, quick = check_vault(now=LATER), check_vault(now=LATER, reads=False)
    assert (seen.changed, seen.missing, seen.damaged) == (2, 1, (held.id.hex, cut.id.hex, missing.id.hex))
    assert (quick.changed, quick.missing) == (1, 1)
    for one in (held, cut, missing):
        with pytest.raises(CustodyError):
            read(one)
    with pytest.raises(ObjectGone):
        read(missing)
    # As `vault repair` lays it down.
    stores.folder().put(held.id, [stored])
    assert (read(held), carry_originals(), names(vault), read(held)) == (DATA, 1, [], DATA)


@pytest.mark.slow
def test_what_was_destroyed_leaves_the_bucket_at_the_next_sweep_and_what_is_old_and_unknown_too(vault: Path, bucket: Bucket) -> None:
    held, kept = keep(), keep(b"kept")
    carry_originals()
    bucket.put(uuid4(), [b"known to nobody"])
    destroy_object(sealed=held, by=Doer(), now=NOON)
    assert sweep_vault(now=datetime.now(UTC)) == 1
    assert len(in_bucket(bucket)) == 2
    assert (check_vault(now=LATER).orphans, sweep_vault(now=LATER)) == (1, 1)
    assert (in_bucket(bucket), read(kept)) == ([kept.id.hex], b"kept")


def test_the_belt_carries_and_sweeps_beside_itself(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    begun: list[str] = []
    monkeypatch.setattr(beside, "begin", lambda name, *_: begun.append(name) or True)
    assert (jobs.carry_the_originals(), jobs.sweep_the_vault()) == (0, 0)
    assert begun == ["custody.carry", "custody.vault"]
    use_bucket(settings, None)
    assert (jobs.carry_the_originals(), carry_originals(), begun[2:]) == (0, 0, [])


def test_each_process_looks_for_itself_whether_the_store_refuses(between: GoBetween) -> None:
    carry_originals()
    probes = [line for line in between.asked if line.startswith("PUT") and "/probes/" in line]
    carry_originals()
    assert (len(probes), len([line for line in between.asked if "/probes/" in line and line.startswith("PUT")])) == (2, 2)
    carrying._proven.clear()
    carry_originals()
    assert len([line for line in between.asked if "/probes/" in line and line.startswith("PUT")]) == 4


@by_moto_alone
@pytest.mark.slow
def test_the_doctor_says_whether_the_store_is_honest_there_and_written_to(bucket: Bucket, between: GoBetween, settings: Any) -> None:
    keep()
    assert [said[:2] for said in soundness.looks(datetime.now(UTC))] == [("vault", "ok"), ("bucket", "ok")]
    [(_, level, says, _)] = soundness.bucket(LATER)
    assert (level, "wait since" in says) == ("warning", True)
    carry_originals()
    assert [said[1] for said in soundness.bucket(LATER)] == ["ok"]
    for fault, words in (("lies", "overwritten"), ("refuses", "403")):
        with between.having(fault):
            [(_, level, says, remedy)] = soundness.bucket(LATER)
        assert (level, words in says, bool(remedy)) == ("problem", True, True)
    with between.having("is away"):
        assert [said[:2] for said in soundness.looks(LATER)] == [("vault", "problem")]
    use_bucket(settings, None)
    assert list(soundness.bucket(LATER)) == []
