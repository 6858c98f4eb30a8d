"""A founding or an upgrade that is killed at any step can be begun again, on either database."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests.house.tree import ROOT
from tests.serve.conftest import Installation, free_port
from tests.support import migrated

_INIT = ("init", "--organisation", "Our Desk", "--country", "XX", "--person", "Ada Example", "--data", "data")
# Ends with SIGKILL at the given call or return of a function, which is watched from the moment when its file was read.
_KILLED = """
import functools, os, signal, sys
from importlib.machinery import SourceFileLoader
event, name, file, left = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
read = SourceFileLoader.exec_module
def reached(happens):
    global left
    left -= happens == event
    if not left:
        os.kill(os.getpid(), signal.SIGKILL)
def watched(act):
    @functools.wraps(act)
    def acting(*args, **named):
        reached("call")
        try:
            return act(*args, **named)
        finally:
            reached("return")
    return acting
def exec_module(self, module):
    read(self, module)
    if self.path.endswith(file):
        for holder in (module, *(one for one in vars(module).values() if isinstance(one, type) and one.__module__ == module.__name__)):
            if act := vars(holder).get(name):
                setattr(holder, name, classmethod(watched(act.__func__)) if isinstance(act, classmethod) else watched(act))
SourceFileLoader.exec_module = exec_module
from cairndesk.cli import main
sys.exit(main(sys.argv[5:]))
"""
STEPS = (
    ("return", "write_secret", "founding.py", "1"),
    # Django is past the transaction of this step and has not noted it as done.
    ("call", "record_applied", "recorder.py", "1"),
    ("call", "record_applied", "recorder.py", "9"),
    ("return", "record_applied", "recorder.py", "5"),
    ("return", "make_tables", "founding.py", "1"),
    ("return", "new_key_file", "keystore.py", "1"),
    ("return", "create", "access.py", "1"),
    ("return", "add_desk", "founding.py", "1"),
    ("call", "make_link", "links.py", "1"),
)


# The steps after these make keys or indexes at their end, where Django notes a step only after its transaction; nothing else stands on them.
_OLDER = (("retention", "0001"), ("signals", "0019"))
# Django has the tables of this step and has not noted it; the last step of all is noted and nothing is settled.
_UPGRADE_STEPS = (("call", "record_applied", "recorder.py", "1"), ("return", "record_applied", "recorder.py", "2"))
pytestmark = [pytest.mark.slow, pytest.mark.database]


def place(folder: Path, *, empty: bool) -> Installation:
    """Where a desk may be founded, on the database that this pass is about: `empty`, or with the tables made."""
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
    environment |= {name: value for name, value in os.environ.items() if name.startswith("CAIRNDESK_DATABASE__")}
    if environment.get("CAIRNDESK_DATABASE__ENGINE") == "postgresql":
        environment["CAIRNDESK_DATABASE__NAME"] = migrated.own_database("killed", empty=empty)
    elif not empty:
        migrated.begin(folder / "data")
    return Installation(folder, environment, free_port(), free_port())


def kill(desk: Installation, step: tuple[str, ...], *command: str) -> None:
    whole = [sys.executable, "-c", _KILLED, *step, *command]
    done = subprocess.run(whole, env=desk.environment, cwd=desk.folder, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == -signal.SIGKILL, (step, done.stdout, done.stderr)


def tables(desk: Installation) -> str:
    """What the doctor says of the tables."""
    return next(line for line in desk.run("doctor").stdout.splitlines() if " tables " in line)


def test_a_founding_that_was_killed_at_one_step_after_the_other_is_begun_again_and_whole(tmp_path: Path) -> None:
    desk = place(tmp_path, empty=True)
    for step in STEPS:
        kill(desk, step, *_INIT)
        assert not (desk.folder / "cairndesk.toml").exists()
    done = desk.run(*_INIT)
    assert done.returncode == 0, done.stderr
    assert "/enrol/?link=" in done.stdout
    assert desk.run("verify").returncode == 0
    assert desk.run(*_INIT, "--config", "other.toml").returncode == 5


def test_an_upgrade_that_was_killed_leaves_the_tables_as_they_were_and_is_begun_again(tmp_path: Path) -> None:
    desk = place(tmp_path, empty=False)
    assert desk.run(*_INIT).returncode == 0
    back = [sys.executable, str(ROOT / "manage.py"), "migrate", "--verbosity=0"]
    for room, step in _OLDER:
        subprocess.run([*back, room, step], env=desk.environment, cwd=desk.folder, check=True, timeout=600)
    behind = tables(desk)
    assert behind.startswith("PROBLEM"), behind
    for step in _UPGRADE_STEPS:
        kill(desk, step, "upgrade")
        assert tables(desk) == behind
    done = desk.run("upgrade", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["steps"] >= len(_OLDER)
    assert tables(desk).startswith("OK")
    assert json.loads(desk.run("upgrade", "--json").stdout)["steps"] == 0
    assert desk.run("verify").returncode == 0
