"""Two hundred uploads that never end, and a hundred look-ups at once: whoever comes to the first page is answered, and a report gets through."""

import contextlib
import os
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest
from tests.support.served import Served, served

from cairndesk.intake import receipt

pytestmark = pytest.mark.slow
_MEASURED = "SOAK_SIZE" in os.environ
STALLED, LOOK_UPS = 200, 100
# The limits of a release; a test run only says what it saw.
_MILLISECONDS, _MEBIBYTES = 200, 512
_FULL_COST = {"CAIRNDESK_RECEIPTS__MEMORY_KIB": str(64 * 1024), "CAIRNDESK_RECEIPTS__PASSES": "3"}


def test_two_hundred_stalled_uploads_and_a_hundred_look_ups_keep_nobody_from_the_first_page(capsys: pytest.CaptureFixture[str]) -> None:
    with served(**(_FULL_COST if _MEASURED else {})) as desk, contextlib.ExitStack() as open_lines:
        # Half of a report, then not one byte more.
        for _ in range(STALLED):
            open_lines.enter_context(dialled(desk)).sendall(request(desk, "/next", "path=child&more=" + "x" * 4000)[:-2000])
        guesses = [urlencode({"words": " ".join(receipt.draw())}) for _ in range(LOOK_UPS)]
        looking = [open_lines.enter_context(dialled(desk)) for _ in guesses]
        for line, guess in zip(looking, guesses, strict=True):
            line.sendall(request(desk, "/back", guess))
        waits = [landing(desk) for _ in range(5)]
        told = answer(open_lines.enter_context(dialled(desk)), request(desk, "/next", "path=child"))
        answers = [answer(line) for line in looking]
        held = memory(desk)
    with capsys.disabled():
        sys.stdout.write(f"\nfirst page after {max(waits) * 1000:.0f} ms at most, the portal holds {held} MiB\n")
    assert status(told) == 200
    # Each is answered: there is no such receipt, or too many are looking at this moment. Nobody's line is cut.
    assert {status(one) for one in answers} <= {200, 503}
    found = {len(one.partition(b"\r\n\r\n")[2]) for one in answers if status(one) == 200}
    assert len(found) == 1, "there was no look-up, or one told more than another"
    if _MEASURED:
        assert max(waits) * 1000 <= _MILLISECONDS
        assert held <= _MEBIBYTES


@contextlib.contextmanager
def dialled(desk: Served) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", urlsplit(desk.portal).port or 80), timeout=60) as line:
        yield line


def request(desk: Served, path: str, body: str = "") -> bytes:
    head = [f"{'POST' if body else 'GET'} {path} HTTP/1.1", f"Host: {urlsplit(desk.portal).netloc}", "Connection: close"]
    head += [f"Content-Length: {len(body)}", "Content-Type: application/x-www-form-urlencoded"] if body else []
    return ("\r\n".join([*head, "", ""]) + body).encode()


def answer(line: socket.socket, sent: bytes = b"") -> bytes:
    """Everything that comes back."""
    line.sendall(sent)
    return b"".join(iter(lambda: line.recv(65536), b""))


def landing(desk: Served) -> float:
    """Seconds until the first page was there, whole."""
    begun = time.monotonic()
    with dialled(desk) as line:
        page = answer(line, request(desk, "/"))
    assert status(page) == 200
    assert b"</html>" in page
    return time.monotonic() - begun


def status(told: bytes) -> int:
    return int(told.split(b" ", 2)[1])


def memory(desk: Served) -> int:
    """How much the portal holds at this moment, in MiB."""
    lines = Path(f"/proc/{desk.children()['portal']}/status").read_text().splitlines()
    return next(int(line.split()[1]) // 1024 for line in lines if line.startswith("VmRSS:"))
