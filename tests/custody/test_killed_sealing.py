"""`kill -9` at every point between a key and its row: no committed row is ever without its key, and no erased one keeps it."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as calm
from hypothesis import strategies as st
from tests.custody.conftest import NOON, ONE
from tests.support.threads import in_threads, shared_database, was_killed

from cairndesk.custody import shred, shredding
from cairndesk.custody.actions import discard, erase, lay_down_store, seal_all, settle_parts, sweep
from cairndesk.custody.models import SealedItem
from cairndesk.custody.queries import unseal_text
from cairndesk.custody.rules import Purpose
from cairndesk.custody.sealing.keyring import Keyring
from cairndesk.custody.shred import ShredStore

LATER = datetime.now(UTC) + timedelta(days=2)


def seal_some() -> None:
    seal_all(organisation=ONE, purpose=Purpose.NOTE, plains=["one", "two", "three"], now=NOON)


def erase_one() -> None:
    erase(items=alive()[:1], now=NOON)


def discard_one() -> None:
    discard(items=alive()[-1:], now=NOON)


def clear_up() -> None:
    settle_parts(now=LATER, before=settle_parts(now=LATER))
    sweep()


def alive() -> list[UUID]:
    return list(SealedItem.objects.filter(erased_at=None).order_by("pk").values_list("pk", flat=True))


ACTS: list[Callable[[], None]] = [seal_some, erase_one, discard_one, clear_up]
POINTS = [
    "before the parts are written",
    "within writing",
    "after they are written",
    "after the commit",
    "before they are deleted",
    "after that",
]


def killed_at(point: str, number: int) -> None:
    """In this process, from now on: whoever comes to `point` for the time `number` dies of SIGKILL there."""
    left = iter(range(number, -1, -1))

    def reach(here: str) -> None:
        if here == point and next(left) == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    keep, forget, commit, transaction = ShredStore.keep, ShredStore.settle, shredding.WithParts.commit, shred._transaction

    def watched_keep(self: ShredStore, *given: Any, **named: Any) -> None:
        reach(POINTS[0])
        keep(self, *given, **named)
        reach(POINTS[2])

    @contextmanager
    def watched_transaction(file: Any) -> Iterator[None]:
        with transaction(file):
            yield
            reach(POINTS[1])

    def watched_commit(self: shredding.WithParts) -> None:
        commit(self)
        reach(POINTS[3])

    def watched_forget(self: ShredStore, **named: Any) -> None:
        reach(POINTS[4])
        forget(self, **named)
        reach(POINTS[5])

    ShredStore.keep, ShredStore.settle = watched_keep, watched_forget  # type: ignore[method-assign]
    shredding.WithParts.commit = watched_commit  # type: ignore[method-assign]
    shred._transaction = watched_transaction


def in_a_process_that_is_killed(acts: list[Callable[[], None]], point: str, number: int) -> bool:
    """Whether it was; otherwise it went through all of its acts."""

    def work() -> None:
        killed_at(point, number)
        for act in acts:
            act()

    return was_killed(work)


def every_row_opens_or_was_erased() -> None:
    store = shredding.store()
    for item in SealedItem.objects.all():
        if item.erased_at is None:
            assert unseal_text(item) in {"one", "two", "three"}
    clear_up()
    # Nothing is left over either: the store holds the keys of what lives, and of nothing else.
    assert store.held(alive()) == set(alive())
    assert store.count() == len(alive())
    assert store.in_doubt() == {}


@pytest.mark.slow
@pytest.mark.django_db(transaction=True, available_apps=["cairndesk.custody"])
def test_no_kill_leaves_a_row_without_its_key_or_an_erased_one_with_it(ring: Keyring, settings: Any, tmp_path: Path) -> None:
    settings.DATA = tmp_path
    deaths = dict.fromkeys(POINTS, 0)

    @calm(max_examples=60, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(st.lists(st.sampled_from(ACTS), min_size=1, max_size=6), st.sampled_from(POINTS), st.integers(0, 3))
    def one(acts: list[Callable[[], None]], point: str, number: int) -> None:
        deaths[point] += in_a_process_that_is_killed([seal_some, erase_one, *acts], point, number)
        in_threads(every_row_opens_or_was_erased)

    with shared_database(tmp_path):
        in_threads(lay_down_store)
        one()
    # It was seen to die at every point, so that living through it says something.
    assert all(deaths.values()), deaths
