import errno
import fcntl
import hashlib
import io
import json
import tarfile
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pyrage
import pytest
from django.db import connection
from tests.custody.conftest import NOON, ONE, Doer

from cairndesk.custody import shred, shredding
from cairndesk.custody.actions import (
    backup,
    check_parts,
    destroy_object,
    erase,
    export_log,
    forget_destroyed,
    keep_object,
    make_checkpoint,
    put_back,
    read_copy,
    record,
    seal,
    sealing_object,
    verify_backup,
)
from cairndesk.custody.actions.copies import BackupReport
from cairndesk.custody.adapters import databases
from cairndesk.custody.adapters.folder import Folder
from cairndesk.custody.errors import BackupRefused, BackupUnreadable
from cairndesk.custody.ledger.check import check_file
from cairndesk.custody.models import LogEntry, SealedItem, SealedObject
from cairndesk.custody.queries import verifier_key
from cairndesk.custody.rules import Event, Purpose
from cairndesk.custody.sealing import keystore
from cairndesk.custody.sealing.keyring import Keyring
from cairndesk.lib.files import opened

IDENTITY = pyrage.x25519.Identity.generate()
RECIPIENT = str(IDENTITY.to_public())


# Copies are made between transactions. Only this room's tables need emptying afterwards, which keeps the tests quick.
pytestmark = pytest.mark.django_db(transaction=True, available_apps=["cairndesk.custody"])


@pytest.fixture
def desk(ring: Keyring, tmp_path: Path, settings: Any) -> Path:
    """A data folder with a ring, two spooled files, two originals of which one was destroyed, and a log of three entries and theirs."""
    data = settings.DATA = tmp_path / "data"
    for folder in ("keys", "spool", "db"):
        (data / folder).mkdir(parents=True)
    shred.create(data / shred.FOLDER / shred.NAME)
    (data / "db" / "argon2.salt").write_bytes(bytes(16))
    keystore.save(ring, data / "keys" / keystore.RING, keystore.Lock.new_key_file(data / "keys" / keystore.KEY_FILE))
    for name in ("aa.sealed", "bb.sealed", ".cc.part"):
        (data / "spool" / name).write_bytes(name.encode())
    for _ in range(3):
        record(event=Event.CUSTODY_ITEM_OPENED, subject_kind="case", subject=uuid4(), by=Doer(), now=NOON)
    seal(organisation=ONE, purpose=Purpose.NOTE, plain="words", now=NOON)
    for content in (b"kept", b"destroyed"):
        with sealing_object(organisation=ONE, purpose=Purpose.ORIGINAL, data=content, now=NOON) as sealed:
            held = keep_object(sealed=sealed, by=Doer(), now=NOON)
    destroy_object(sealed=held, by=Doer(), now=NOON)
    Folder(data / "vault").put(uuid4(), [b"left by a crash"])
    make_checkpoint(now=NOON)
    return data


def original() -> SealedObject:
    return SealedObject.objects.get(destroyed_at=None)


def make(desk: Path, **changes: object) -> BackupReport:
    return backup(**{"to": desk.parent, "recipient": RECIPIENT, "now": NOON, "data": desk, **changes})  # type: ignore[arg-type]


def inside(path: Path) -> dict[str, bytes]:
    packed = io.BytesIO(pyrage.decrypt(path.read_bytes(), [IDENTITY]))
    with tarfile.open(fileobj=packed) as tar:
        return {member.name: tar.extractfile(member).read() for member in tar if member.isfile()}  # type: ignore[union-attr]


def repacked(path: Path, parts: dict[str, bytes]) -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for name, content in parts.items():
            header = tarfile.TarInfo(name)
            header.size = len(content)
            tar.addfile(header, io.BytesIO(content))
    path.write_bytes(pyrage.encrypt(packed.getvalue(), [IDENTITY.to_public()]))


def test_a_copy_holds_the_database_the_spool_the_sealed_ring_and_the_log_and_opens_again(desk: Path) -> None:
    made = make(desk)
    kept = verify_backup(made.path, identity=str(IDENTITY))
    assert (kept.ok, kept.first_problem, kept.log_size, kept.spooled, kept.objects, kept.engine) == (True, "", 6, 2, 1, connection.vendor)
    database = databases.SQLITE if connection.vendor == "sqlite" else databases.POSTGRES
    assert set(inside(made.path)) == {
        "manifest.json",
        "log.jsonl",
        f"db/{database}",
        "db/argon2.salt",
        "keys/keyring.sealed",
        "spool/aa.sealed",
        "spool/bb.sealed",
        f"vault/{original().id.hex}",
    }
    assert made.path.name == "cairndesk-20260304T123456Z.tar.age"


def test_the_key_that_opens_the_ring_is_never_in_the_copy(desk: Path) -> None:
    key = (desk / "keys" / keystore.KEY_FILE).read_bytes()
    assert not any(key in content for content in inside(make(desk).path).values())


def test_a_copy_is_itself_an_entry_of_the_log(desk: Path) -> None:
    make(desk)
    assert b"custody.backup.made" in bytes(LogEntry.objects.get(index=6).leaf)


def test_nothing_unencrypted_is_left_lying_about(desk: Path) -> None:
    made = make(desk)
    assert {path.name for path in desk.iterdir()} == {"db", "keys", "run", "shred", "spool", "vault"}
    assert list((desk / "run").iterdir()) == []
    assert {path.name for path in desk.parent.iterdir()} == {"data", made.path.name, made.shred}


def test_what_a_killed_copy_left_unencrypted_goes_with_the_next_one(desk: Path) -> None:
    left = desk / "run" / ".backup-killed" / "db"
    left.mkdir(parents=True)
    (left / databases.SQLITE).touch()
    (desk / "run" / "serve.lock").touch()
    make(desk)
    assert [path.name for path in (desk / "run").iterdir()] == ["serve.lock"]


def test_two_copies_are_never_made_at_once(desk: Path) -> None:
    (desk / "run").mkdir()
    with opened(desk / "run") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        with pytest.raises(BackupRefused, match="Another copy"):
            make(desk)
    assert make(desk).ok


def test_it_never_replaces_an_older_copy(desk: Path) -> None:
    path = make(desk).path
    before = path.read_bytes()
    with pytest.raises(BackupRefused, match="already"):
        make(desk)
    assert path.read_bytes() == before
    assert make(desk, now=NOON + timedelta(seconds=1)).path != path


@pytest.mark.parametrize("changes", [{"recipient": "age1nobody"}, {"recipient": ""}, {"to": Path("/nowhere/at/all.age")}])
def test_it_refuses_before_it_writes_anything(desk: Path, changes: dict[str, object]) -> None:
    with pytest.raises(BackupRefused):
        make(desk, **changes)
    assert {path.name for path in desk.parent.iterdir()} == {"data"}


def test_a_full_disk_leaves_no_half_copy(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise pyrage.EncryptError("No space left on device")

    monkeypatch.setattr(pyrage, "encrypt_io", full)
    with pytest.raises(BackupRefused, match="space"):
        make(desk)
    assert {path.name for path in desk.parent.iterdir()} == {"data"}


@pytest.mark.django_db
def test_it_refuses_inside_a_transaction_where_it_would_wait_for_itself(tmp_path: Path) -> None:
    if connection.vendor == "sqlite":
        with pytest.raises(BackupRefused, match="between transactions"):
            databases.copy(connection, tmp_path)
    else:
        assert databases.copy(connection, tmp_path) == "postgresql"


def test_another_identity_or_a_changed_or_shortened_copy_does_not_open(desk: Path) -> None:
    path = make(desk).path
    sound = path.read_bytes()
    with pytest.raises(BackupRefused):
        verify_backup(path, identity=str(pyrage.x25519.Identity.generate()))
    with pytest.raises(BackupRefused):
        verify_backup(path, identity="no identity")
    for broken in (sound[:-20], sound[:400], b"", sound[:5000] + bytes([sound[5000] ^ 1]) + sound[5001:]):
        path.write_bytes(broken)
        with pytest.raises(BackupRefused):
            verify_backup(path, identity=str(IDENTITY))


@pytest.mark.parametrize("name", ["spool/aa.sealed", "keys/keyring.sealed", "log.jsonl", "db/argon2.salt", "db/desk", "vault/"])
@pytest.mark.parametrize("lost", [True, False])
def test_it_names_the_part_that_is_missing_or_changed(desk: Path, name: str, lost: bool) -> None:  # noqa: FBT001 - a case
    path = make(desk).path
    parts = inside(path)
    name = next(known for known in parts if known.startswith(name))
    parts[name] = parts[name] + b"x"
    if lost:
        del parts[name]
    repacked(path, parts)
    report = verify_backup(path, identity=str(IDENTITY))
    assert not report.ok
    assert name in report.first_problem


@pytest.mark.parametrize("lost", [True, False])
def test_it_names_an_original_that_the_database_knows_and_the_copy_has_not_as_it_was_sealed(desk: Path, lost: bool) -> None:  # noqa: FBT001 - a case
    path, name = make(desk).path, f"vault/{original().id.hex}"
    parts = inside(path)
    manifest = json.loads(parts["manifest.json"])
    # Whoever changes the object changes the manifest with it; the record in the database still knows.
    if lost:
        del parts[name], manifest["files"][name]
    else:
        parts[name] += b"x"
        manifest["files"][name] = hashlib.sha256(parts[name]).hexdigest()
    repacked(path, parts | {"manifest.json": json.dumps(manifest).encode()})
    report = verify_backup(path, identity=str(IDENTITY))
    assert (report.ok, report.first_problem) == (False, f"{name} is missing or not as it was sealed")


def test_what_is_kept_or_destroyed_while_the_copy_is_made_leaves_no_hole_in_it(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, before = databases.copy, original()

    def meanwhile(*given: Any) -> str:
        with sealing_object(organisation=ONE, purpose=Purpose.ORIGINAL, data=b"came just before", now=NOON) as sealed:
            keep_object(sealed=sealed, by=Doer(), now=NOON)
        engine = real(*given)
        destroy_object(sealed=before, by=Doer(), now=NOON)
        return engine

    monkeypatch.setattr(databases, "copy", meanwhile)
    kept = verify_backup(make(desk).path, identity=str(IDENTITY))
    assert (kept.ok, kept.first_problem, kept.objects) == (True, "", 2)
    assert not (desk / "vault" / before.id.hex).exists()


def test_a_copy_of_the_first_version_which_had_no_vault_is_still_whole(desk: Path) -> None:
    path, name = make(desk).path, f"vault/{original().id.hex}"
    parts = inside(path)
    manifest = json.loads(parts["manifest.json"]) | {"version": 1}
    del parts[name], manifest["files"][name], manifest["objects"], manifest["shred"]
    repacked(path, parts | {"manifest.json": json.dumps(manifest).encode()})
    assert verify_backup(path, identity=str(IDENTITY)).ok


def test_the_second_parts_of_keys_are_in_no_copy_but_one_of_their_own(desk: Path) -> None:
    made = make(desk)
    assert made.shred == "cairndesk-shred-20260304T123456Z.age"
    parts = shredding.store().parts()
    assert len(parts) == 2
    assert not any(second in content for content in inside(made.path).values() for second in parts.values())
    assert read_copy(desk.parent / made.shred, identity=str(IDENTITY)) == parts
    for identity in (str(pyrage.x25519.Identity.generate()), "none"):
        with pytest.raises(BackupUnreadable):
            read_copy(desk.parent / made.shred, identity=identity)
    with pytest.raises(BackupUnreadable):
        read_copy(made.path, identity=str(IDENTITY))


def test_copies_of_the_shred_store_go_after_a_week_and_the_others_stay(desk: Path) -> None:
    made = [make(desk, now=NOON + timedelta(days=days)) for days in (0, 3, 6)]
    # One that a clock named which was a month ahead goes as well: nobody knows how old it is.
    (desk.parent / "cairndesk-shred-20260404T000000Z.age").touch()
    last = make(desk, now=NOON + timedelta(days=10, seconds=1))
    assert {path.name for path in desk.parent.glob("*shred*")} == {made[2].shred, last.shred}
    assert all(one.path.exists() for one in made)


def test_an_old_copy_is_pruned_in_every_folder_that_copies_were_put_into(desk: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    make(desk, to=elsewhere)
    make(desk, now=NOON + timedelta(days=8))
    assert [path.name for path in elsewhere.iterdir()] == ["cairndesk-20260304T123456Z.tar.age"]


@pytest.mark.parametrize("full", ["encrypt_io", "encrypt"])
def test_where_one_of_the_two_cannot_be_written_neither_is_there(desk: Path, monkeypatch: pytest.MonkeyPatch, full: str) -> None:
    def refuses(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(pyrage, full, refuses)
    with pytest.raises(BackupRefused, match="space"):
        make(desk)
    assert {path.name for path in desk.parent.iterdir()} == {"data"}


@pytest.mark.slow
def test_a_copy_opens_with_its_own_shred_store_or_a_later_one_and_says_so_where_there_is_none(desk: Path) -> None:
    made = make(desk)
    own = desk.parent / made.shred
    lacking = shred.to_bytes(dict(list(read_copy(own, identity=str(IDENTITY)).items())[:1]))
    own.write_bytes(pyrage.encrypt(lacking, [IDENTITY.to_public()]))
    assert verify_backup(made.path, identity=str(IDENTITY)).first_problem == f"{made.shred} lacks the second part of 1 keys"
    own.unlink()
    assert "is not beside it" in verify_backup(made.path, identity=str(IDENTITY)).first_problem
    make(desk, now=NOON + timedelta(days=20))
    assert verify_backup(made.path, identity=str(IDENTITY)).ok


def test_a_damaged_shred_store_is_put_back_and_forgets_again_what_was_destroyed_since(desk: Path) -> None:
    made, item = make(desk), SealedItem.objects.get()
    keep_this = original()
    erase(items=[item.pk], now=NOON)
    path = shredding.store().path
    with pytest.raises(BackupRefused, match="whole"):
        put_back(desk.parent / made.shred, identity=str(IDENTITY))
    path.write_bytes(b"damaged")
    path.with_name(f"{path.name}-journal").write_bytes(b"of the damaged one")
    assert put_back(desk.parent / made.shred, identity=str(IDENTITY)) == 2
    assert (forget_destroyed(), set(shredding.store().parts())) == (1, {keep_this.pk})
    assert check_parts().ok


@pytest.mark.parametrize("manifest", [b"", b"{}", b'{"version": 99}'])
def test_it_refuses_what_opens_but_is_no_copy_of_a_desk(desk: Path, manifest: bytes) -> None:
    path = make(desk).path
    repacked(path, {"manifest.json": manifest})
    with pytest.raises(BackupRefused):
        verify_backup(path, identity=str(IDENTITY))


def test_it_refuses_a_copy_that_reaches_outside_its_folder(desk: Path) -> None:
    path = make(desk).path
    repacked(path, {"../../outside": b"x"})
    with pytest.raises(BackupRefused):
        verify_backup(path, identity=str(IDENTITY))


def test_a_postgresql_copy_without_the_tool_is_refused_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    class Elsewhere:
        vendor, connection, settings_dict, in_atomic_block = "postgresql", None, {"NAME": "desk"}, False

        def ensure_connection(self) -> None:
            raise AssertionError

    with pytest.raises(BackupRefused, match="`pg_dump` is needed"):
        databases.copy(Elsewhere(), tmp_path)


@pytest.mark.req("EVD-19")
def test_an_exported_log_is_checked_without_the_database(desk: Path, tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    export_log(to=path)
    report = check_file(path, verifier=verifier_key())
    assert (report.ok, report.size, report.checkpoints, report.signatures_checked) == (True, 6, 1, True)
    lines = path.read_text().splitlines(keepends=True)
    broken = {
        "a row is gone": lines[:2] + lines[3:],
        "the end is gone": lines[:-1],
        "two are swapped": [lines[0], lines[2], lines[1], lines[3]],
        "one is changed": [lines[0], lines[1].replace('"passkey"', '"system"'), *lines[2:]],
        "the key is another": [lines[0].replace(json.loads(lines[0])["key"], "other+00000000+AAAA"), *lines[1:]],
        "it is empty": [],
    }
    for what, content in broken.items():
        path.write_text("".join(content))
        assert not check_file(path, verifier=verifier_key()).ok, what
    assert not check_file(tmp_path / "none").ok
