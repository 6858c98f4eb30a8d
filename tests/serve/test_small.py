"""A desk is one folder and one command, and small: an old machine carries it, and nothing else has to be set up or looked after.

Of TRG-29 this is the low needs, `tests/response/test_small_team.py` the rest; of CAP-06 all but the manual: `tests/house/test_offline.py`.
"""

import re
import time
from pathlib import Path

import pytest
from tests.serve.conftest import Installation
from tests.serve.test_serve import answer, children, serving

pytestmark = pytest.mark.slow
_MIB = 1024**2
# What the three processes may hold together, and what a fresh desk may take on the disk.
MEMORY, DISK = 512 * _MIB, 24 * _MIB


def resident(process: int) -> int:
    """Bytes of memory that a process holds at this moment, shared ones too; other processes may read no more of it."""
    found = re.search(r"^VmRSS:\s+(\d+) kB$", Path(f"/proc/{process}/status").read_text(), re.MULTILINE)
    assert found
    return int(found[1]) * 1024


@pytest.mark.req("CAP-06", "TRG-29")
def test_it_is_founded_and_served_by_two_commands_in_little_memory_without_another_server(installation: Installation) -> None:
    with serving(installation) as process:
        assert answer(installation.desk, "/sign-in/") == 200
        assert answer(installation.portal) == 503
        deadline = time.monotonic() + 40
        while set(running := children(process.pid)) != {"portal", "desk", "work"}:
            assert time.monotonic() < deadline, running
            time.sleep(0.1)
        held = {name: resident(number) for name, number in running.items()} | {"supervisor": resident(process.pid)}
        process.terminate()
    assert sum(held.values()) < MEMORY, {name: size // _MIB for name, size in held.items()}
    files = [path for path in (installation.folder / "data").rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < DISK
    assert [path.name for path in files if path.suffix == ".sqlite3"], "the database is a file in the folder"
