"""Every process is killed at random moments while people report; what they were promised must be there afterwards, once and whole."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.support import inspect_desk
from tests.support.killer import Killer, Lives, lives, spread
from tests.support.load import Crowd, Kept, comes_back
from tests.support.served import ROLES, Served, served

# The same moments in every run; a soak asks for more kills, in rounds that each have moments of their own.
SEED = 20261123 + int(os.environ.get("SOAK_ROUND", "0"))
_KILLS = int(os.environ.get("SOAK_KILLS", "0"))
_KEY_FILE = "platform.key"
_PREPARE = f"""
from pathlib import Path
from django.conf import settings
from cairndesk.accounts.actions import create_api_key
from cairndesk.accounts.models import Organisation
from cairndesk.accounts.rules import SYSTEM
first = Organisation.objects.get(is_first=True)
_, key = create_api_key(organisation=first, sender="Example Platform", source="platform", by=SYSTEM, now=datetime.now(UTC))
(Path(settings.DATA) / "{_KEY_FILE}").write_text(key)
"""
# Seconds until everything that was filed is taken in and laid out, once nobody kills any more.
_DRAINED = 1200.0

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
def test_a_hundred_kills_lose_tear_and_double_no_report(show: Show) -> None:
    nothing_is_lost(show, kills=_KILLS or 100)


@pytest.mark.postgres
def test_twenty_kills_lose_nothing_on_postgresql_either(show: Show) -> None:
    database = f"kills_{os.getpid()}"
    make = [sys.executable, "-c", _MAKE_DATABASE, database]
    subprocess.run(make, check=True)
    nothing_is_lost(show, kills=_KILLS or 20, CAIRNDESK_DATABASE__NAME=database)


_MAKE_DATABASE = """
import os, sys, psycopg
held = {"host": os.environ["CAIRNDESK_DATABASE__HOST"], "dbname": "postgres", "user": os.environ["CAIRNDESK_DATABASE__USER"]}
with psycopg.connect(**held, autocommit=True) as line:
    line.execute(f"CREATE DATABASE {sys.argv[1]}")
"""


def nothing_is_lost(show: Show, *, kills: int, **extra: str) -> None:
    killer, crowd, lived, found = killed(kills, extra)
    show(f"{kills} kills {dict(killer.killed)}, {len(crowd.kept)} reports acknowledged; instead of an answer came {dict(crowd.met)}")
    show(f"{lived}\n  answered: {spread(crowd.waits)}")
    assert killer.killed.total() == kills
    assert killer.killed["tree"] >= kills // 20
    assert set(lived.exits) == {-signal.SIGKILL}, "nobody died but by our hand"
    assert len(crowd.kept) > kills / 4, "the load was too thin to prove anything"
    assert crowd.met, "no kill was noticed by anybody"
    check(found, crowd.kept)


def killed(kills: int, extra: Mapping[str, str]) -> tuple[Killer, Crowd, Lives, Mapping[str, Any]]:
    """A desk under load with `kills` kills: who did it, who suffered it, how the processes came back, and what is in the desk at the end."""
    with served(prepare=_PREPARE, **extra) as desk:
        killer = Killer(desk, random.Random(SEED))  # noqa: S311 - moments that can be repeated, no secret
        crowd = Crowd(desk.portal, desk.desk, (desk.data / _KEY_FILE).read_text())
        crowd.start(reporters=3, platforms=1)
        try:
            for _ in range(kills):
                killer.strike()
            killer.wait_until_ready(*ROLES)
        finally:
            crowd.stop()
        wait_until_taken_in(desk, crowd.kept)
        desk.stop()
        return killer, crowd, lives(desk.told()), look(desk, crowd.kept)


def wait_until_taken_in(desk: Served, kept: list[Kept]) -> None:
    """Return when the spool is empty and every six words of `kept` open something; raises TimeoutError."""
    deadline = time.monotonic() + _DRAINED
    waiting = [one.words for one in kept if one.words]
    while time.monotonic() < deadline:
        if not list((desk.data / "spool").glob("*.frag")):
            waiting = [words for words in waiting if comes_back(desk.portal, words) != "It is good that you are back"]
            if not waiting:
                return
        time.sleep(0.5)
    raise TimeoutError(f"{len(waiting)} receipts open nothing, {len(list((desk.data / 'spool').iterdir()))} files wait")


def look(desk: Served, kept: list[Kept]) -> Mapping[str, Any]:
    words = json.dumps([one.words for one in kept if one.words])
    command = [sys.executable, str(Path(inspect_desk.__file__))]
    done = subprocess.run(command, input=words, env=desk.environment, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    found: Mapping[str, Any] = json.loads(done.stdout)
    return found


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
