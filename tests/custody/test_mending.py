"""What is damaged or missing in the vault comes back from a copy, and a desk with a bucket is copied, restored and tried like any other."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyrage
import pytest
from tests.custody.conftest import NOON, ONE, Doer, use_bucket
from tests.support.object_store import GoBetween

from cairndesk.custody import access, shred, shredding, standing
from cairndesk.custody.actions import (
    backup,
    carry_originals,
    check_vault,
    drill,
    keep_object,
    open_object,
    repair_vault,
    restore,
    sealing_object,
    verify_backup,
)
from cairndesk.custody.adapters.bucket import Bucket
from cairndesk.custody.errors import LogRolledBack, VaultAway
from cairndesk.custody.models import LogEntry, SealedObject
from cairndesk.custody.rules import Purpose
from cairndesk.custody.sealing import keystore
from cairndesk.custody.sealing.keyring import Keyring

IDENTITY = pyrage.x25519.Identity.generate()
pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True, available_apps=["cairndesk.custody"])]


@pytest.fixture(params=["folder", "bucket"])
def desk(ring: Keyring, settings: Any, tmp_path: Path, bucket: Bucket, request: pytest.FixtureRequest) -> Iterator[Path]:
    """A desk with three originals, in the folder or all in the bucket, and a folder for its copies."""
    data = settings.DATA = tmp_path / "data"
    for folder in ("keys", "spool", "db", "shred"):
        (data / folder).mkdir(parents=True)
    (tmp_path / "copies").mkdir()
    shred.create(data / shred.FOLDER / shred.NAME)
    settings.CAIRNDESK = settings.CAIRNDESK.model_copy(update={"data": data})
    use_bucket(settings, bucket if request.param == "bucket" else None)
    access.create(settings.CAIRNDESK, ring)
    for number in range(3):
        with sealing_object(organisation=ONE, purpose=Purpose.ORIGINAL, data=b"drawn %d" % number, now=NOON) as sealed:
            keep_object(sealed=sealed, by=Doer(), now=NOON)
    assert carry_originals() == (3 if request.param == "bucket" else 0)
    yield data
    shredding.store_of.cache_clear()


def held() -> list[SealedObject]:
    return list(SealedObject.objects.order_by("pk"))


def copy_of(desk: Path, **changes: Any) -> Path:
    return backup(to=desk.parent / "copies", recipient=str(IDENTITY.to_public()), now=NOON, data=desk, **changes).path


def damage(desk: Path, bucket: Bucket) -> None:
    """The first original is changed, the second is gone."""
    first, second, _ = held()
    if (path := desk / "vault" / first.id.hex).exists():
        stored = path.read_bytes()
        path.unlink()
        path.write_bytes(stored[:-1] + bytes([stored[-1] ^ 1]))
        (desk / "vault" / second.id.hex).unlink()
        return
    stored = bucket.fetch(first.id, 0, first.length)
    for one in (first, second):
        bucket.remove(one.id)
    bucket.put(first.id, [stored[:-1] + bytes([stored[-1] ^ 1])])


def opened() -> list[bytes]:
    return sorted(open_object(sealed=one, by=Doer(), now=NOON).read() for one in held())


@pytest.mark.req("EVD-01", "EVD-19")
def test_what_is_damaged_and_what_is_missing_come_back_from_a_copy_and_the_log_says_so(desk: Path, bucket: Bucket) -> None:
    copy = copy_of(desk)
    damage(desk, bucket)
    first, second, _ = held()
    assert check_vault(now=NOON).damaged == (first.id.hex, second.id.hex)
    mended = repair_vault(source=copy, identity=str(IDENTITY), now=NOON)
    assert (mended.damaged, mended.mended, mended.beyond, mended.ok) == (2, 2, (), True)
    assert b"custody.vault.repaired" in bytes(LogEntry.objects.latest("index").leaf)
    carry_originals()
    assert (check_vault(now=NOON).ok, opened()) == (True, [b"drawn 0", b"drawn 1", b"drawn 2"])
    assert repair_vault(source=copy, identity=str(IDENTITY), now=NOON).damaged == 0


def test_what_a_copy_does_not_hold_as_it_was_sealed_is_named_and_left_as_it_is(desk: Path, bucket: Bucket, tmp_path: Path) -> None:
    damage(desk, bucket)
    first, second, third = held()
    source = tmp_path / "other"
    source.mkdir()
    (source / first.id.hex).write_bytes(b"x" * first.length)
    (source / third.id.hex).write_bytes(b"nobody asks for this one")
    before = LogEntry.objects.count()
    mended = repair_vault(source=source, now=NOON)
    assert (mended.mended, mended.beyond, mended.ok) == (0, (first.id.hex, second.id.hex), False)
    assert check_vault(now=NOON).damaged == (first.id.hex, second.id.hex)
    assert LogEntry.objects.count() == before


def test_a_desk_that_only_reads_is_not_mended(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise LogRolledBack

    monkeypatch.setattr(standing, "refuse", refuse)
    with pytest.raises(LogRolledBack):
        repair_vault(source=desk, now=NOON)


@pytest.mark.req("EVD-01")
def test_a_copy_holds_the_originals_wherever_they_lie_and_a_new_desk_has_them_again(
    desk: Path, tmp_path: Path, settings: Any, bucket: Bucket
) -> None:
    copy = copy_of(desk)
    seen = verify_backup(copy, identity=str(IDENTITY))
    assert (seen.ok, seen.objects, seen.elsewhere) == (True, 3, 0)
    laid = tmp_path / "new"
    if settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        restore(copy, identity=str(IDENTITY), to=laid)
        assert sorted(path.name for path in (laid / "vault").iterdir()) == sorted(one.id.hex for one in held())
        # The new desk knows the bucket, which has them already: they only leave its folder.
        settings.DATA = laid
        use_bucket(settings, bucket)
        assert (carry_originals(), list((laid / "vault").iterdir()), check_vault(now=NOON).ok) == (3, [], True)


@pytest.mark.parametrize("desk", ["bucket"], indirect=True)
def test_a_copy_without_the_bucket_names_what_lies_there_and_the_drill_opens_it_there(
    desk: Path, bucket: Bucket, between: GoBetween, settings: Any
) -> None:
    with between.having("is away"), pytest.raises(VaultAway):
        copy_of(desk)
    assert list((desk.parent / "copies").iterdir()) == []
    with sealing_object(organisation=ONE, purpose=Purpose.ORIGINAL, data=b"not carried yet", now=NOON) as sealed:
        keep_object(sealed=sealed, by=Doer(), now=NOON)
    asked = len(between.asked)
    copy = copy_of(desk, with_bucket=False)
    assert len(between.asked) == asked
    seen = verify_backup(copy, identity=str(IDENTITY))
    assert (seen.ok, seen.objects, seen.elsewhere) == (True, 4, 3)
    config = settings.CAIRNDESK
    result, _ = drill(
        copy=copy, identity=str(IDENTITY), unlock=lambda keys: keystore.load(keys / keystore.RING, access.lock(config)), sheets=False, now=NOON
    )
    figures = {figure.id: (figure.value, figure.goal) for figure in result.figures}
    assert figures["originals-opened"] == (1, 1)
    assert figures["damage"] == (0, 0)


@pytest.mark.parametrize("desk", ["folder"], indirect=True)
def test_without_a_bucket_nothing_is_elsewhere_and_a_missing_original_is_missing(desk: Path) -> None:
    (desk / "vault" / held()[0].id.hex).unlink()
    seen = verify_backup(copy_of(desk, with_bucket=False), identity=str(IDENTITY))
    assert (seen.ok, seen.elsewhere) == (False, 0)
    assert held()[0].id.hex in seen.first_problem
