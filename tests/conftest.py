"""What every test stands on: a data folder of its own, and the database that this pass is about."""

import gc
import os
import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import hypothesis
import pytest
from pytest_django import DjangoDbBlocker

_data: list[Path] = []
_skipped: list[str] = []
_slow: list[str] = []
# Seconds from which on a test carries the mark `slow` and leaves the fast suite.
SLOW = 0.2
# Takes minutes, much of them waiting: begun last, it would leave the other workers with nothing to do. Only one test: no worker's first two
# are ever given to another.
_FIRST = "_kills_of_workers_"
# Hypothesis would fail an example that takes long, which on a busy machine any of them may.
hypothesis.settings.register_profile("calm", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("calm")


def pytest_configure(config: pytest.Config) -> None:
    from django.conf import settings

    from cairndesk.custody import shred

    wanted = "sqlite3" if os.environ.get("CAIRNDESK_TEST_DATABASE", "sqlite") == "sqlite" else "postgresql"
    engine = settings.DATABASES["default"]["ENGINE"]
    if not engine.endswith(wanted):
        raise pytest.UsageError(f"this pass is about {wanted}, but the settings say {engine}; use `.ci/with-postgres`")

    if wanted == "sqlite3":
        # What Django does by itself, and what pytest-django takes for granted with Django's own engine only: a database in memory per worker.
        settings.DATABASES["default"].setdefault("TEST", {})["NAME"] = ":memory:"
        # Threads share it table by table: who still reads one would shut out who writes there, which on a file of a desk nobody does.
        settings.DATABASES["default"]["OPTIONS"]["init_command"] += "PRAGMA read_uncommitted=ON;"
    _data.append(Path(tempfile.mkdtemp(prefix="cairndesk-test-")))
    settings.DATA = _data[0]
    # At its real cost the words of a receipt take a fifth of a second of a processor each time; what that cost is has tests of its own.
    cheap = settings.CAIRNDESK.receipts.model_copy(update={"memory_kib": 8, "passes": 1})
    settings.CAIRNDESK = settings.CAIRNDESK.model_copy(update={"data": _data[0], "receipts": cheap})
    shred.create(_data[0] / shred.FOLDER / shred.NAME)


def pytest_unconfigure(config: pytest.Config) -> None:
    for folder in _data:
        shutil.rmtree(folder, ignore_errors=True)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.skipped:
        _skipped.append(report.nodeid)
    if report.when == "call" and report.duration > SLOW and not {"slow", "journey"} & set(report.keywords):
        _slow.append(f"{report.duration:.1f} s {report.nodeid}")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Said and not failed: on a busy machine everything takes longer."""
    if _slow:
        terminalreporter.section("took longer than a fifth of a second without the mark `slow`")
        terminalreporter.write_line("\n".join(sorted(_slow, reverse=True)))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Where everything must be there, a skipped test has proved nothing and counts as a failure."""
    if os.environ.get("CI") and _skipped and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test that reaches the database through a fixture belongs to both passes, unless it says why not: CONTRIBUTING.md has the rule."""
    for item in items:
        reaches = {"db", "transactional_db", "live_server"} & set(getattr(item, "fixturenames", ())) or item.get_closest_marker("django_db")
        if reaches and item.get_closest_marker("one_database") is None:
            item.add_marker("database")
    items.sort(key=lambda item: _FIRST not in item.nodeid)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Thousands of tests and the modules they are in stay until the end: who looks for garbage need not look there again and again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def django_db_setup(request: pytest.FixtureRequest, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The tables as the migrations leave them, in a copy of what one process of this or an earlier run was left with."""
    from django.db import connection
    from tests.support import migrated

    if connection.vendor == "sqlite":
        with migrated.in_memory(connection.creation._get_test_db_name()):
            request.getfixturevalue("django_db_setup")
        yield
        return
    connection.settings_dict["TEST"]["TEMPLATE"] = migrated.template()
    request.getfixturevalue("django_db_setup")
    yield
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        # A database that a look-up door still reads cannot be dropped.
        cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")


@pytest.fixture(scope="session", autouse=True)
def _clock_that_tests_set_as_they_like() -> None:
    """Whoever tells tests the time sets it back with every test; what that ends is tried in `tests/cases/test_limits.py`."""
    from cairndesk.accounts.actions import limits

    limits._held[:] = [limits._Held(datetime.now(UTC), 0)]
    limits.SLACK = timedelta(days=100_000)


@pytest.fixture(autouse=True)
def _forgetting_what_was_signed() -> Iterator[None]:
    """The next test has another log: what this one signed beside the database would rightly shut its desk."""
    yield
    for name in ("log", "witnessed"):
        shutil.rmtree(_data[0] / name, ignore_errors=True)


@pytest.fixture(autouse=True)
def _emptying_the_log_between_committing_tests(request: pytest.FixtureRequest) -> Iterator[None]:
    """Tests that commit are cleaned by emptying the tables, which the log's triggers rightly refuse; they stand aside then."""
    marker = request.node.get_closest_marker("django_db")
    commits = bool(marker and marker.kwargs.get("transaction")) or bool({"transactional_db", "live_server"} & set(request.fixturenames))
    if not commits:
        yield
        return
    from tests.support import append_only

    request.getfixturevalue("transactional_db")
    append_only.restore()
    yield
    append_only.lift()
