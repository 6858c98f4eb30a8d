"""Look-ups over HTTP: one worker with a list of a million hashes of pictures (quick: 200,000), asked by 32 connections at once.

The peer is HMA 1.1.7 with one worker and a million hashes: 288 look-ups a second, measured beside Cairndesk in November 2026 on two cores.
It needs PostgreSQL and a container, and cannot be run here; the figure is taken as it stands, also for the smaller list.
"""

import json
import os
import selectors
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import numpy as np
from bench.desk import a_desk
from bench.report import Row, Scale, less_is_better, more_is_better
from django.conf import settings
from django.db import connections
from numpy.typing import NDArray

from cairndesk.accounts.actions import create_api_key
from cairndesk.accounts.rules import SYSTEM
from cairndesk.lib import clock
from cairndesk.signals import shelf
from cairndesk.signals.engine import base
from cairndesk.signals.engine.identifiers import Kind
from cairndesk.signals.models import HashList, ListVersion
from cairndesk.signals.rules import MayLeadTo, SeenBy

HMA_A_SECOND = 288
CONNECTIONS, IN_ONE_REQUEST = 32, 1000
SECONDS, PLANTED = 4.0, 0.05
_SERVER = "import django; django.setup(); from bench.signals_http import serve; serve()"


def rows(*, scale: Scale) -> list[Row]:
    """`http-lookup`: one hash a request, and how long the slowest took. `http-bulk`: a thousand hashes a request, on few connections."""
    size, lasting = scale.of(tiny=(2_000, 0.2), quick=(200_000, SECONDS), usual=(1_000_000, SECONDS))
    key, hashes = _listed(size)
    with _running() as port:
        single = Asking(port, [_lookup(key, one) for one in _questions(hashes, 4000)], CONNECTIONS)
        bulk = Asking(port, [_check(key, many) for many in np.split(_questions(hashes, 20 * IN_ONE_REQUEST), 20)], 2)
        single.run(lasting / 8)
        one, many = single.run(lasting), bulk.run(lasting)
    slow = f"p50 {one.percentile(50):.2f} ms, p99 {one.percentile(99):.2f} ms at {CONNECTIONS} connections"
    return [
        _row("http-lookup", one.a_second, f"one of {size:,} hashes, GET /m/lookup, one worker; {slow}"),
        less_is_better("http-lookup-p99", one.percentile(99), 5, unit="ms", note="the slowest of a hundred of these; peer: the goal"),
        _row("http-bulk", many.a_second * IN_ONE_REQUEST, f"{IN_ONE_REQUEST:,} hashes a request among {size:,}, POST /api/v1/check"),
    ]


def _row(name: str, ours: float, note: str) -> Row:
    return more_is_better(name, ours, HMA_A_SECOND, unit="a second", note=f"{note}; peer: HMA, as measured before with a million")


class Told:
    """What a run came to: answers a second, and how long each took."""

    def __init__(self, seconds: float, times: Sequence[float]) -> None:
        self.a_second, self._times = len(times) / seconds, np.array(times)

    def percentile(self, part: float) -> float:
        """Milliseconds that `part` percent of the answers did not take longer than."""
        return float(np.percentile(self._times, part)) * 1000


class Asking:
    """A client that costs little: plain sockets, each with one request under way, all of them watched by one loop."""

    def __init__(self, port: int, requests: Sequence[bytes], connections: int) -> None:
        self._requests, self._next = requests, 0
        self._sockets = [socket.create_connection(("127.0.0.1", port)) for _ in range(connections)]

    def run(self, seconds: float) -> Told:
        """Ask for that long; every answer must be a 200."""
        watch, times = selectors.DefaultSelector(), []
        sent = {one: self._send(one) for one in self._sockets}
        for one in self._sockets:
            watch.register(one, selectors.EVENT_READ)
        begun = time.perf_counter()
        while sent:
            for event, _ in watch.select():
                one = event.fileobj
                self._receive(one)
                now = time.perf_counter()
                times.append(now - sent.pop(one))
                if now - begun < seconds:
                    sent[one] = self._send(one)
        return Told(time.perf_counter() - begun, times)

    def _send(self, one: socket.socket) -> float:
        self._next = (self._next + 1) % len(self._requests)
        begun = time.perf_counter()
        one.sendall(self._requests[self._next])
        return begun

    def _receive(self, one: socket.socket) -> None:
        got = one.recv(1 << 20)
        assert got.startswith(b"HTTP/1.1 200"), got[:300]
        head, _, body = got.partition(b"\r\n\r\n")
        missing = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0]) - len(body)
        while missing:
            missing -= len(one.recv(min(1 << 20, missing)))


def _lookup(key: str, one: NDArray[np.uint8]) -> bytes:
    head = f"GET /m/lookup?signal_type=pdq&signal={one.tobytes().hex()} HTTP/1.1\r\nHost: desk.example\r\nAuthorization: Bearer {key}\r\n\r\n"
    return head.encode()


def _check(key: str, many: NDArray[np.uint8]) -> bytes:
    body = json.dumps({"items": [{"kind": "pdq", "value": one.tobytes().hex()} for one in many]}).encode()
    head = f"POST /api/v1/check HTTP/1.1\r\nHost: desk.example\r\nAuthorization: Bearer {key}\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


def _questions(hashes: NDArray[np.uint8], many: int) -> NDArray[np.uint8]:
    """Hashes of which few are listed, those 20 bits away: most of what a platform sees is on no list."""
    dice = np.random.default_rng(5)
    asked = dice.integers(0, 256, (many, 32), dtype=np.uint8)
    planted = dice.choice(many, int(many * PLANTED), replace=False)
    asked[planted] = hashes[dice.integers(0, len(hashes), len(planted))] ^ np.packbits(np.arange(256) < 20)
    return asked


def _listed(size: int) -> tuple[str, NDArray[np.uint8]]:
    """A key and the hashes of its list, which stand in the index only: no look-up reads an entry from the database."""
    desk, now = a_desk(), clock.now()
    hashes = np.random.default_rng(4).integers(0, 256, (size, 32), dtype=np.uint8)
    listed = HashList.objects.create(
        organisation=desk, name="Bench", owner="Bench", agreement="-", terms="For matching only.", provenance="-", received_on=now.date(),
        expires_on=now.date() + timedelta(days=9), distance=31, may_lead_to=MayLeadTo.LEAD, seen_by=SeenBy.MACHINES, version=1,
    )  # fmt: skip
    ListVersion.objects.create(list=listed, number=1, made_at=now, made_by="-", added=size, removed=0, refused=0)
    entries = (base.Row(ref, Kind.PDQ, one.tobytes().hex(), str(listed.pk)) for ref, one in enumerate(hashes, 1))
    base.put(shelf.folder_of(desk.id), entries, {str(listed.pk): 1})
    key = create_api_key(organisation=desk, sender="Bench", source="platform", may_look_up=True, by=SYSTEM, now=now)[1]
    connections.close_all()
    return key, hashes


@contextmanager
def _running() -> Iterator[int]:
    """The port of a desk with one worker, in a process of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    root = Path(__file__).parent.parent
    where = {"PYTHONPATH": f"{root}:{root / 'src'}", "CAIRNDESK_DESK__CHECKS_A_SECOND": "1000000000", "BENCH_PORT": str(port)}
    server = subprocess.Popen([sys.executable, "-c", _SERVER], env={**os.environ, **where})  # noqa: S603 - our own text
    try:
        while server.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except OSError:
                time.sleep(0.05)
        yield port
    finally:
        server.terminate()
        server.wait()


def serve() -> None:
    """The desk as `cairndesk serve` runs it, until it is told to stop."""
    from cairndesk.serve import child, site  # noqa: PLC0415 - needs Django's settings

    listener = socket.create_server(("127.0.0.1", int(os.environ["BENCH_PORT"])))
    child.listen(child.Role.DESK, site.application(settings.CAIRNDESK), listener, settings.CAIRNDESK, child.settle)
