"""The power goes: whatever of the unsynced writes is lost, torn or there in another order, each acknowledged report is there, whole, once."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.disk.states import numbers_in
from tests.disk.watching import Op, Watched, read
from tests.support.acknowledged import KEY_FILE, PREPARE, wait_until_taken_in
from tests.support.load import Crowd, Kept
from tests.support.served import Served, prepared

pytestmark = pytest.mark.slow
_STATES = int(os.environ.get("SOAK_SIZE", "50"))
_SEED = 20261126 + int(os.environ.get("SOAK_ROUND", "0"))
# Reports until the recording ends; what came after the first few is more of the same.
_REPORTS = 12
_SEALED = """
Organisation.objects.filter(is_first=True).update(media_mode="sealed", media_basis="made up for tests")
"""


class Promises(list[Kept]):
    """What a crowd was promised, written between the changes of the disk in the moment of the promise."""

    def __init__(self, watched: Watched, keep_original: Callable[[str], None]) -> None:
        super().__init__()
        self._watched, self._keep_original = watched, keep_original

    def append(self, kept: Kept) -> None:
        said: dict[str, Any] = {"link": kept.link, "answers": kept.answers, "words": kept.words}
        self._watched.note(said)
        if kept.report:
            self._keep_original(kept.report)
            self._watched.note(said | {"original": True})
        super().append(kept)


@pytest.fixture
def place() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="cairndesk-power-", dir="/var/tmp"))
    yield folder
    shutil.rmtree(folder)


def test_no_power_cut_costs_an_acknowledged_report(place: Path) -> None:
    with prepared(prepare=PREPARE + _SEALED) as desk:
        before, watched = place / "before", Watched.begin(desk.data, place)
        shutil.copytree(desk.data, before)
        numbers = numbers_in(desk.data)
        environment = dict(desk.environment)
        desk.environment |= watched.environment
        reported(desk, watched)
        seen = {record.path.partition("/")[0] for record in read(watched.trace) if record.op is Op.SYNC}
        assert {"db", "spool", "published", "vault"} <= seen, "a part of the desk was not watched, or is never synced"
        command = [sys.executable, "-m", "tests.disk.recovering", before, json.dumps(numbers), watched.trace, str(_STATES), str(_SEED)]
        done = subprocess.run(
            command, env=environment | {"CAIRNDESK_DATA": str(place / "state")}, capture_output=True, text=True, timeout=3600, check=False
        )
        assert done.returncode == 0, done.stderr
        told = json.loads(done.stdout)
        assert told["wrong"] == []
        assert told["cuts"] == _STATES
        assert told["promised"] >= _REPORTS


def reported(desk: Served, watched: Watched) -> None:
    """Afterwards reporters and a platform have told, and `work` has taken in and laid out what they told."""
    key = (desk.data / KEY_FILE).read_text()
    try:
        desk.start()
        crowd = Crowd(desk.portal, desk.desk, key, kept=Promises(watched, lambda report: keep_original(desk, key, report)))
        crowd.start(reporters=2, platforms=1)
        deadline = time.monotonic() + 60
        while len(crowd.kept) < _REPORTS and not crowd.failures and time.monotonic() < deadline:
            time.sleep(0.05)
        crowd.stop()
        wait_until_taken_in(desk, [one.words for one in crowd.kept if one.words])
    finally:
        desk.stop()


def keep_original(desk: Served, key: str, report: str) -> None:
    """Hand over a file, which the desk says it keeps."""
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/octet-stream"}
    request = urllib.request.Request(f"{desk.desk}/api/v1/reports/{report}/media", os.urandom(3000), headers)  # noqa: S310 - our own address
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 - the same
        assert json.load(answer)["kept"] is True
