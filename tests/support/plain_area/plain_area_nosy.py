"""One that wants more than to look: it says how much of what is forbidden it could do."""

import os
import socket
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path


def load() -> None:
    """It needs nothing."""


def look(_: bytes) -> float:
    tries: list[Callable[[], object]] = [
        lambda: Path("/etc/hostname").read_bytes(),
        lambda: Path("/tmp/left-behind").write_bytes(b""),
        lambda: list(Path("/").iterdir()),
        lambda: socket.create_connection(("127.0.0.1", 9), timeout=1),
        socket.socket,
        lambda: subprocess.run(["/bin/true"], check=False),
        lambda: threading.Thread(target=str).start(),
        os.fork,
        lambda: os.kill(os.getppid(), 0),
    ]
    return sum(map(_could, tries)) / len(tries)


def _could(act: Callable[[], object]) -> bool:
    try:
        act()
    except Exception:  # noqa: BLE001 - whatever stops it stops it
        return False
    return True
