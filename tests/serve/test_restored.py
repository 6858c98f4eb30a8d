"""An old copy of the database is put back below a desk, as whoever owns the machine could do unseen: the processes see it and only read."""

import subprocess
import sys
import time

import pytest
from tests.support.served import Served, served
from tests.support.visitor import Visitor

# Two checkpoints; then the database as it was at the first lies where it belongs.
_PUT_BACK = """
import shutil, sqlite3
from django.conf import settings
from django.db import connection
from cairndesk.custody import jobs
from cairndesk.custody.actions import record
from cairndesk.custody.rules import DESK, Event
from cairndesk.lib import clock
from cairndesk.lib.ids import new_id
database = settings.DATA / "db" / "desk.sqlite3"
jobs.sign_the_log()
with connection.cursor() as cursor:
    cursor.execute("VACUUM INTO %s", [str(database) + ".older"])
record(event=Event.CUSTODY_BACKUP_MADE, subject_kind="backup", subject=new_id(), by=DESK, now=clock.now())
jobs.sign_the_log()
connection.close()
for end in ("-wal", "-shm"):
    database.with_name(database.name + end).unlink(missing_ok=True)
shutil.copy(str(database) + ".older", database)
"""


@pytest.mark.slow
@pytest.mark.req("EVD-19")
def test_an_old_database_below_real_processes_is_seen_and_nothing_is_written_any_more() -> None:
    with served(prepare=_PUT_BACK) as desk:
        before = (desk.data / "log" / "checkpoint").read_bytes()
        at_desk, at_portal = Visitor(desk.desk, {}), Visitor(desk.portal, {})
        at_desk.waits_for("/sign-in/", "This desk only reads.")
        at_portal.waits_for("/", "<form")
        wait_until_shut(desk)
        # A child's page is not taken in, and nobody is told that it was.
        at_portal.sends("/next", path="child")
        with pytest.raises(AssertionError, match="503"):
            at_portal.sends("/next", danger="not_now")
        assert not list((desk.data / "spool").glob("*.frag"))
        # Nobody signs in, since that is written down, and the answer says why.
        with pytest.raises(AssertionError, match=r"This desk only reads: .* entries were signed"):
            at_desk.signs_in("Ana")
        assert "only reads" in command(desk, "doctor").stdout
        assert (desk.data / "log" / "checkpoint").read_bytes() == before


def wait_until_shut(desk: Served) -> None:
    """`work` tells the portal at its next turn."""
    deadline = time.monotonic() + 60
    while not (desk.data / "published" / "shut").exists():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def command(desk: Served, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "cairndesk", *arguments], env=desk.environment, capture_output=True, text=True, check=False)
