"""A whole desk as an operator runs it: `cairndesk serve` with its three processes, on a folder of its own."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support import migrated

_PREPARE = """
import django; django.setup()
from datetime import UTC, datetime
from cairndesk.demo.seed import seed
seed(now=datetime.now(UTC), reports=0)
"""
_BESIDE = """
import django, sys, uvicorn
django.setup()
from django.conf import settings
from cairndesk.serve.site import application
uvicorn.run(application(settings.CAIRNDESK), host="127.0.0.1", port=int(sys.argv[1]), log_level="error", lifespan="off")
"""
_PATIENCE = 90.0
ROLES = ("portal", "desk", "work")


@dataclass
class Served:
    """A running desk: where its two sites are, and the process that looks after the other three."""

    data: Path
    portal: str
    desk: str
    environment: dict[str, str]
    process: subprocess.Popen[bytes] | None = field(default=None)
    # Whether its processes are forked, see `tests.support.nested`.
    nested: bool = False

    def start(self) -> None:
        """Start `cairndesk serve` and wait until both sites answer."""
        self._run()
        for address in (f"{self.portal}/", f"{self.desk}/sign-in/"):
            wait_for(address)

    def _run(self) -> subprocess.Popen[bytes]:
        command = ["tests.support.nested"] if self.nested else ["cairndesk", "serve"]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen([sys.executable, "-m", *command], env=self.environment, stderr=log)
        return self.process

    @property
    def log(self) -> Path:
        """What the processes say about themselves."""
        return self.data.with_name("serve.log")

    def told(self, event: str = "") -> list[Mapping[str, Any]]:
        """The lines of the log so far, oldest first; only those that name `event`, where one is given."""
        lines = self.log.read_text("utf-8").splitlines()
        return [json.loads(line) for line in lines if event in line and line.startswith("{") and line.endswith("}")]

    def revive(self) -> None:
        """Start it again after it was killed, as a service manager does: until it stays, since its ports may need a moment to be free."""
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline:
            process = self._run()
            while process.poll() is None and time.monotonic() < deadline:
                if len(self.children()) == len(ROLES):
                    return
                time.sleep(0.05)
            time.sleep(0.2)
        raise TimeoutError("serve does not come back")

    def stop(self) -> None:
        """End it as Ctrl-C does."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(30)

    def children(self) -> Mapping[str, int]:
        """The process numbers of portal, desk and work, as far as they live at this moment."""
        assert self.process is not None
        living = list(_living())
        parents = {self.process.pid}
        if self.nested:
            parents = {number for number, parent, _ in living if parent in parents}
        # Between its fork and its first instruction a child still bears the name of its parent.
        named = {name if self.nested else _told(number): number for number, parent, name in living if parent in parents}
        return {role: number for role, number in named.items() if role in ROLES}


def _living() -> Iterator[tuple[int, int, str]]:
    """Number, parent and name of every process that has not ended."""
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            before, _, after = path.read_text().rpartition(")")
            state, parent = after.split()[:2]
            if state != "Z":
                yield int(path.parent.name), int(parent), before.partition("(")[2]


def _told(number: int) -> str:
    """The role that a process was started for, as far as it has one."""
    try:
        return Path(f"/proc/{number}/cmdline").read_bytes().split(b"\0")[3].decode()
    except (OSError, IndexError):
        return ""


@contextmanager
def served(*, prepare: str = "", nested: bool = False, **extra: str) -> Iterator[Served]:
    """A prepared desk, running until the end of the block."""
    with prepared(prepare=prepare, **extra) as desk:
        desk.nested = nested
        try:
            desk.start()
            yield desk
        finally:
            desk.stop()


@contextmanager
def beside(desk: Served) -> Iterator[str]:
    """The address of one more process that answers for `desk`, over the same data."""
    port, _ = _free_ports()
    with subprocess.Popen([sys.executable, "-c", _BESIDE, str(port)], env=desk.environment) as process:
        try:
            wait_for(f"http://localhost:{port}/sign-in/")
            yield f"http://localhost:{port}"
        finally:
            process.terminate()


@contextmanager
def prepared(*, prepare: str = "", **extra: str) -> Iterator[Served]:
    """A desk with the cast and the directory of the demonstration and no report yet, not running; gone after the block."""
    folder = folder_of("cairndesk-desk-")
    try:
        yield _prepared(folder / "data", prepare, extra)
    finally:
        shutil.rmtree(folder)


def folder_of(prefix: str) -> Path:
    """A new folder for a desk; whoever asks for it takes it away."""
    # As root, the three users must be able to come here; a test's own temporary folder keeps everybody out.
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=None if os.geteuid() else "/var/tmp"))
    folder.chmod(0o755)
    return folder


def _prepared(folder: Path, prepare: str, extra: Mapping[str, str]) -> Served:
    ports = _free_ports()
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "cairndesk.settings",
        "CAIRNDESK_MODE": "demo",
        "CAIRNDESK_DATA": str(folder),
        "CAIRNDESK_PORTAL__PORT": str(ports[0]),
        "CAIRNDESK_DESK__PORT": str(ports[1]),
        "CAIRNDESK_PORTAL__PUBLIC_URL": f"http://localhost:{ports[0]}",
        "CAIRNDESK_DESK__PUBLIC_URL": f"http://localhost:{ports[1]}",
        # Nobody waits for half a minute; a journey that takes something back asks for the time it needs.
        "CAIRNDESK_DESK__UNDO_SECONDS": "2",
        "CAIRNDESK_RECEIPTS__MEMORY_KIB": "64",
        "CAIRNDESK_RECEIPTS__PASSES": "1",
        **extra,
    }
    if environment.get("CAIRNDESK_DATABASE__ENGINE") != "postgresql":
        migrated.begin(folder)
    subprocess.run([sys.executable, "-c", _PREPARE + prepare], env=environment, check=True)
    return Served(folder, f"http://localhost:{ports[0]}", f"http://localhost:{ports[1]}", environment)


def wait_for(address: str) -> None:
    """Return when `address` answers with a page."""
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(address, timeout=10):  # noqa: S310 - an address of our own on loopback
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise TimeoutError(address)


def _free_ports() -> tuple[int, int]:
    with socket.socket() as one, socket.socket() as two:
        one.bind(("127.0.0.1", 0))
        two.bind(("127.0.0.1", 0))
        return one.getsockname()[1], two.getsockname()[1]
