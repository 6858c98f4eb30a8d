"""A real HTTP server on this machine that plays the source of a list: it answers from a table, and misbehaves on demand."""

import ssl
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self
from urllib.parse import parse_qsl, urlsplit


@dataclass
class Asked:
    """One request as the server saw it; header names in lower case."""

    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes = b""


@dataclass
class Reply:
    """What is sent back. `length` contradicts the true one; `drip`: seconds between single bytes; `ends` closes without a length."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    length: int | None = None
    drip: float = 0.0
    ends: bool = False


@dataclass
class ListServer:
    """Runs from `with` to its end on a free port of 127.0.0.1. `answer` is asked for each request; all requests are kept in `asked`."""

    answer: Callable[[Asked], Reply]
    context: ssl.SSLContext | None = None
    asked: list[Asked] = field(default_factory=list)

    def __enter__(self) -> Self:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self._answer(self.rfile.read(int(self.headers.get("Content-Length", 0))))

            def do_GET(self) -> None:
                self._answer(b"")

            def _answer(self, body: bytes) -> None:
                parts = urlsplit(self.path)
                asked = Asked(parts.path, dict(parse_qsl(parts.query)), {name.lower(): value for name, value in self.headers.items()}, body)
                outer.asked.append(asked)
                _send(self, outer.answer(asked))

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        if self.context:
            self._server.socket = self.context.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    @property
    def port(self) -> int:
        return self._server.server_address[1]

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def base(self) -> str:
        return f"{'https' if self.context else 'http'}://{self.place}"


def _send(handler: BaseHTTPRequestHandler, reply: Reply) -> None:
    try:
        handler.send_response(reply.status)
        for name, value in reply.headers.items():
            handler.send_header(name, value)
        if not reply.ends and reply.status != 304:
            handler.send_header("Content-Length", str(len(reply.body) if reply.length is None else reply.length))
        handler.end_headers()
        for piece in [reply.body[at : at + 1] for at in range(len(reply.body))] if reply.drip else [reply.body]:
            handler.wfile.write(piece)
            handler.wfile.flush()
            time.sleep(reply.drip)
    except OSError:
        # Whoever asked has hung up.
        return
    finally:
        handler.close_connection = True
