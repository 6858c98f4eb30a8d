"""While the compiled half searches, other threads of the process go on."""

import ctypes
import sys
import threading
import time
from collections.abc import Callable, Iterator

import pytest
from tests.signals.near.conftest import random, tables_of

from cairndesk.signals.engine import compiled
from cairndesk.signals.engine.near import native
from cairndesk.signals.engine.near.layout import as_words

Turns = Callable[[Callable[[], object]], int]


@pytest.fixture
def turns() -> Iterator[Turns]:
    """How many turns another thread took between entering and leaving a call.

    Python itself hands the GIL over after a minute only, so that a turn means that the call gave it away.
    """
    taken, stop, usual = [0], threading.Event(), sys.getswitchinterval()

    def other() -> None:
        while not stop.is_set():
            taken[0] += 1
            time.sleep(0)

    def during(call: Callable[[], object]) -> int:
        before = taken[0]
        call()
        return taken[0] - before

    sys.setswitchinterval(60)
    thread = threading.Thread(target=other)
    thread.start()
    try:
        yield during
    finally:
        sys.setswitchinterval(usual)
        stop.set()
        thread.join()


def holding() -> ctypes.PyDLL:
    """The same kernel, called without releasing the GIL."""
    library = compiled.library()
    assert library, "the compiled half was not built: .ci/kernel does that"
    loaded = ctypes.PyDLL(library._name)
    loaded.cairn_near.restype = ctypes.c_int64
    return loaded


@pytest.mark.slow
def test_a_long_search_lets_other_threads_go_on(turns: Turns, monkeypatch: pytest.MonkeyPatch) -> None:
    tables, questions = tables_of(random(100_000), native), as_words(random(3000, 2))
    releasing = native.searcher(tables)
    monkeypatch.setattr(native, "_library", holding)
    keeping = native.searcher(tables)
    assert any(turns(lambda: releasing(questions, 31)) for _ in range(20))
    # What the fixture measures is indeed the GIL: where the call keeps it, nobody has a turn.
    assert min(turns(lambda: keeping(questions, 31)) for _ in range(3)) == 0
