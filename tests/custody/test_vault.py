"""The vault of originals: nothing is half kept, nothing opens unlogged, what is destroyed stays destroyed, what is wrong is named."""

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import OperationalError, connection, transaction
from django.test.utils import CaptureQueriesContext
from tests.custody.conftest import NOON, ONE, TWO, Doer
from tests.support import canary

from cairndesk.custody import access
from cairndesk.custody.actions import check_vault, destroy_object, keep_object, objects, open_object, seal, sealing_object, sweep_vault
from cairndesk.custody.adapters import folder
from cairndesk.custody.adapters.folder import Folder
from cairndesk.custody.errors import CannotOpen, CustodyError, DeskLocked, ObjectGone, VaultRefused
from cairndesk.custody.models import LogEntry, SealedItem, SealedObject
from cairndesk.custody.queries import entries_about, kept_objects, unseal_text
from cairndesk.custody.rules import Purpose
from cairndesk.custody.sealing.keyring import Keyring

pytestmark = pytest.mark.django_db
DATA = b"drawn by code " * 9000
LATER = datetime.now(UTC) + timedelta(days=2)


@pytest.fixture(autouse=True)
def vault(ring: Keyring, settings: Any, tmp_path: Path) -> Path:
    settings.DATA = tmp_path
    return tmp_path / "vault"


def keep(data: bytes = DATA, organisation: UUID = ONE) -> SealedObject:
    with sealing_object(organisation=organisation, purpose=Purpose.ORIGINAL, data=data, now=NOON) as sealed:
        return keep_object(sealed=sealed, by=Doer(), now=NOON)


def names(vault: Path) -> list[str]:
    return sorted(path.name for path in vault.iterdir()) if vault.is_dir() else []


def change(vault: Path, held: SealedObject, change: Callable[[bytes], bytes]) -> None:
    path = vault / held.id.hex
    stored = path.read_bytes()
    path.chmod(0o600)
    path.write_bytes(change(stored))


def test_an_original_is_kept_under_a_random_name_and_read_again_in_whole_and_in_part(vault: Path) -> None:
    held = keep()
    assert names(vault) == [held.id.hex]
    assert (vault / held.id.hex).stat().st_mode & 0o777 == 0o440
    reading = open_object(sealed=held, by=Doer(), now=NOON)
    assert (reading.size, reading.read(), reading.read(5000, 12)) == (len(DATA), DATA, DATA[5000:5012])
    assert [line.event for line in entries_about(held.id)] == ["custody.object.sealed", "custody.object.opened"]
    assert (kept_objects(ONE), kept_objects(TWO)) == (1, 0)


def test_nothing_of_it_lies_in_clear_in_the_vault_the_database_or_the_log(vault: Path) -> None:
    word = canary.a_canary("original")
    keep(word.encode() * 5000)
    assert canary.hits_in_files(vault.parent, {"original": word}) == []
    assert canary.hits_in_database({"original": word}) == []


def test_the_log_says_who_opens_it_before_the_key_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    held, before = keep(), LogEntry.objects.count()
    access.use(None)
    with pytest.raises(DeskLocked):
        open_object(sealed=held, by=Doer(), now=NOON)
    assert LogEntry.objects.count() == before + 1

    def unrecorded(**_: object) -> None:
        raise OperationalError

    monkeypatch.setattr(objects, "record", unrecorded)
    monkeypatch.setattr(objects.access, "keys", lambda: pytest.fail("the key was asked for"))
    with pytest.raises(OperationalError):
        open_object(sealed=held, by=Doer(), now=NOON)


def test_it_is_never_opened_where_the_entry_could_still_be_taken_back() -> None:
    held = keep()
    with transaction.atomic(), pytest.raises(RuntimeError, match="durable"):
        open_object(sealed=held, by=Doer(), now=NOON)


@pytest.mark.parametrize("changes", [{"organisation": TWO}, {"purpose": "note"}, {"wrapped": None}, {"id": None}])
def test_a_record_that_was_put_onto_another_object_opens_nothing(vault: Path, changes: dict[str, Any]) -> None:
    held, other = keep(), keep(DATA[::-1])
    if "wrapped" in changes:
        changes = {"wrapped": other.wrapped}
    if "id" in changes:
        # The other object's bytes under this one's name, with everything that this one's record says.
        change(vault, held, lambda _: (vault / other.id.hex).read_bytes())
    else:
        SealedObject.objects.filter(pk=held.pk).update(**changes)
    with pytest.raises(CustodyError) as refused:
        open_object(sealed=held, by=Doer(), now=NOON)
    assert isinstance(refused.value, CannotOpen)


def failing(monkeypatch: pytest.MonkeyPatch, name: str, after: int, error: OSError) -> None:
    """From its call number `after` on (0: the first) this call of the operating system fails, once."""
    real, calls = getattr(os, name), iter(range(1000))

    def call(*given: Any, **named: Any) -> Any:
        if next(calls) == after:
            raise error
        return real(*given, **named)

    monkeypatch.setattr(folder.os, name, call)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO, errno.EDQUOT], ids=["full", "broken", "over quota"])
@pytest.mark.parametrize(("site", "after"), [("open", 0), ("open", 1), ("fdopen", 0), ("write", 0), ("fsync", 0), ("link", 0), ("fsync", 1)])
def test_whichever_write_fails_nothing_is_half_kept_and_it_works_again_at_once(
    vault: Path, monkeypatch: pytest.MonkeyPatch, site: str, after: int, number: int
) -> None:
    keep(b"before")
    there, before = names(vault), LogEntry.objects.count()
    error = OSError(number, os.strerror(number))
    with monkeypatch.context() as patch:
        if site == "write":
            patch.setattr(objects.objects, "encrypted", lambda *_: torn(error))
        else:
            failing(patch, site, after, error)
        with pytest.raises(VaultRefused, match="nothing of it stays"):
            keep()
    assert (names(vault), SealedObject.objects.count(), LogEntry.objects.count()) == (there, 1, before)
    assert open_object(sealed=keep(), by=Doer(), now=NOON).read() == DATA


def torn(error: OSError) -> Iterator[bytes]:
    yield b"half of it"
    raise error


def test_where_the_database_takes_nothing_the_object_goes_too(vault: Path) -> None:
    def full(sealed: SealedObject) -> None:
        with transaction.atomic():
            keep_object(sealed=sealed, by=Doer(), now=NOON)
            raise OperationalError("database or disk is full")

    with ExitStack() as stack:
        stack.enter_context(pytest.raises(VaultRefused, match="not kept"))
        full(stack.enter_context(sealing_object(organisation=ONE, purpose=Purpose.ORIGINAL, data=DATA, now=NOON)))
    assert (names(vault), SealedObject.objects.count(), LogEntry.objects.count()) == ([], 0, 0)
    with pytest.raises(KeyError), sealing_object(organisation=ONE, purpose=Purpose.ORIGINAL, data=DATA, now=NOON):
        raise KeyError
    assert names(vault) == []


def test_a_record_is_never_made_of_an_object_that_is_not_there(vault: Path) -> None:
    with sealing_object(organisation=ONE, purpose=Purpose.ORIGINAL, data=DATA, now=NOON) as sealed:
        (vault / sealed.id.hex).unlink()
        with pytest.raises(VaultRefused, match="vanished"):
            keep_object(sealed=sealed, by=Doer(), now=NOON)
    assert not SealedObject.objects.exists()


def test_an_object_is_written_once_and_never_replaced(vault: Path) -> None:
    store, item = Folder(vault), uuid4()
    store.put(item, [b"first"])
    with pytest.raises(VaultRefused, match="File exists"):
        store.put(item, [b"second"])
    assert (names(vault), store.fetch(item, 0, 10)) == ([item.hex], b"first")


def killed(vault: Path, *, in_the_middle: bool) -> None:
    """A process that is killed while it writes an object, or after it wrote one and before it recorded it."""
    child = os.fork()
    if child == 0:
        Folder(vault).put(uuid4(), dying() if in_the_middle else [b"whole"])
        os._exit(9)
    os.waitpid(child, 0)


def dying() -> Iterator[bytes]:
    yield b"half"
    os._exit(9)


def test_what_a_killed_process_left_is_swept_once_it_is_old_and_nothing_else_is(vault: Path) -> None:
    held = keep()
    for in_the_middle in (True, False):
        killed(vault, in_the_middle=in_the_middle)
    (vault / "a note of the operator.txt").touch()
    assert len(names(vault)) == 4
    assert sweep_vault(now=datetime.now(UTC) + timedelta(hours=23)) == 0
    assert check_vault(now=LATER).orphans == 1
    assert sweep_vault(now=LATER) == 2
    assert set(names(vault)) == {held.id.hex, "a note of the operator.txt"}
    assert sweep_vault(now=LATER) == 0
    seen = check_vault(now=LATER)
    assert (seen.ok, seen.objects, seen.orphans) == (True, 1, 0)


def test_what_is_destroyed_opens_for_nobody_and_only_the_log_remembers(vault: Path, django_capture_on_commit_callbacks: Any) -> None:
    held, kept, wrapped = keep(), keep(b"another"), bytes(keep(b"third").wrapped)
    stored = (vault / held.id.hex).read_bytes()
    with django_capture_on_commit_callbacks(execute=True):
        why = seal(organisation=ONE, purpose=Purpose.REASON, plain="Asked for by the family court.", now=NOON)
        gone = destroy_object(sealed=held, reason=why, by=Doer(), now=NOON)
    assert held.id.hex not in names(vault)
    assert (bytes(gone.wrapped), bytes(gone.digest), gone.length, gone.destroyed_at) == (b"", b"", 0, NOON)
    assert unseal_text(SealedItem.objects.get(pk=gone.reason_id)) == "Asked for by the family court."
    assert [line.event for line in entries_about(held.id)] == ["custody.object.destroyed"]
    for again in (lambda: open_object(sealed=held, by=Doer(), now=NOON), lambda: destroy_object(sealed=held, by=Doer(), now=NOON)):
        with pytest.raises(ObjectGone):
            again()
    # Somebody put the bytes back, and a key beside them that is not its own.
    Folder(vault).put(held.id, [stored])
    SealedObject.objects.filter(pk=held.pk).update(destroyed_at=None, length=len(stored), wrapped=wrapped)
    with pytest.raises(CannotOpen):
        open_object(sealed=held, by=Doer(), now=NOON)
    assert open_object(sealed=kept, by=Doer(), now=NOON).read() == b"another"


def test_an_object_whose_destruction_was_interrupted_is_swept(vault: Path) -> None:
    held = keep()
    destroy_object(sealed=held, by=Doer(), now=NOON)
    assert names(vault) == [held.id.hex]
    assert (check_vault(now=LATER).ok, sweep_vault(now=LATER), names(vault)) == (True, 1, [])


def test_a_missing_a_cut_and_a_changed_object_are_named_without_a_key(vault: Path) -> None:
    missing, cut, flipped = sorted((keep(), keep(), keep()), key=lambda one: one.id)
    assert check_vault(now=LATER).ok
    access.use(None)
    (vault / missing.id.hex).unlink()
    change(vault, cut, lambda stored: stored[:-1])
    change(vault, flipped, lambda stored: stored[:99] + bytes([stored[99] ^ 1]) + stored[100:])
    seen, quick = check_vault(now=LATER), check_vault(now=LATER, reads=False)
    assert (seen.objects, seen.missing, seen.changed, seen.first_problem) == (3, 1, 2, f"the object {missing.id.hex} is missing")
    assert (quick.missing, quick.changed, quick.ok) == (1, 1, False)


def test_a_missing_object_is_said_to_be_missing_when_it_is_opened(vault: Path) -> None:
    held = keep()
    (vault / held.id.hex).unlink()
    with pytest.raises(ObjectGone, match="missing"):
        open_object(sealed=held, by=Doer(), now=NOON)


def test_a_sweep_asks_about_what_lies_there_and_not_about_all_that_was_ever_destroyed(vault: Path) -> None:
    for _ in range(3):
        destroy_object(sealed=keep(), by=Doer(), now=NOON)
    assert sweep_vault(now=LATER) in {0, 3}
    with CaptureQueriesContext(connection) as asked:
        assert sweep_vault(now=LATER) == 0
    assert [one["sql"] for one in asked if "sealedobject" in one["sql"]] == []
    held, gone = keep(), keep()
    SealedObject.objects.filter(pk=gone.pk).delete()
    with CaptureQueriesContext(connection) as asked:
        assert sweep_vault(now=LATER) == 1
    assert (names(vault), len([one for one in asked if "sealedobject" in one["sql"]])) == ([held.id.hex], 1)
