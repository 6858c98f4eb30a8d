"""A process that is killed while it writes an index leaves the old one, whole, or the new one, whole."""

import subprocess
import sys
from pathlib import Path

import pytest
from tests.signals import dying

from cairndesk.signals.engine import base
from cairndesk.signals.engine.kinds import Kind


def answering(folder: Path) -> int:
    """Which version answers; every question is answered by it alone."""
    held = base.open_newest(folder)
    (version,) = (one.version for one in held.lists.values())
    for other in (1, 2, 3):
        wanted = [other] if other == version else []
        assert [hit.ref for hit in held.near.near([bytes.fromhex(f"{other}" * 64)])] == wanted
        assert [hit.ref for hit in held.exact.find(Kind.MD5, f"{other}" * 32)] == wanted
        assert {hit.list.provenance for hit in held.exact.find(Kind.MD5, f"{version}" * 32)} == {f"version {version}"}
    return version


@pytest.mark.slow
def test_whenever_a_writer_is_killed_an_index_answers_whole(tmp_path: Path) -> None:
    """SIGKILL before each opening, syncing, renaming and removing of a file, and in the middle of its bytes."""
    subprocess.run([sys.executable, "-m", "tests.signals.dying", tmp_path], env={"PYTHONPATH": "src:."}, check=True)
    folders = sorted(tmp_path.iterdir())
    versions = [answering(folder) for folder in folders]
    # Until `current` is renamed the old one counts, afterwards the new one.
    assert versions == sorted(versions)
    assert versions.count(1) >= 20
    assert versions.count(2) >= 2
    assert any(list(folder.glob(".*.part")) for folder in folders), "none was killed amid a file"
    for folder in folders:
        base.check(folder)
        # The lock died with the writer, and the next one clears away what it left.
        dying.put(folder, 3)
        assert answering(folder) == 3
        number = base.generations.said(folder)[0]
        assert sorted(one.name for one in folder.iterdir()) == [f"{number}.exact", f"{number}.near", "current", "making"]
