"""No committed row without its key, no key of what was erased: whatever is taken back, fails or is killed in between."""

import errno
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pysqlite3
import pytest
from django.db import OperationalError, transaction
from tests.custody.conftest import NOON, ONE, Doer
from tests.support.sweeping import until_swept

from cairndesk.custody import jobs, shred, shredding
from cairndesk.custody.actions import (
    check_parts,
    destroy_object,
    discard,
    erase,
    keep_object,
    lay_down_store,
    open_object,
    record,
    seal,
    seal_all,
    sealing_object,
    settle_parts,
    sweep,
)
from cairndesk.custody.errors import Erased, PartGone, ShredStoreAway, VaultRefused
from cairndesk.custody.models import LogEntry, SealedItem, SealedObject
from cairndesk.custody.queries import entries_about, unseal_text, verify_log
from cairndesk.custody.rules import Event, Purpose
from cairndesk.custody.sealing.keyring import Keyring
from cairndesk.custody.shred import ShredStore

pytestmark = pytest.mark.django_db(transaction=True, available_apps=["cairndesk.custody"])
LATER = datetime.now(UTC) + timedelta(days=2)


@pytest.fixture(autouse=True)
def store(ring: Keyring, settings: Any, tmp_path: Path) -> ShredStore:
    settings.DATA = tmp_path
    lay_down_store()
    jobs._strays.clear()
    return shredding.store()


def note(words: str = "words") -> SealedItem:
    return seal(organisation=ONE, purpose=Purpose.NOTE, plain=words, now=NOON)


def original(data: bytes = b"drawn by code") -> SealedObject:
    with sealing_object(organisation=ONE, purpose=Purpose.ORIGINAL, data=data, now=NOON) as sealed:
        return keep_object(sealed=sealed, by=Doer(), now=NOON)


def read(item: SealedItem) -> str:
    return unseal_text(SealedItem.objects.get(pk=item.pk))


@pytest.fixture
def writes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    made: list[int] = []
    real = ShredStore.keep

    def keep(self: ShredStore, parts: dict[UUID, bytes], **named: Any) -> None:
        made.append(len(parts))
        real(self, parts, **named)

    monkeypatch.setattr(ShredStore, "keep", keep)
    return made


def test_a_transaction_costs_one_write_of_the_store_however_much_it_seals(store: ShredStore, writes: list[int]) -> None:
    with transaction.atomic():
        sealed = [note(), *seal_all(organisation=ONE, purpose=Purpose.NOTE, plains=["a", "b"], now=NOON), note()]
        assert (writes, read(sealed[0])) == ([], "words")
    assert writes == [4]
    record(event=Event.CUSTODY_ITEM_OPENED, subject_kind="case", subject=uuid4(), by=Doer(), now=NOON)
    assert writes == [4]
    assert store.held([item.pk for item in sealed]) == {item.pk for item in sealed}


def test_what_is_taken_back_leaves_no_part(store: ShredStore) -> None:
    def sealed_and_failed() -> None:
        with transaction.atomic():
            note()
            raise OperationalError

    with pytest.raises(OperationalError):
        sealed_and_failed()
    note()
    assert store.count() == 1


def test_where_the_store_takes_nothing_nothing_is_committed_and_it_works_again_at_once(store: ShredStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise ShredStoreAway("database or disk is full")

    def both() -> None:
        with transaction.atomic():
            note()
            record(event=Event.CUSTODY_ITEM_OPENED, subject_kind="case", subject=uuid4(), by=Doer(), now=NOON)

    with monkeypatch.context() as patch:
        patch.setattr(ShredStore, "keep", full)
        for act in (both, original):
            with pytest.raises(ShredStoreAway):
                act()
    assert (SealedItem.objects.count(), SealedObject.objects.count(), LogEntry.objects.count()) == (0, 0, 0)
    both()
    assert open_object(sealed=original(), by=Doer(), now=NOON).read() == b"drawn by code"


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "No space left on device"), pysqlite3.OperationalError("disk I/O error")])
def test_a_full_disk_under_the_store_is_answered_like_one_under_the_database(
    store: ShredStore, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def full(*_: object) -> None:
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(shred, "_transaction", full)
        for act, answer in ((note, OperationalError), (original, VaultRefused)):
            with pytest.raises(answer):
                act()
    assert (SealedItem.objects.count(), SealedObject.objects.count(), store.count()) == (0, 0, 0)
    assert read(note()) == "words"


def test_without_the_store_nothing_is_sealed_and_nothing_opens_and_none_takes_its_place(store: ShredStore) -> None:
    item, held = note(), original()
    store.path.rename(store.path.with_name("aside"))
    for use in (lambda: read(item), lambda: open_object(sealed=held, by=Doer(), now=NOON), note, lay_down_store):
        with pytest.raises(ShredStoreAway):
            use()
    assert not store.path.exists()
    assert check_parts().first_problem == "The shred store is missing."
    # Somebody lays down an empty one by hand: it opens nothing, and the check counts what it lacks.
    shred.create(store.path)
    with pytest.raises(PartGone):
        read(item)
    report = check_parts()
    assert (report.ok, report.parts, report.parts_missing) == (False, 2, 2)
    store.path.with_name("aside").replace(store.path)
    assert (read(item), check_parts().ok) == ("words", True)


def test_what_was_erased_has_no_part_in_the_store_and_what_was_not_opens(store: ShredStore) -> None:
    gone, kept, held, other = note(), note(), original(), original(b"another")
    erase(items=[gone.pk], now=NOON)
    destroy_object(sealed=held, by=Doer(), now=NOON)
    assert store.held([gone.pk, kept.pk, held.pk, other.pk]) == {kept.pk, other.pk}
    assert (read(kept), open_object(sealed=other, by=Doer(), now=NOON).read(), check_parts().ok) == ("words", b"another", True)
    with pytest.raises(Erased):
        read(gone)


@pytest.mark.slow
def test_erasing_that_is_taken_back_has_destroyed_nothing(store: ShredStore) -> None:
    item, spare, held = note(), note(), original()

    def fails() -> None:
        with transaction.atomic():
            erase(items=[item.pk], now=NOON)
            discard(items=[spare.pk], now=NOON)
            destroy_object(sealed=held, by=Doer(), now=NOON)
            raise OperationalError

    with pytest.raises(OperationalError):
        fails()
    assert (read(item), read(spare), open_object(sealed=held, by=Doer(), now=NOON).read()) == ("words", "words", b"drawn by code")


def test_a_part_that_could_not_be_deleted_with_its_row_goes_with_the_sweep(store: ShredStore, monkeypatch: pytest.MonkeyPatch) -> None:
    item, held = note(), original()

    def busy(*_: object, **__: object) -> None:
        raise ShredStoreAway

    with monkeypatch.context() as patch:
        patch.setattr(ShredStore, "forget", busy)
        erase(items=[item.pk], now=NOON)
        destroy_object(sealed=held, by=Doer(), now=NOON)
        with pytest.raises(ShredStoreAway):
            sweep()
    assert (store.count(), SealedItem.objects.get().is_swept) == (2, False)
    until_swept()
    assert (store.count(), SealedItem.objects.get().is_swept) == (0, True)


def test_the_part_of_a_discarded_row_goes_even_if_the_process_dies_right_after_its_commit(store: ShredStore, monkeypatch: pytest.MonkeyPatch) -> None:
    item, kept = note(), note()
    settle_parts(now=LATER)
    assert store.in_doubt() == {}
    with monkeypatch.context() as patch:
        patch.setattr(ShredStore, "forget", lambda *_: None)
        discard(items=[item.pk], now=NOON)
    strays = settle_parts(now=LATER)
    assert (strays, store.count()) == ({item.pk}, 2)
    assert (settle_parts(now=LATER, before=strays), store.held([item.pk, kept.pk])) == (set(), {kept.pk})


def test_a_part_without_a_row_goes_only_when_it_is_old_and_had_none_at_the_last_look_either(store: ShredStore) -> None:
    stray, item = uuid4(), note()
    store.keep({stray: bytes(32)}, now=LATER - timedelta(days=1))
    assert settle_parts(now=LATER) == {stray}
    assert settle_parts(now=LATER - timedelta(seconds=1), before={stray}) == {stray}
    assert store.in_doubt().keys() == {stray}
    assert settle_parts(now=LATER, before={stray}) == set()
    assert (store.held([stray, item.pk]), read(item)) == ({item.pk}, "words")


def test_the_worker_looks_twice_before_it_deletes(store: ShredStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs.clock, "now", lambda: LATER)
    stray = uuid4()
    store.keep({stray: bytes(32)}, now=NOON)
    assert (jobs.settle_the_parts(), store.count()) == (0, 1)
    assert (jobs.settle_the_parts(), store.count()) == (1, 0)


def test_the_log_proves_that_something_was_destroyed_and_cannot_be_made_to_tell_what(store: ShredStore) -> None:
    item, held = note(), original()
    record(event=Event.CUSTODY_ITEM_OPENED, subject_kind="item", subject=item.pk, by=Doer(), now=NOON)
    open_object(sealed=held, by=Doer(), now=NOON)
    erase(items=[item.pk], now=NOON)
    destroy_object(sealed=held, by=Doer(), now=NOON)
    assert (entries_about(item.pk), [line.event for line in entries_about(held.pk)]) == ([], ["custody.object.destroyed"])
    assert (LogEntry.objects.count(), verify_log().ok) == (4, True)


def test_nothing_is_sealed_outside_of_a_transaction() -> None:
    with pytest.raises(transaction.TransactionManagementError):
        shredding.hold(uuid4(), now=NOON)
