"""A version that one process publishes counts in another at its next question."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from tests.signals.conftest import NOW, Cast

from cairndesk.accounts.actions import create_api_key
from cairndesk.accounts.rules import SYSTEM
from cairndesk.signals import door, queries

ROOT = Path(__file__).parents[2]
SOURCE = Path(queries.__file__).parents[2]
A, B = "a" * 32, "b" * 32

_START = """
import sys, django
from django.conf import settings
settings.DATABASES["default"]["NAME"] = sys.argv[1]
django.setup()
from tests.signals.conftest import NOW, PAPERS, rows_of
from cairndesk.signals import actions, queries
from cairndesk.signals.engine.identifiers import recognise
"""
_ASK = """
for line in sys.stdin:
    print(len(queries.find_matches(organisation=sys.argv[2], identifiers=recognise(line), now=NOW)), flush=True)
"""
_IMPORT = """
import dataclasses, datetime
from uuid import UUID
from cairndesk.accounts.rules import Actor, Proof, Role
organisation = UUID(sys.argv[2])
sam = Actor(id=None, pseudonym="p-sam", organisation=organisation, roles=frozenset({Role.SUPERVISOR}), proof=Proof.PASSKEY, name="Sam")
papers = dataclasses.replace(PAPERS, expires_on=datetime.date(2100, 1, 1), seen_by="machines")
actions.import_list(organisation=organisation, papers=papers, rows=rows_of(*sys.argv[3:]), by=sam, now=NOW)
"""
_SERVE = """
import uvicorn
from cairndesk.serve.site import application
uvicorn.run(application(settings.CAIRNDESK), host="127.0.0.1", port=int(sys.argv[2]), log_level="error", lifespan="off")
"""


def command(program: str, *arguments: str) -> list[str]:
    return [sys.executable, "-c", _START + program, *arguments]


def shared(folder: Path) -> str:
    """The name of a database that other processes can open, with all that is in the test's own."""
    if connection.vendor != "sqlite":
        return str(connection.settings_dict["NAME"])
    with connection.cursor() as cursor:
        cursor.execute("VACUUM INTO %s", [str(folder / "desk.sqlite3")])
    return str(folder / "desk.sqlite3")


def surroundings(folder: Path) -> dict[str, str]:
    return {**os.environ, "DJANGO_SETTINGS_MODULE": "cairndesk.settings", "PYTHONPATH": f"{SOURCE}:{ROOT}", "CAIRNDESK_DATA": str(folder)}


@contextmanager
def serving(name: str, environment: dict[str, str]) -> Iterator[str]:
    """The address of a desk that another process serves from the database."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with subprocess.Popen(command(_SERVE, name, str(port)), env=environment) as process:
        try:
            yield f"http://127.0.0.1:{port}{door.CHECK}"
        finally:
            process.terminate()


def verdict(address: str, key: str, value: str) -> str:
    """What the door says of `value`; it is given some time to open."""
    body, headers = json.dumps({"items": [{"value": value}]}).encode(), {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    for _ in range(600):
        try:
            with urllib.request.urlopen(urllib.request.Request(address, body, headers), timeout=10) as answer:  # noqa: S310 - of our own
                told: Any = json.load(answer)
                return str(told["results"][0]["verdict"])
        except urllib.error.URLError:
            time.sleep(0.1)
    raise TimeoutError(address)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_what_one_process_has_put_on_a_list_is_answered_over_http_by_another(cast: Cast, tmp_path: Path) -> None:
    key = create_api_key(organisation=cast.one, sender="Platform", source="platform", may_look_up=True, by=SYSTEM, now=NOW)[1]
    name, environment = shared(tmp_path), surroundings(tmp_path)
    with serving(name, environment) as address:
        for text, other in ((A, B), (B, "c" * 32)):
            assert verdict(address, key, text) == "none"
            subprocess.run(command(_IMPORT, name, str(cast.one.id), text), env=environment, check=True)
            # How long it takes is measured by bench/signals_lookback.py; a busy machine may not fail the test.
            until = time.monotonic() + 60
            while (said := verdict(address, key, text)) == "none" and time.monotonic() < until:
                time.sleep(0.05)
            assert (said, verdict(address, key, other)) == ("known", "none")


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_running_process_finds_what_another_one_has_just_imported(cast: Cast, tmp_path: Path) -> None:
    name, environment, one = shared(tmp_path), surroundings(tmp_path), str(cast.one.id)
    with subprocess.Popen(command(_ASK, name, one), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment) as running:
        assert running.stdin is not None
        assert running.stdout is not None
        for text, expected in ((A, "0"), (B, "0")):
            print(text, file=running.stdin, flush=True)
            assert running.stdout.readline().strip() == expected
        for text in (A, B):
            subprocess.run(command(_IMPORT, name, one, text), env=environment, check=True)
            print(text, file=running.stdin, flush=True)
            assert running.stdout.readline().strip() == "1"
        running.stdin.close()
