"""A desk, and a plain table for the peers beside its own."""

import os
from datetime import UTC, datetime
from functools import cache

from django.conf import settings
from django.db import connection, transaction

from cairndesk import founding
from cairndesk.accounts.models import Organisation

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)


@cache
def a_desk() -> Organisation:
    """The one organisation of a desk that is founded at the first call, its keys in use."""
    founding.lay_ground(settings.CAIRNDESK)
    with connection.cursor() as cursor:
        number, words = ("INTEGER", "BLOB") if connection.vendor == "sqlite" else ("SERIAL", "BYTEA")
        cursor.execute(f"CREATE TABLE plain (id {number} PRIMARY KEY, words {words} NOT NULL)")
    return founding.add_desk(slug="bench", name="Bench", country="XA", now=NOW)


def insert_plainly(size: int) -> None:
    """One row of `size` random bytes, committed as durably as the desk commits."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("INSERT INTO plain (words) VALUES (%s)", [os.urandom(size)])
