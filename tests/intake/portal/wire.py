"""The line between a phone and the portal: a real server in a thread, asked over a socket, and what each answer weighs there."""

import asyncio
import gzip
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from django.http import HttpResponse

STEP, PAGE = 14 * 1024, 30 * 1024
"""The most bytes, with the headers, that a page of telling and any page may take over the wire."""


@contextmanager
def serving(app: Any) -> Iterator[int]:
    """The port of a server that runs `app` as `serve` does: it names neither itself nor the time."""
    settings = uvicorn.Config(
        app, port=0, http="h11", ws="none", lifespan="off", log_config=None, access_log=False, server_header=False, date_header=False
    )
    server = uvicorn.Server(settings)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()), daemon=True)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive(), "the server did not start"
            time.sleep(0.005)
        port: int = server.servers[0].sockets[0].getsockname()[1]
        yield port
    finally:
        server.should_exit = server.force_exit = True
        thread.join(10)


class Wire:
    """Asks as a browser does that takes pages small, in place of Django's client; `weights` are the bytes of each answer, by its text."""

    raise_request_exception = False

    def __init__(self, port: int) -> None:
        self.port = port
        self.weights: dict[str, int] = {}

    def get(self, address: str) -> HttpResponse:
        return self._ask(f"GET {address}", "")

    def post(self, address: str, body: str, content_type: str) -> HttpResponse:
        return self._ask(f"POST {address}", body, f"Content-Type: {content_type}", f"Content-Length: {len(body.encode())}")

    def _ask(self, what: str, body: str, *more: str) -> HttpResponse:
        lines = (f"{what} HTTP/1.1", "Host: localhost", "Accept-Encoding: gzip, deflate, br", "Connection: close", *more, "", body)
        with socket.create_connection(("127.0.0.1", self.port), timeout=60) as line:
            line.sendall("\r\n".join(lines).encode())
            raw = b"".join(iter(lambda: line.recv(65536), b""))
        answer = _read(raw)
        self.weights[answer.content.decode()] = len(raw)
        return answer


def _read(raw: bytes) -> HttpResponse:
    head, _, body = raw.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    answer = HttpResponse(status=int(first.split()[1]), headers=dict(line.split(": ", 1) for line in lines))
    if answer.headers.get("transfer-encoding") == "chunked":
        body = b"".join(_chunks(body))
    answer.content = gzip.decompress(body) if answer.headers.get("content-encoding") == "gzip" else body
    return answer


def _chunks(body: bytes) -> Iterator[bytes]:
    while body:
        size, _, rest = body.partition(b"\r\n")
        yield rest[: int(size, 16)]
        body = rest[int(size, 16) + 2 :]
