"""The file of second parts: durable before anything needs it, rid of what was deleted, and never taken for another."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from uuid import UUID, uuid4

import pysqlite3
import pytest
from tests.custody.conftest import NOON
from tests.support.threads import in_threads

from cairndesk.custody import shred
from cairndesk.custody.errors import ShredStoreAway
from cairndesk.custody.sealing.parts import new_part
from cairndesk.custody.shred import ShredStore


@pytest.fixture
def store(tmp_path: Path) -> ShredStore:
    path = tmp_path / shred.FOLDER / shred.NAME
    shred.create(path)
    return ShredStore(path)


def some(count: int) -> dict[UUID, bytes]:
    return {uuid4(): new_part() for _ in range(count)}


def on_disk(store: ShredStore) -> bytes:
    return b"".join(path.read_bytes() for path in store.path.parent.iterdir())


def test_what_is_kept_is_found_again_by_others_and_what_is_forgotten_is_not(store: ShredStore) -> None:
    kept, gone = some(3), some(2)
    store.keep(kept | gone, now=NOON)
    store.forget([*gone, uuid4()])
    other = ShredStore(store.path)
    assert {item: other.part(item) for item in kept | gone} == kept | dict.fromkeys(gone)
    assert (other.held([*kept, *gone]), other.count()) == (set(kept), 3)


def test_a_part_is_in_doubt_until_its_row_was_seen_and_again_when_the_row_may_go(store: ShredStore) -> None:
    parts = some(3)
    one, two, three = parts
    store.keep(parts, now=NOON)
    assert store.in_doubt() == dict.fromkeys(parts, int(NOON.timestamp()))
    store.settle(found=[one, two], gone=[three])
    assert (store.in_doubt(), store.part(three)) == ({}, None)
    store.keep({}, doubted=[two], now=NOON)
    assert set(store.in_doubt()) == {two}


def test_all_of_one_call_is_kept_or_nothing(store: ShredStore) -> None:
    [(item, second)] = some(1).items()
    store.keep({item: second}, now=NOON)
    with pytest.raises(ShredStoreAway):
        store.keep(some(2) | {item: new_part()}, now=NOON)
    with pytest.raises(ShredStoreAway):
        store.keep(some(2) | {uuid4(): b"short"}, now=NOON)
    assert (store.count(), store.part(item)) == (1, second)


def test_it_is_as_durable_and_as_strict_as_it_must_be(store: ShredStore) -> None:
    with store._reading() as file:
        wanted = {"journal_mode": "truncate", "synchronous": 3, "secure_delete": 1, "trusted_schema": 0, "cell_size_check": 1}
        assert {name: file.execute(f"PRAGMA {name}").fetchone()[0] for name in wanted} == wanted
    assert pysqlite3.sqlite_version_info >= (3, 51, 3)
    assert store.path.stat().st_mode & 0o007 == 0


def test_of_what_was_forgotten_no_byte_is_left_in_its_folder(store: ShredStore) -> None:
    gone, kept = some(500), some(500)
    mixed = list((gone | kept).items())
    mixed.sort(key=lambda pair: pair[1])
    for start in range(0, len(mixed), 100):
        store.keep(dict(mixed[start : start + 100]), now=NOON)
    before = on_disk(store)
    assert all(part in before for part in gone.values())
    store.forget(list(gone))
    store.compact()
    after = on_disk(store)
    assert not any(part in after for part in gone.values())
    assert all(part in after for part in kept.values())


@pytest.mark.parametrize("content", [b"", b"no database at all " * 300, None, "another"])
def test_a_missing_a_damaged_and_a_foreign_file_is_refused_and_never_replaced(store: ShredStore, content: bytes | str | None) -> None:
    [(item, second)] = some(1).items()
    store.keep({item: second}, now=NOON)
    store.close()
    store.path.unlink()
    if content == "another":
        with closing(sqlite3.connect(store.path)) as other:
            other.execute("CREATE TABLE part (item BLOB, second BLOB, doubted_at INTEGER)")
    elif isinstance(content, bytes):
        store.path.write_bytes(content)
    for use in (lambda: store.part(item), lambda: store.keep(some(1), now=NOON), lambda: store.forget([item]), store.in_doubt, store.count):
        with pytest.raises(ShredStoreAway):
            use()
    assert store.problem()
    assert store.path.exists() == (content is not None)


def test_a_file_that_went_or_was_put_back_while_it_was_open_is_noticed(store: ShredStore, tmp_path: Path) -> None:
    [(item, second)] = some(1).items()
    store.keep({item: second}, now=NOON)
    aside = tmp_path / "aside"
    store.path.rename(aside)
    with pytest.raises(ShredStoreAway):
        store.keep(some(1), now=NOON)
    with pytest.raises(ShredStoreAway):
        store.part(item)
    shred.create(store.path)
    assert store.part(item) is None
    aside.replace(store.path)
    assert store.part(item) == second


def test_making_one_never_touches_one_that_is_there(store: ShredStore) -> None:
    parts = some(1)
    store.keep(parts, now=NOON)
    shred.create(store.path)
    assert store.held(list(parts)) == set(parts)
    assert [path.name for path in store.path.parent.iterdir() if path.name.startswith(".")] == []


def test_damage_within_the_file_is_named(store: ShredStore) -> None:
    store.keep(some(500), now=NOON)
    store.close()
    content = bytearray(store.path.read_bytes())
    content[8192:12288] = os.urandom(4096)
    store.path.write_bytes(bytes(content))
    assert "damaged" in ShredStore(store.path).problem()


@pytest.mark.slow
def test_many_threads_and_processes_write_into_one_file(store: ShredStore) -> None:
    def write() -> None:
        for _ in range(5):
            store.keep(some(4), now=NOON)

    code = f"""
from pathlib import Path
from uuid import uuid4
from datetime import UTC, datetime
from cairndesk.custody.shred import ShredStore
store = ShredStore(Path({str(store.path)!r}))
for _ in range(5):
    store.keep({{uuid4(): bytes(32) for _ in range(4)}}, now=datetime.now(UTC))
"""
    with subprocess.Popen([sys.executable, "-c", code]) as other:
        in_threads(write, write, write)
    assert other.returncode == 0
    assert (store.count(), store.problem()) == (80, "")


def test_what_is_copied_comes_back_as_it_was_and_anything_else_is_no_copy(store: ShredStore, tmp_path: Path) -> None:
    parts = some(50)
    store.keep(parts, now=NOON)
    content = shred.to_bytes(store.parts())
    assert shred.from_bytes(content) == parts
    shred.create(tmp_path / "again", shred.from_bytes(content))
    again = ShredStore(tmp_path / "again")
    assert (again.parts(), again.problem(), again.in_doubt()) == (parts, "", {})
    for other in (b"", content[:-1], content[1:], b"CAIRNSH2" + content[8:]):
        with pytest.raises(ValueError, match="no copy"):
            shred.from_bytes(other)
