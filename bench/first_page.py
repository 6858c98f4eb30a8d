"""How long a newcomer waits: from `cairndesk demo` in an empty folder to the first page of the portal."""

import os
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from http import HTTPStatus
from pathlib import Path

from bench.report import Row, Scale, less_is_better

_GOAL, _PATIENCE = 60.0, 300.0
_DEMO = (sys.executable, "-m", "cairndesk", "demo", "--data")


def rows(*, scale: Scale) -> list[Row]:
    """The seconds until the first answer, beside their goal, since no peer seeds a desk.

    `quick` has none: a whole desk is seeded for them, which is no smaller on any list.
    """
    if scale in {Scale.TINY, Scale.QUICK}:
        return []
    with tempfile.TemporaryDirectory(prefix="cairndesk-first-", dir="/var/tmp") as folder:
        # As root, the unprivileged users of the three processes must be able to pass here.
        Path(folder).chmod(0o755)
        seconds = _seconds_until_shown(Path(folder) / "demo")
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    note = f"from `cairndesk demo` in an empty folder, installed ({used.ru_utime + used.ru_stime:.0f} s of processor in all); the peer is the goal"
    return [less_is_better("first-page", seconds, _GOAL, unit="s", note=note)]


def _seconds_until_shown(data: Path) -> float:
    """From nothing to a seeded desk whose portal answers; it is ended then."""
    portal, desk = _free_ports()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CAIRNDESK_")} | {
        "PYTHONPATH": os.pathsep.join(sys.path),
        "CAIRNDESK_PORTAL__PORT": str(portal),
        "CAIRNDESK_DESK__PORT": str(desk),
        "CAIRNDESK_PORTAL__PUBLIC_URL": f"http://localhost:{portal}",
        "CAIRNDESK_DESK__PUBLIC_URL": f"http://localhost:{desk}",
    }
    start = time.perf_counter()
    with subprocess.Popen([*_DEMO, str(data)], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:  # noqa: S603 - our own
        try:
            _wait_for(f"http://localhost:{portal}/", process, start + _PATIENCE)
            return time.perf_counter() - start
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(60)
            finally:
                process.kill()


def _wait_for(address: str, process: subprocess.Popen[bytes], until: float) -> None:
    while time.perf_counter() < until:
        assert process.poll() is None, "the demo ended before its first page"
        try:
            with urllib.request.urlopen(address, timeout=10) as answer:  # noqa: S310 - an address of our own on loopback
                assert answer.status == HTTPStatus.OK
                return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError(address)


def _free_ports() -> tuple[int, int]:
    with socket.socket() as one, socket.socket() as two:
        one.bind(("127.0.0.1", 0))
        two.bind(("127.0.0.1", 0))
        return one.getsockname()[1], two.getsockname()[1]
