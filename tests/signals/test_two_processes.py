"""A version that one process publishes counts in another at its next question."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection
from tests.signals.conftest import Cast

from cairndesk.signals import queries

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
from uuid import UUID
from cairndesk.accounts.rules import Actor, Proof, Role
organisation = UUID(sys.argv[2])
sam = Actor(id=None, pseudonym="p-sam", organisation=organisation, roles=frozenset({Role.SUPERVISOR}), proof=Proof.PASSKEY, name="Sam")
actions.import_list(organisation=organisation, papers=PAPERS, rows=rows_of(*sys.argv[3:]), by=sam, now=NOW)
"""


def command(program: str, *arguments: str) -> list[str]:
    return [sys.executable, "-c", _START + program, *arguments]


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_running_process_finds_what_another_one_has_just_imported(cast: Cast, tmp_path: Path) -> None:
    name = str(connection.settings_dict["NAME"])
    if connection.vendor == "sqlite":
        name = str(tmp_path / "desk.sqlite3")
        with connection.cursor() as cursor:
            cursor.execute("VACUUM INTO %s", [name])
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "cairndesk.settings", "PYTHONPATH": f"{SOURCE}:{ROOT}"}
    one = str(cast.one.id)
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
