"""Each write fails once, by a full disk, a full quota or a broken one: no receipt, no half state, and no restart is needed afterwards."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.disk.watching import Watched
from tests.support.acknowledged import PREPARE
from tests.support.served import prepared

pytestmark = pytest.mark.slow
_EVERY = os.environ.get("SOAK_SIZE", "0")
_LAID_OUT = """
from cairndesk.intake.jobs import publish_changes
publish_changes()
"""


@pytest.fixture
def place() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="cairndesk-faults-", dir="/var/tmp"))
    yield folder
    shutil.rmtree(folder)


def test_no_write_that_fails_leaves_a_promise_or_half_a_state(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with prepared(prepare=PREPARE + _LAID_OUT) as desk:
        watched = Watched.begin(desk.data, place, stacks=True)
        command = [sys.executable, "-m", "tests.disk.failing", _EVERY]
        done = subprocess.run(command, env=desk.environment | watched.environment, capture_output=True, text=True, timeout=3600, check=False)
        assert done.returncode == 0, done.stderr
        told = json.loads(done.stdout)
        with capsys.disabled():
            sys.stdout.write(f"\n{told['sites']} writes in a report's life, {told['chosen']} chosen, {told['tried']} failed\n")
        assert told["wrong"] == []
        assert told["chosen"] > 50
