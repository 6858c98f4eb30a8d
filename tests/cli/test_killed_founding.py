"""A founding that is killed at any step can be begun again."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests.house.tree import ROOT
from tests.serve.conftest import Installation, free_port

_INIT = ("init", "--organisation", "Our Desk", "--country", "XX", "--person", "Ada Example", "--data", "data")
# Ends with SIGKILL at the given call or return of a function.
_KILLED = """
import os, signal, sys
event, name, file, left = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
def at(frame, happens, _):
    global left
    if happens == event and frame.f_code.co_name == name and frame.f_code.co_filename.endswith(file):
        left -= 1
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)
sys.setprofile(at)
from cairndesk.cli import main
sys.exit(main(sys.argv[5:]))
"""
STEPS = (
    ("return", "_write_secret", "founding.py", "1"),
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


@pytest.mark.slow
def test_a_founding_that_was_killed_at_one_step_after_the_other_is_begun_again_and_whole(tmp_path: Path) -> None:
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
    desk = Installation(tmp_path, environment, free_port(), free_port())
    for step in STEPS:
        command = [sys.executable, "-c", _KILLED, *step, *_INIT]
        done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == -signal.SIGKILL, (step, done.stdout, done.stderr)
        assert not (tmp_path / "cairndesk.toml").exists()
    done = desk.run(*_INIT)
    assert done.returncode == 0, done.stderr
    assert "/enrol/?link=" in done.stdout
    assert desk.run("verify").returncode == 0
    assert desk.run(*_INIT, "--config", "other.toml").returncode == 5
