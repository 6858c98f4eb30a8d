"""What stays open between two requests: the next thread goes on with it, and nothing of the one before it is there."""

import os
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction
from tests.custody.conftest import NOON, Doer
from tests.support import migrated
from tests.support.threads import in_threads, shared_database

from cairndesk.custody import kept_open as kept
from cairndesk.custody.actions import record
from cairndesk.custody.adapters import databases
from cairndesk.custody.models import LogEntry, LogStretch
from cairndesk.custody.rules import Event

pytestmark = pytest.mark.django_db(transaction=True, available_apps=["cairndesk.custody"])


@pytest.fixture(autouse=True)
def shared(tmp_path: Path) -> Iterator[Path]:
    with shared_database(tmp_path):
        # Two that meet in a new file would both lay down its journal, and one would be told that it is locked.
        in_threads(used)
        kept.keep(2)
        yield tmp_path / "shared.sqlite3"
        kept.keep(0)


def used() -> object:
    """The way to the database that a thread of its own is given, as the object that it is."""
    connection.ensure_connection()
    return connection.connection


def write() -> None:
    record(event=Event.CUSTODY_ITEM_OPENED, subject_kind="case", subject=uuid4(), by=Doer(), now=NOON)


def fail() -> object:
    with suppress(DatabaseError), connection.cursor() as cursor:
        cursor.execute("SELECT nothing FROM nowhere")
    return connection.connection


def hang_up() -> object:
    with transaction.atomic():
        write()
        held = connection.connection
        connection.close()
    return held


def test_the_next_thread_goes_on_with_what_the_last_one_let_go_of() -> None:
    [first] = in_threads(used)
    assert in_threads(used) == [first]


def test_no_two_threads_hold_the_same_and_no_more_are_kept_than_was_said() -> None:
    together = threading.Barrier(5)

    def hold() -> object:
        held = used()
        together.wait(60)
        return held

    assert len({id(one) for one in in_threads(*[hold] * 5)}) == 5
    assert len(kept._kept) == 2


def test_without_a_word_nothing_is_kept() -> None:
    kept.keep(0)
    in_threads(used)
    assert not kept._kept


def test_what_failed_once_is_not_used_again() -> None:
    [failed] = in_threads(fail)
    assert not kept._kept
    assert in_threads(used) != [failed]


def test_a_transaction_that_nobody_ended_goes_with_its_connection() -> None:
    [held] = in_threads(hang_up)
    assert in_threads(used) != [held]
    assert in_threads(LogEntry.objects.count) == [0]
    in_threads(write)
    assert in_threads(LogEntry.objects.count) == [1]


def test_one_that_is_old_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    [held] = in_threads(used)
    monkeypatch.setattr(kept, "_SECONDS", 0)
    assert in_threads(used) != [held]
    assert not kept._kept


def test_another_file_in_the_place_of_the_database_is_opened(shared: Path) -> None:
    if connection.vendor != "sqlite":
        return
    in_threads(write)
    for end in ("", "-wal", "-shm"):
        shared.with_name(shared.name + end).unlink(missing_ok=True)
    migrated.lay_down(shared)
    assert in_threads(LogEntry.objects.count) == [0]


@pytest.mark.postgres
def test_a_server_that_hung_up_is_called_again() -> None:
    [held] = in_threads(used)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [held.info.backend_pid])  # type: ignore[attr-defined]
    assert in_threads(LogEntry.objects.count) == [0]
    assert in_threads(used) != [held]


@pytest.mark.postgres
def test_what_a_page_asks_each_time_is_prepared() -> None:
    def prepared() -> int:
        for _ in range(6):
            list(LogEntry.objects.all())
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE %s", ["%custody_logentry%"])
            return int(cursor.fetchone()[0])

    assert in_threads(prepared) == [1]


@pytest.mark.postgres
@pytest.mark.slow
def test_more_values_than_one_statement_takes_go_in_several() -> None:
    made = LogStretch.objects.bulk_create(LogStretch(index=index, root=b"r") for index in range(40_000))
    assert len(LogStretch.objects.in_bulk([*range(70_000)])) == len(made)


def test_what_is_kept_keeps_nothing_from_being_overwritten() -> None:
    in_threads(write, write)
    assert kept._kept
    if connection.vendor == "sqlite":
        assert databases.sweep(connection)
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND backend_xmin IS NOT NULL AND datname = current_database()"
        )
        assert cursor.fetchone() == (0,)


def test_a_forked_child_leaves_alone_what_its_parent_has() -> None:
    in_threads(used)
    child = os.fork()
    if child == 0:
        os._exit(len(kept._kept))
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert kept._kept
