"""A real desk on disk, founded by the command itself, once for all tests of this folder."""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.house.tree import ROOT
from tests.support import migrated
from tests.support.served import folder_of


@dataclass(frozen=True)
class Installation:
    """Where a desk lies and under which environment its commands run."""

    folder: Path
    environment: dict[str, str]
    portal: int
    desk: int

    def run(self, *arguments: str, stderr: int = subprocess.PIPE, **changed: str) -> subprocess.CompletedProcess[str]:
        """`cairndesk …` until it ends."""
        command = [sys.executable, "-m", "cairndesk", *arguments]
        return subprocess.run(
            command, env=self.environment | changed, cwd=self.folder, stdout=subprocess.PIPE, stderr=stderr, text=True, timeout=600, check=False
        )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def found(folder: Path, stderr: int = subprocess.PIPE) -> Installation:
    """A desk in `folder`, made by `cairndesk init`; the tables it makes were made once before, for all such desks."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CAIRNDESK_", "PYTEST_"))}
    made = Installation(folder, kept | {"PYTHONPATH": str(ROOT / "src"), "PYTHONDONTWRITEBYTECODE": "1"}, free_port(), free_port())
    migrated.begin(folder / "data")
    done = made.run(
        *("init", "--organisation", "Our Desk", "--country", "XX", "--person", "Ada Example", "--data", str(folder / "data")),
        *("--portal-url", f"http://localhost:{made.portal}", "--desk-url", f"http://localhost:{made.desk}"),
        stderr=stderr,
        TERM="xterm",
    )
    assert done.returncode == 0, done.stderr
    assert f"http://localhost:{made.desk}/enrol/?link=" in done.stdout
    return made


@pytest.fixture(scope="session")
def installation() -> Iterator[Installation]:
    folder = folder_of("cairndesk-test-")
    try:
        yield found(folder)
    finally:
        shutil.rmtree(folder)
