from pathlib import Path
from uuid import uuid4

import pytest
from django.conf import LazySettings
from django.db import DatabaseError, connection, transaction
from tests.custody.conftest import NOON, Doer
from tests.support import append_only

from cairndesk.config import Config, Keys
from cairndesk.custody import access, queries
from cairndesk.custody.actions import log, make_checkpoint, record
from cairndesk.custody.models import Checkpoint, LogEntry, LogOpening, LogStretch
from cairndesk.custody.queries import verify_log
from cairndesk.custody.rules import Event
from cairndesk.custody.sealing.keyring import Keyring

pytestmark = pytest.mark.django_db


@pytest.fixture
def five(ring: Keyring, monkeypatch: pytest.MonkeyPatch) -> list[LogEntry]:
    """Five entries, a signed checkpoint over them, and the roots of two stretches of two."""
    for module in (queries, log):
        monkeypatch.setattr(module, "STRETCH", 2)
    rows = [record(event=Event.CUSTODY_ITEM_OPENED, subject_kind="case", subject=uuid4(), by=Doer(), now=NOON, detail={"n": n}) for n in range(5)]
    make_checkpoint(now=NOON)
    return rows


def run(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.mark.req("EVD-01", "EVD-19")
@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE custody_logentry SET leaf = leaf_hash",
        'UPDATE custody_logentry SET "index" = 99 WHERE "index" = 4',
        "DELETE FROM custody_logentry",
        'DELETE FROM custody_logentry WHERE "index" = 4',
        "UPDATE custody_checkpoint SET note = ''",
        "DELETE FROM custody_checkpoint",
        "UPDATE custody_logstretch SET root = root",
        'UPDATE custody_logstretch SET "index" = 7 WHERE "index" = 1',
        "DELETE FROM custody_logstretch",
        'DELETE FROM custody_logstretch WHERE "index" = 0',
    ],
)
def test_the_database_itself_refuses_to_change_the_log(five: list[LogEntry], sql: str) -> None:
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        run(sql)
    assert verify_log().ok


@pytest.mark.req("EVD-19")
def test_the_root_of_a_stretch_is_never_replaced(five: list[LogEntry]) -> None:
    verb = "INSERT OR REPLACE" if connection.vendor == "sqlite" else "INSERT"
    refused = pytest.raises(DatabaseError, match="append-only" if connection.vendor == "sqlite" else "duplicate key")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"{verb} INTO custody_logstretch VALUES (%s, %s)", [1, bytes(32)])
    assert verify_log().ok


@pytest.mark.parametrize("table", ["custody_checkpoint", "custody_logstretch"])
def test_no_table_of_the_log_is_emptied_at_once(five: list[LogEntry], table: str) -> None:
    emptied = f"DELETE FROM {table}" if connection.vendor == "sqlite" else f"TRUNCATE {table} CASCADE"  # noqa: S608 - our own names
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        run(emptied)
    assert (LogEntry.objects.count(), Checkpoint.objects.count(), LogStretch.objects.count()) == (5, 1, 2)


@pytest.mark.parametrize("index", [2, 7])
def test_an_entry_can_neither_be_replaced_nor_leave_a_gap(five: list[LogEntry], index: int) -> None:
    verb = "INSERT OR REPLACE" if connection.vendor == "sqlite" else "INSERT"
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"{verb} INTO custody_logentry VALUES (%s, %s, %s)", [index, b"0", b"0"])
    assert verify_log().ok


@pytest.mark.req("EVD-19")
@pytest.mark.parametrize(
    ("sql", "problem"),
    [
        ('UPDATE custody_logentry SET leaf = leaf_hash WHERE "index" = 2', "entry 2"),
        ('UPDATE custody_logentry SET "index" = 99 WHERE "index" = 4', "checkpoint was signed over 5"),
        ("UPDATE custody_loghead SET size = 7", "head speaks of 7"),
        ("UPDATE custody_loghead SET size = 3", "checkpoint was signed over 5"),
        ("UPDATE custody_logopening SET actor = 'somebody-else' WHERE entry_id = 1", "opening of entry 1"),
        ("UPDATE custody_logopening SET subject_kind = 'item' WHERE entry_id = 3", "opening of entry 3"),
        ("UPDATE custody_logopening SET detail = '{\"n\": 9}' WHERE entry_id = 3", "opening of entry 3"),
        ("UPDATE custody_checkpoint SET note = 'x'", "checkpoint cannot be read"),
        ("DELETE FROM custody_loghead", "checkpoint was signed over 5"),
    ],
)
def test_verify_names_what_somebody_with_the_database_did(five: list[LogEntry], sql: str, problem: str) -> None:
    append_only.lift()
    with connection.constraint_checks_disabled():
        run(sql)
        report = verify_log()
    assert not report.ok
    assert problem in report.first_problem
    # Whatever was broken is put right before the test's transaction checks its foreign keys.
    LogOpening.objects.all().delete()


def test_verify_says_how_much_it_has_read(five: list[LogEntry]) -> None:
    report = verify_log()
    assert (report.ok, report.size, report.checkpoints, report.signatures_checked) == (True, 5, 1, True)


def test_an_erased_opening_leaves_the_log_whole(five: list[LogEntry]) -> None:
    LogOpening.objects.filter(entry__index=2).delete()
    assert verify_log().ok


def test_an_empty_log_verifies(ring: Keyring) -> None:
    assert verify_log().ok


@pytest.mark.req("EVD-19")
def test_a_log_signed_anew_with_another_key_is_seen_even_while_the_desk_is_locked(
    five: list[LogEntry], ring: Keyring, tmp_path: Path, settings: LazySettings
) -> None:
    settings.CAIRNDESK = Config.model_construct(data=tmp_path, keys=Keys.model_construct())
    access.create(settings.CAIRNDESK, ring)
    access.use(None)
    report = verify_log()
    assert (report.ok, report.signatures_checked) == (True, True)
    append_only.lift()
    Checkpoint.objects.all().delete()
    access.use(Keyring.create())
    make_checkpoint(now=NOON)
    access.use(None)
    assert "not signed by the key of this log" in verify_log().first_problem
