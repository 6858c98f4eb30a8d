from pathlib import Path
from uuid import uuid4

import pytest
from django.db import connection, transaction
from tests.custody.conftest import NOON, Doer
from tests.support.threads import in_threads, shared_database

from cairndesk.custody.actions import record
from cairndesk.custody.ledger.check import LogReport
from cairndesk.custody.models import LogEntry
from cairndesk.custody.queries import verify_log
from cairndesk.custody.rules import Event

WRITERS, EACH = 4, 8


def write() -> None:
    for _ in range(EACH):
        record(event=Event.CUSTODY_ITEM_OPENED, subject_kind="case", subject=uuid4(), by=Doer(), now=NOON)


def outcome() -> tuple[list[int], LogReport]:
    return list(LogEntry.objects.order_by("index").values_list("index", flat=True)), verify_log()


@pytest.mark.slow
@pytest.mark.django_db(transaction=True, available_apps=["cairndesk.custody"])
def test_writers_at_the_same_time_leave_no_gap_and_no_double(tmp_path: Path) -> None:
    with shared_database(tmp_path):
        in_threads(*[write] * WRITERS)
        [(indexes, report)] = in_threads(outcome)
    assert indexes == list(range(WRITERS * EACH))
    assert report.ok


class ActFailedError(Exception):
    """What goes wrong after the entry was written."""


@transaction.atomic
def act_and_fail() -> None:
    record(event=Event.CUSTODY_ITEM_OPENED, subject_kind="case", subject=uuid4(), by=Doer(), now=NOON)
    raise ActFailedError


@pytest.mark.django_db(transaction=True, available_apps=["cairndesk.custody"])
def test_an_act_that_fails_leaves_no_entry_and_the_log_goes_on() -> None:
    with pytest.raises(ActFailedError):
        act_and_fail()
    assert not LogEntry.objects.exists()
    assert record(event=Event.CUSTODY_ITEM_OPENED, subject_kind="case", subject=uuid4(), by=Doer(), now=NOON).index == 0
    assert verify_log().ok


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True, available_apps=["cairndesk.custody"])
def test_a_log_that_was_empty_when_it_was_looked_at_is_not_read_from_end_to_end_at_each_entry() -> None:
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE custody_logentry")
        with transaction.atomic():
            LogEntry.objects.bulk_create(LogEntry(index=index, leaf=bytes([index]), leaf_hash=bytes([index])) for index in range(9))
            cursor.execute("SELECT seq_scan, idx_scan, idx_tup_fetch FROM pg_stat_xact_user_tables WHERE relname = 'custody_logentry'")
            # Each looks for its own place and for the one before it, and finds the latter.
            assert cursor.fetchone() == (0, 2 * 9 - 1, 9 - 1)
