"""A fetch may end at any moment: with the next one the list is as if nothing had happened."""

import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError, connection
from tests.house.tree import ROOT
from tests.response.fetched import Fetcher
from tests.response.sources import TOKEN as TE
from tests.response.sources import Graph, Ncmec, drawn
from tests.support import migrated
from tests.support.list_server import ListServer, Reply

from cairndesk.signals import shelf
from cairndesk.signals.models import HashList, ListEntry, ListSource, ListVersion, SourceValue
from cairndesk.signals.rules import SourceKind

pytestmark = pytest.mark.slow
BEFORE = 1_700_000_000


@contextmanager
def ending_at(statement: int) -> Iterator[Callable[[], int]]:
    """The database is gone from that statement on; what was not committed is rolled back, as for a process that was killed."""
    counted, undoing = 0, False

    def execute(run: Callable[..., Any], sql: str, *rest: Any) -> Any:
        nonlocal counted, undoing
        counted += 1
        rolls_back = sql.startswith("ROLLBACK TO") or (undoing and sql.startswith("RELEASE"))
        undoing = sql.startswith("ROLLBACK TO")
        if counted >= statement and not rolls_back:
            raise OperationalError("gone")
        return run(sql, *rest)

    with connection.execute_wrapper(execute):
        yield lambda: counted


def counting() -> set[tuple[str, str, str]]:
    """What counts now, with its labels."""
    return set(ListEntry.objects.filter(shelf.current(HashList.objects.get())).values_list("kind", "value", "label"))


def first(source: Ncmec) -> None:
    source.entries.clear()
    for seed in range(4):
        source.entries[7, f"id-{seed}"] = (BEFORE + seed, "image", "B1", {"md5": drawn(seed), "pdq": drawn(seed, "pdq"), "pdna": "x"})


def then(source: Ncmec) -> int:
    """Some changes of the last seconds, which the library reads as one window of several pages; returns when that begins."""
    late = int(time.time()) - 25
    source.entries[7, "id-0"] = (late, "image", "", None)
    source.entries[7, "id-1"] = (late + 1, "image", "A1", {"md5": drawn(1), "sha1": drawn(1, "sha1")})
    source.entries[8, "id-0"] = (late + 2, "video", "A2", {"md5": drawn(2)})
    for seed in (4, 5, 6):
        source.entries[8, f"id-{seed}"] = (late + seed, "video", "A2", {"md5": drawn(seed)})
    return late - 30


@pytest.mark.req("DET-01")
def test_a_fetch_that_ends_at_any_statement_leaves_one_of_two_versions_and_the_next_one_ends_as_if_nothing_had_been(fetcher: Fetcher) -> None:
    source = Ncmec()
    with ListServer(source) as server:

        def begin() -> None:
            HashList.objects.all().delete()
            first(source)
            source.size = 1000
            fetcher.point(SourceKind.NCMEC, f"{server.base}/hashsharing", port=server.port)
            assert fetcher.fetch() is None
            source.size = 2
            ListSource.objects.update(checkpoint={"to": then(source)})

        begin()
        before = counting()
        with ending_at(10**9) as counted:
            assert fetcher.fetch() is None
        after, statements = counting(), counted()
        values = set(SourceValue.objects.values_list("key", "kind", "value", "label"))
        assert len(after) == 9
        assert before != after
        for statement in range(1, statements + 1):
            begin()
            with ending_at(statement), pytest.raises(OperationalError):
                fetcher.fetch()
            # For want of a transaction of its own, a statement outside of one has condemned that of the test.
            connection.set_rollback(False)
            told = {one[:2] for one in counting()}
            assert told in ({one[:2] for one in before}, {one[:2] for one in after}), statement
            fetcher.later(minutes=11)
            assert fetcher.fetch() is None, statement
            assert counting() == after, statement
            assert set(SourceValue.objects.values_list("key", "kind", "value", "label")) == values
            assert ListVersion.objects.count() == 2, statement


def test_reading_anew_that_ends_at_any_page_takes_off_nothing_before_it_is_complete(fetcher: Fetcher) -> None:
    source = Graph()
    with ListServer(source) as server:
        source.base = lambda: server.base
        fetcher.point(SourceKind.THREATEXCHANGE, f"{server.base}/v26.0", secret=TE, port=server.port, collection="4711")
        for ends_after in range(4):
            source.updates = {("HASH_MD5", drawn(seed)): (BEFORE + seed, [("MALICIOUS", [])]) for seed in range(6)}
            ListSource.objects.update(checkpoint=None)
            server.answer = source
            assert fetcher.fetch() is None
            all_of_them = fetcher.listed()
            mark = ListSource.objects.get().checkpoint
            ListSource.objects.update(checkpoint={**mark, "at": mark["at"] - 90 * 24 * 3600})
            del source.updates["HASH_MD5", drawn(3)]
            left = ends_after

            def answer(asked: Any) -> Reply:
                nonlocal left
                left -= 1
                return source(asked) if left >= 0 else Reply(status=503)

            server.answer = answer
            assert (fetcher.fetch() is None) == (ends_after >= 3)
            assert fetcher.listed() == (all_of_them if ends_after < 3 else all_of_them - {("md5", drawn(3))})
            server.answer = source
            assert fetcher.fetch() is None
            assert fetcher.listed() == all_of_them - {("md5", drawn(3))}


_PLAIN = "import sys; from cairndesk.cli import main; sys.exit(main(sys.argv[1:]))"
_KILLED = """
import os, signal, sys
left = int(sys.argv[1])
from cairndesk.cli.common import wake
wake()
from django.db import connection
from cairndesk.cli import main
def at(execute, *rest):
    global left
    left -= 1
    if not left:
        os.kill(os.getpid(), signal.SIGKILL)
    return execute(*rest)
with connection.execute_wrapper(at):
    sys.exit(main(sys.argv[2:]))
"""


def test_a_process_that_is_killed_while_it_fetches_leaves_a_desk_that_ends_with_the_same_list(tmp_path: Path) -> None:
    source = Ncmec()
    first(source)
    (tmp_path / "credentials").mkdir()
    (tmp_path / "credentials" / "key").write_text("name:word")
    with ListServer(source) as server:
        mine = {"CAIRNDESK_CONFIG": str(tmp_path / "desk.toml"), "CAIRNDESK_LISTS__CREDENTIALS": str(tmp_path / "credentials")}
        # A desk of its own, on SQLite also where the suite runs on another database.
        others = {name: value for name, value in os.environ.items() if not name.startswith("CAIRNDESK_")}
        environment = {**others, **mine, "CAIRNDESK_LISTS__HOSTS": server.place, "PYTHONPATH": str(ROOT / "src")}
        lists = ("signals", "lists")

        def run(*arguments: str, code: str = _PLAIN) -> int:
            return subprocess.run(
                [sys.executable, "-c", code, *arguments], cwd=tmp_path, env=environment, check=False, capture_output=True
            ).returncode

        migrated.begin(tmp_path / "data")
        where = ("--data", str(tmp_path / "data"), "--config", str(tmp_path / "desk.toml"))
        assert subprocess.run(
            [sys.executable, "-m", "cairndesk", "init", "--organisation", "Our Desk", "--country", "XX", "--person", "Ada Example", *where],
            cwd=tmp_path, env={name: value for name, value in environment.items() if name != "CAIRNDESK_CONFIG"}, check=False, capture_output=True,
        ).returncode == 0  # fmt: skip
        database = sqlite3.connect(tmp_path / "data" / "db" / "desk.sqlite3", isolation_level=None)
        (name,) = database.execute("SELECT sign_in_name FROM accounts_person WHERE is_active").fetchone()
        database.execute("INSERT INTO accounts_rolegrant (person_id, role, granted_at) SELECT id, 'supervisor', created_at FROM accounts_person")
        papers = ("--owner", "Partner", "--agreement", "A-7", "--terms", "Matching only", "--expires", "2100-01-01", "--as", name)
        place = ("--kind", "ncmec", "--address", f"{server.base}/hashsharing", "--credentials", "key")
        assert run(*lists, "source", "Fetched", *place, *papers) == 0
        killed = 0
        # Bursts at growing distances: each goes further than the last, because what was done stays done.
        for statement in (2, 6, 9, 14, 20, 27, 36, 48):
            killed += run(str(statement), *lists, "fetch", "Fetched", code=_KILLED) == -9
            database.execute("UPDATE signals_listsource SET lease_until = '2000-01-01'")
        assert killed >= 6
        assert run(*lists, "fetch", "Fetched") == 0
        listed = database.execute("SELECT kind, value FROM signals_listentry WHERE until IS NULL").fetchall()
        assert set(listed) == {(kind, drawn(seed, kind)) for seed in range(4) for kind in ("md5", "pdq")}
        assert len(listed) == 8
        database.close()
