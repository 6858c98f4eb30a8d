"""What SQLite keeps about its tables so that it plans well: counts, and nothing out of a row."""

import re
from uuid import uuid4

import pytest
from django.db import connection
from tests.custody.conftest import NOON, ONE, Doer

from cairndesk.custody.actions import record, seal
from cairndesk.custody.adapters.counting import count_rows
from cairndesk.custody.rules import Event, Purpose
from cairndesk.custody.sealing.keyring import Keyring

pytestmark = pytest.mark.django_db


def _kept() -> dict[str, list[str]]:
    """By table of statistics what stands in it; SQLite lays them down when it first counts."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master WHERE name IN ('sqlite_stat1', 'sqlite_stat4')")
        found = {}
        for (name,) in cursor.fetchall():
            cursor.execute(f"SELECT {'stat' if name == 'sqlite_stat1' else 'sample'} FROM {name}")  # noqa: S608 - one of two names
            found[name] = [row[0] for row in cursor.fetchall()]
    return found


def _fill() -> None:
    for place in range(30):
        record(event=Event.CUSTODY_ITEM_OPENED, subject_kind="case", subject=uuid4(), by=Doer(pseudonym=f"ana-{place}"), now=NOON)
        seal(organisation=ONE, purpose=Purpose.NOTE, plain="x", now=NOON)


def test_rows_are_counted_and_no_value_of_a_row_is_kept(ring: Keyring) -> None:
    _fill()
    counted = count_rows(connection)
    if connection.vendor == "postgresql":
        assert counted == 0
        return
    assert counted > 100
    kept = _kept()
    assert len(kept["sqlite_stat1"]) > 2
    assert [stat for stat in kept["sqlite_stat1"] if not re.fullmatch(r"\d+( \d+)*( unordered| noskipscan| sz=\d+)*", stat)] == []
    assert kept.get("sqlite_stat4", []) == []


def test_samples_that_somebody_else_had_taken_are_gone_with_the_next_count(ring: Keyring) -> None:
    if connection.vendor == "postgresql":
        assert count_rows(connection) == 0
        return
    _fill()
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA analysis_limit=0")
        cursor.execute("ANALYZE")
    assert _kept()["sqlite_stat4"], "this build of SQLite takes samples where nobody keeps it from it"
    count_rows(connection)
    assert _kept()["sqlite_stat4"] == []
