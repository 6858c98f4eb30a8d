"""The lane of what is written: nobody in one process finds the database locked, and whoever leaves in whatever way lets the next one in."""

import os
from pathlib import Path
from uuid import uuid4

import pytest
from django.db import OperationalError, connection, transaction
from tests.custody.conftest import NOON, Doer
from tests.support.threads import in_threads, shared_database

from cairndesk.custody import lane
from cairndesk.custody.actions import record
from cairndesk.custody.engines.sqlite3 import base
from cairndesk.custody.models import LogEntry
from cairndesk.custody.rules import Event

WRITERS, EACH = 6, 5


def write() -> None:
    """Write without ever waiting for a lock of the database itself."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA busy_timeout = 0")
    for _ in range(EACH):
        record(event=Event.CUSTODY_ITEM_OPENED, subject_kind="case", subject=uuid4(), by=Doer(), now=NOON)


def fail() -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        raise ZeroDivisionError


def hang_up() -> None:
    with transaction.atomic():
        connection.close()


def count() -> int:
    return LogEntry.objects.count()


@pytest.mark.slow
@pytest.mark.django_db(transaction=True, available_apps=["cairndesk.custody"])
def test_writers_of_one_process_never_find_the_database_locked(tmp_path: Path) -> None:
    with shared_database(tmp_path):
        in_threads(*[write] * WRITERS, fail, hang_up)
        assert in_threads(count) == [WRITERS * EACH]
    assert not lane._lane.locked()


def test_whoever_waits_too_long_is_told_what_the_database_would_tell() -> None:
    second = base.DatabaseWrapper({"OPTIONS": {"timeout": 0.01}})
    with lane._lane, pytest.raises(OperationalError, match="locked"):
        second._start_transaction_under_autocommit()


def test_a_forked_child_has_a_lane_of_its_own() -> None:
    with lane._lane:
        child = os.fork()
        if not child:
            os._exit(int(lane._lane.locked()))
    assert os.waitpid(child, 0)[1] == 0
