"""Run work in threads, each with its own connection, on a database that several connections can really share."""

import gc
import os
import signal
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import pytest
from django.db import connection, connections
from tests.support import migrated

T = TypeVar("T")
# Seconds that a thread may take; whoever takes longer waits for something that does not come.
_PATIENCE = 120


def in_threads(*works: Callable[[], T], patience: float = _PATIENCE) -> list[T]:
    """What each of `works` returned, all run at the same time and within `patience` seconds; raises the first failure."""
    results: list[T] = []
    failures: list[BaseException] = []

    def run(work: Callable[[], T]) -> None:
        try:
            results.append(work())
        except BaseException as error:  # noqa: BLE001 - raised again below, in the test's own thread
            failures.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(work,), daemon=True) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(patience)
    if failures:
        raise failures[0]
    assert not any(thread.is_alive() for thread in threads), f"not done after {patience} s"
    # Python calls a thread ended while the system still clears up behind it. Whoever forks in that moment copies a lock of OpenSSL that
    # nobody gives back: the child waits for ever.
    while any(Path(f"/proc/self/task/{thread.native_id}").exists() for thread in threads):
        time.sleep(0.0001)
    return results


def was_killed(work: Callable[[], object]) -> bool:
    """Whether a forked process that does `work` died of SIGKILL; it came to its end otherwise, or this raises AssertionError.

    It works in a thread, on a connection of its own: of one that it shared with us the server would not see the end.
    """
    child = os.fork()
    if child == 0:
        # It is not to look for garbage in everything that the tests hold, whose pages it would have to copy for that.
        gc.disable()
        ended = 4
        signal.alarm(_PATIENCE)
        try:
            in_threads(work)
            ended = 3
        except BaseException:  # noqa: BLE001 - nothing of this process may go on as ours
            traceback.print_exc()
        os._exit(ended)
    ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert ended in {-signal.SIGKILL, 3}, f"it was to be killed or to come to its end, and did neither: {ended}"
    return ended == -signal.SIGKILL


@contextmanager
def shared_database(folder: Path) -> Iterator[None]:
    """New threads meet in one database: on SQLite a file, else the test's own.

    The tests' SQLite database lives in memory, where connections lock one another in a way that no file does.
    """
    if connection.vendor != "sqlite":
        yield
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(connections.settings["default"], "NAME", str(folder / "shared.sqlite3"))
        migrated.lay_down(folder / "shared.sqlite3")
        yield
