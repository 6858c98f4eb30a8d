from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from django.conf import LazySettings
from django.db import connection, transaction
from tests.custody.conftest import NOON, ONE, Doer
from tests.support import append_only
from tests.support.signers import Signer

from cairndesk.accounts.models import Session
from cairndesk.custody import access, jobs, queries, standing
from cairndesk.custody.actions import accept_log, make_checkpoint, record, seal, sweep
from cairndesk.custody.errors import LogRolledBack
from cairndesk.custody.ledger.check_tiles import check_folder
from cairndesk.custody.models import Checkpoint, Cosignature, LogEntry, LogHead, LogOpening
from cairndesk.custody.rules import Event, Purpose
from cairndesk.custody.sealing.keyring import Keyring

pytestmark = pytest.mark.django_db


@pytest.fixture
def data(tmp_path: Path, settings: LazySettings, ring: Keyring) -> Iterator[Path]:
    """A desk whose writes are guarded, as those of each of its processes are."""
    settings.DATA = tmp_path
    with connection.execute_wrapper(standing.guard):
        yield tmp_path
    standing._found.clear()


def write(count: int) -> None:
    for _ in range(count):
        record(event=Event.CUSTODY_ITEM_OPENED, subject_kind="case", subject=uuid4(), by=Doer(), now=NOON)


def put_back(size: int) -> None:
    """What the database is after a copy was put back that was made when the log had `size` entries."""
    append_only.lift()
    with standing.lifted():
        Cosignature.objects.filter(checkpoint_id__gt=size).delete()
        Checkpoint.objects.filter(size__gt=size).delete()
        LogOpening.objects.filter(entry_id__gte=size).delete()
        LogEntry.objects.filter(index__gte=size).delete()
        edge = queries.Frontier()
        for leaf in queries.leaf_hashes(0, size):
            edge = edge.append(leaf)
        LogHead.objects.update(size=size, frontier=edge.to_bytes())
    append_only.restore()


def refused(act: Callable[[], object]) -> None:
    with pytest.raises(LogRolledBack, match="only reads"), transaction.atomic():
        act()


@pytest.mark.req("EVD-19")
def test_on_an_older_database_the_desk_only_reads(data: Path) -> None:
    write(8)
    jobs.sign_the_log()
    put_back(5)
    assert "8 entries were signed, the database holds 5" in standing.begin()
    before = (data / "log" / "checkpoint").read_bytes()
    with pytest.raises(LogRolledBack):
        jobs.sign_the_log()
    for act in (lambda: write(1), lambda: make_checkpoint(now=NOON), lambda: seal(organisation=ONE, purpose=Purpose.NOTE, plain="x", now=NOON)):
        refused(act)
    assert LogHead.objects.get().size == LogEntry.objects.count() == 5
    assert (data / "log" / "checkpoint").read_bytes() == before
    # Every other process learns it from the folder.
    standing._found.clear()
    refused(lambda: write(1))


@pytest.mark.req("EVD-19")
def test_an_older_database_that_grew_past_what_was_signed_is_seen_by_its_root(data: Path) -> None:
    write(8)
    jobs.sign_the_log()
    put_back(5)
    with standing.lifted():
        write(6)
    assert "the first 8 entries are not those that were signed" in standing.begin()


def test_a_log_that_only_grew_is_written_to(data: Path) -> None:
    write(8)
    jobs.sign_the_log()
    write(3)
    assert standing.begin() == ""
    assert jobs.sign_the_log() == 3


@pytest.mark.req("EVD-19")
def test_the_newer_database_that_is_put_back_opens_the_desk_again(data: Path) -> None:
    write(8)
    jobs.sign_the_log()
    leaves = list(LogEntry.objects.order_by("index"))
    head = LogHead.objects.get()
    put_back(5)
    assert standing.settle()
    with standing.lifted():
        LogEntry.objects.bulk_create(leaves[5:])
        head.save()
    assert standing.settle() == standing.begin() == ""
    write(1)


def test_the_sweep_takes_nothing_for_forgotten_that_only_the_newer_database_knows(data: Path) -> None:
    write(2)
    jobs.sign_the_log()
    put_back(1)
    standing.settle()
    for take in (jobs.sweep_the_vault, jobs.settle_the_parts, sweep):
        with pytest.raises(LogRolledBack, match="only reads"):
            take()


def test_who_is_signed_in_stays_so_and_can_read_why(data: Path) -> None:
    write(2)
    jobs.sign_the_log()
    put_back(1)
    standing.settle()
    Session.objects.create(session_key="a" * 64, session_data="", expire_date=NOON)
    assert queries.entries_by({"ana-7f3a"})


@pytest.mark.req("EVD-19")
def test_an_operator_may_go_on_and_the_log_says_so_for_good(data: Path) -> None:
    write(8)
    jobs.sign_the_log()
    put_back(5)
    standing.settle()
    assert accept_log(now=NOON) == 8
    (said,) = [line for line in queries.entries_by({"00000000-0000-0000-0000-000000000000"}) if line.event == Event.CUSTODY_LOG_ACCEPTED]
    assert said.detail == {"signed": 8, "held": 5}
    write(1)
    jobs.sign_the_log()
    assert check_folder(data / "log", verifier=queries.verifier_key()).ok
    (aside,) = (data / "witnessed").glob("before-*")
    assert check_folder(aside / "log", verifier=queries.verifier_key()).size == 8
    assert "\n8\n" in (aside / "against").read_text()
    assert accept_log(now=NOON) == 0


def test_what_was_signed_and_cannot_be_read_shuts_the_desk_too(data: Path) -> None:
    write(2)
    jobs.sign_the_log()
    (data / "log" / "checkpoint").write_text(Signer().note(1, bytes(32)))
    assert "not signed by the key of this log" in standing.begin()


@pytest.mark.req("EVD-19")
@pytest.mark.parametrize("size", [1, 8])
def test_nobody_shuts_a_desk_without_its_own_signature(data: Path, size: int) -> None:
    write(2)
    jobs.sign_the_log()
    name = access.kept_verifier(queries.settings.CAIRNDESK) or queries.verifier_key().partition("+")[0]
    assert standing.settle(shown=Signer(name).note(size, bytes(32))) == ""
    assert standing.settle(shown="nonsense") == ""
    write(1)
