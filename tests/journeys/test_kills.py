"""Every process is killed at random moments while people report; what they were promised must be there afterwards, once and whole."""

import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from tests.support.acknowledged import KEY_FILE, PREPARE, broken, look, wait_until_taken_in, words_of
from tests.support.killer import Killer, Lives, lives, spread
from tests.support.load import Crowd, Kept
from tests.support.migrated import own_database
from tests.support.served import ROLES, prepared, served

# The same moments in every run; a soak asks for more kills, in rounds that each have moments of their own.
SEED = 20261123 + int(os.environ.get("SOAK_ROUND", "0"))
_SIZE, _ATTACK = int(os.environ.get("SOAK_SIZE", "0")), os.environ.get("SOAK_ATTACK", "")
_SOAK = {"workers": _SIZE, "trees": 0} if _ATTACK.startswith("kill-worker") else {"workers": 0, "trees": _SIZE}
pytestmark = [pytest.mark.slow]
Show = Callable[[str], None]


@pytest.fixture
def show(capsys: pytest.CaptureFixture[str]) -> Show:
    """Says something to whoever runs the tests, also when all is well: how long people waited must be seen to grow."""

    def showing(text: str) -> None:
        with capsys.disabled():
            sys.stdout.write(f"\n{text}\n")

    return showing


@pytest.mark.journey
def test_two_hundred_kills_of_workers_and_five_of_the_whole_tree_lose_tear_and_double_no_report(show: Show) -> None:
    nothing_is_lost(show, **(_SOAK if _SIZE else {"workers": 200, "trees": 5}))


@pytest.mark.postgres
def test_kills_of_workers_and_of_the_whole_tree_lose_nothing_on_postgresql_either(show: Show) -> None:
    nothing_is_lost(show, **(_SOAK if _SIZE else {"workers": 50, "trees": 2}), CAIRNDESK_DATABASE__NAME=own_database("kills"))


def test_two_thousand_kills_of_a_writer_lose_tear_and_double_nothing_and_leave_nothing_after_one_cycle(show: Show) -> None:
    no_writer_loses_anything(show, kills=2000)


@pytest.mark.postgres
def test_five_hundred_kills_of_a_writer_lose_nothing_on_postgresql_either(show: Show) -> None:
    no_writer_loses_anything(show, kills=500, CAIRNDESK_DATABASE__NAME=own_database("writers"))


def nothing_is_lost(show: Show, *, workers: int, trees: int, **extra: str) -> None:
    killer, crowd, lived, found = killed(workers, trees, extra)
    show(f"kills {dict(killer.killed)}, {len(crowd.kept)} reports acknowledged; instead of an answer came {dict(crowd.met)}")
    show(f"{lived}\n  answered: {spread(crowd.waits)}")
    assert sum(killer.killed[role] for role in ROLES) == workers
    assert killer.killed["tree"] == trees
    assert set(lived.exits) <= {-signal.SIGKILL}, "nobody died but by our hand"
    assert len(crowd.kept) > (workers + trees) / 4, "the load was too thin to prove anything"
    assert crowd.met, "no kill was noticed by anybody"
    check(found, crowd.kept)


def killed(workers: int, trees: int, extra: Mapping[str, str]) -> tuple[Killer, Crowd, Lives, Mapping[str, Any]]:
    """A desk under load with so many kills: who did it, who suffered it, how the processes came back, and what is in the desk at the end."""
    # A soak starts each process as an operator's desk does, and tells how long that takes.
    with served(prepare=PREPARE, nested=not _SIZE, **extra) as desk:
        killer = Killer(desk, random.Random(SEED))  # noqa: S311 - moments that can be repeated, no secret
        crowd = Crowd(desk.portal, desk.desk, (desk.data / KEY_FILE).read_text())
        crowd.start(reporters=3, platforms=1)
        try:
            killer.all(workers, trees)
        finally:
            crowd.stop()
        wait_until_taken_in(desk, [one.words for one in crowd.kept if one.words])
        desk.stop()
        return killer, crowd, lives(desk.told()), look(desk, [one.words for one in crowd.kept if one.words])


def no_writer_loses_anything(show: Show, *, kills: int, **extra: str) -> None:
    with prepared(prepare=PREPARE, **extra) as desk:
        command = [sys.executable, "-m", "tests.support.forked", str(kills), str(SEED)]
        done = subprocess.run(command, env=desk.environment, capture_output=True, text=True, timeout=3600, check=False)
        assert done.returncode == 0, done.stderr
        told = json.loads(done.stdout)
        acks = told["acks"]
        show(f"{kills} writers killed, {len(acks)} acknowledgements, {told['swept']} orphans swept in one cycle")
        assert len(acks) > kills / 4, "the writers died too early to prove anything"
        assert told["swept"] > kills / 100, "no kill hit a writer in the middle of a file"
        assert told["left"] == 0
        assert broken(look(desk, words_of(acks)), acks) == []


def check(found: Mapping[str, Any], kept: list[Kept]) -> None:
    """Every promise is kept, and there is nothing that nobody told."""
    by_link: dict[str, list[Mapping[str, Any]]] = {}
    for report in found["reports"]:
        by_link.setdefault(" ".join(report["items"]), []).append(report)
    assert {link: len(reports) for link, reports in by_link.items()} == {one.link: 1 for one in kept}, "each once, and none besides"
    way_back = dict(zip([one.link for one in kept if one.words], found["receipts"], strict=True))
    for one in kept:
        report = by_link[one.link][0]
        assert report["answers"] == one.answers
        assert report["state"] == "done"
        assert report["events"].count("cases.case.opened") == 1
        assert way_back.get(one.link, report["case"]) == report["case"]
        assert one.report in {"", report["id"]}
    assert found["log"]["ok"], found["log"]["problem"]
    assert found["log"]["size"] > len(kept)
    assert found["database"] == "ok"
    # Half a file has no name yet: nobody was told that it is kept, and it is swept away after a while.
    assert [name for name in found["spool"] if not name.endswith(".part")] == []
    assert set(found["left over"].values()) == {0}, found["left over"]
