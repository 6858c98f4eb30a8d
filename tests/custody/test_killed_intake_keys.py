"""`kill -9` between any two lines of making, destroying and rewrapping: every key that was given out opens, and every item does."""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from tests.custody.conftest import NOON, ONE
from tests.custody.test_intake_keys import due, under_the_old_key
from tests.support.threads import in_threads, shared_database, was_killed

from cairndesk.config import Config
from cairndesk.custody import access, shred, shredding
from cairndesk.custody.actions import destroy_intake_keys, make_intake_key, rewrap_some, sweep_intake_keys
from cairndesk.custody.actions.intake_keys import WEEK
from cairndesk.custody.models import IntakeKey, SealedItem
from cairndesk.custody.queries import intake_keys, unseal_text
from cairndesk.custody.sealing import hpke
from cairndesk.custody.sealing.intake import WeekKey
from cairndesk.custody.sealing.keyring import Keyring

SOURCES = str(Path(access.__file__).parent)
# Every so many lines the process dies; the next round begins elsewhere.
EVERY = 20

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True, available_apps=["cairndesk.custody"])]


@pytest.fixture
def desk(tmp_path: Path, settings: Any) -> Iterator[Config]:
    data = settings.DATA = tmp_path / "data"
    settings.CAIRNDESK = config = settings.CAIRNDESK.model_copy(update={"data": data})
    for folder in ("keys", "shred"):
        (data / folder).mkdir(parents=True)
    shred.create(data / shred.FOLDER / shred.NAME)
    with shared_database(tmp_path):
        access.create(config, Keyring.create([ONE]))
        yield config
    access.use(None)
    shred.store_of.cache_clear()


def killed_at_line(number: int, act: Callable[[], object]) -> bool:
    """Whether the process that acts reached so many lines of this room, and died there; otherwise it went through."""
    left = iter(range(number, -1, -1))

    def trace(frame: FrameType, event: str, _: object) -> Any:
        if not frame.f_code.co_filename.startswith(SOURCES):
            return None
        if event == "line" and next(left, 1) == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return trace

    def work() -> None:
        sys.settrace(trace)
        act()

    return was_killed(work)


def every_key_that_is_given_out_opens(config: Config, at: datetime) -> None:
    ring = access.unlock(config)
    for key in intake_keys(ONE):
        assert ring.unseal(ONE, hpke.seal(bytes(key.public), b"told", b"x"), b"x") == b"told"
    assert any(key.opens_at <= at for key in intake_keys(ONE))


def nothing_opens_what_was_destroyed(config: Config) -> None:
    sweep_intake_keys()
    ring = access.unlock(config)
    gone = list(IntakeKey.objects.exclude(destroyed_at=None))
    held = {week.public for week in ring.held.weeks[ONE]}
    assert not shredding.store().held([key.pk for key in gone])
    assert not held & {bytes(key.public) for key in gone}


def test_a_kill_while_a_key_is_made_or_destroyed_costs_nothing(desk: Config) -> None:
    deaths, line, week = 0, 0, 0
    in_threads(lambda: make_intake_key(organisation=ONE, now=NOON))
    died = True
    while died:
        week, line = week + 1, line + EVERY
        now = NOON + week * WEEK

        def turn(now: datetime = now) -> None:
            make_intake_key(organisation=ONE, now=now)
            destroy_intake_keys(organisation=ONE, in_use=(), now=now)
            sweep_intake_keys()

        def look(now: datetime = now, turn: Callable[[], None] = turn) -> None:
            turn()
            every_key_that_is_given_out_opens(desk, now)
            nothing_opens_what_was_destroyed(desk)

        in_threads(lambda now=now, number=week: due(number, now))  # type: ignore[misc]
        died = killed_at_line(line, turn)
        deaths += died
        in_threads(look)
    assert deaths > 15


def test_a_kill_while_keys_are_wrapped_anew_leaves_every_item_open(desk: Config) -> None:
    private, public = hpke.generate()
    ring = access.keys()
    assert isinstance(ring, Keyring)
    ring.held.weeks[ONE] = (WeekKey(public, private),)
    access.save(desk, ring)

    def older() -> None:
        access.unlock(desk)
        under_the_old_key(public, ["one", "two", "three"])

    def look() -> None:
        assert {unseal_text(item) for item in SealedItem.objects.all()} == {"one", "two", "three"}

    deaths, line, died = 0, 0, True
    while died:
        line += 7
        in_threads(older)
        died = killed_at_line(line, lambda: rewrap_some(after=None, now=NOON + timedelta(days=1)))
        deaths += died
        in_threads(look)
        in_threads(lambda: rewrap_some(after=None, now=NOON))
    assert deaths > 10
