"""The two doors of a witness over HTTP. It listens on this machine; a proxy with TLS stands before it."""

import re
import socket
import threading
import time
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple

from cairndesk.custody.witness.judge import Request, judge
from cairndesk.custody.witness.notes import Checkpoint, Unreadable, cosign
from cairndesk.custody.witness.store import Store

# A checkpoint, its proof of at most 63 hashes, and some signatures: a few thousand bytes.
_MOST = 64 * 1024
# Seconds of silence after which a caller is hung up on.
_SILENCE = 10.0
_SEEN = re.compile("/seen/(?P<origin>[A-Za-z0-9._/-]{1,200})")


class Answer(NamedTuple):
    """What is sent back."""

    status: int
    body: str = ""
    kind: str = "text/plain; charset=utf-8"


class Witness:
    """Signs what may be signed, one checkpoint after the other: what is compared and what is remembered must not drift apart."""

    def __init__(self, store: Store, *, clock: Callable[[], float] = time.time) -> None:
        self._store, self._clock, self._lock = store, clock, threading.Lock()

    def add_checkpoint(self, text: str) -> Answer:
        """The answer to `POST /add-checkpoint`; what is signed is on the disk before it is said. Raises OSError where it cannot be."""
        try:
            request = Request.read(text)
            with self._lock:
                return self._judged(request)
        except Unreadable as error:
            return Answer(400, f"{error}\n")

    def seen(self, origin: str) -> Answer:
        """The newest checkpoint that was signed of that log: shown to anybody who asks, since a log that went back will not show it."""
        known = self._store.known(origin)
        return Answer(404) if known is None else Answer(200, known)

    def _judged(self, request: Request) -> Answer:
        new, known = request.checkpoint, self._store.known(request.checkpoint.origin)
        keys = self._store.trusted(new.origin)
        if refusal := judge(request, keys, Checkpoint.read(known) if known else None):
            return Answer(refusal.status) if refusal.size is None else Answer(refusal.status, f"{refusal.size}\n", "text/x.tlog.size")
        own, private = self._store.key()
        line = cosign(new, own, private, int(self._clock()))
        by_log = "".join(f"{held}\n" for key in keys if (held := new.signed_by(key)))
        self._store.remember(new, by_log + line)
        return Answer(200, line)


def server(witness: Witness, host: str, port: int) -> ThreadingHTTPServer:
    """A server that answers for `witness`; it keeps no record of who called."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = _SILENCE
        server_version, sys_version = "witness", ""

        def do_POST(self) -> None:
            length = self.headers.get("Content-Length", "")
            if self.path != "/add-checkpoint":
                self._say(Answer(404))
            elif not (length.isascii() and length.isdecimal()) or int(length) > _MOST:
                self._say(Answer(413))
            else:
                self._say(self._added(self.rfile.read(int(length))))

        def do_GET(self) -> None:
            match = _SEEN.fullmatch(self.path)
            self._say(witness.seen(match["origin"]) if match else Answer(404))

        def _added(self, body: bytes) -> Answer:
            try:
                return witness.add_checkpoint(body.decode())
            except UnicodeDecodeError:
                return Answer(400)
            except OSError:
                return Answer(HTTPStatus.SERVICE_UNAVAILABLE)

        def _say(self, answer: Answer) -> None:
            data = answer.body.encode()
            # What was refused unread would otherwise be taken for the next request.
            self.close_connection = answer.status >= 400
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.kind)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            """Who calls is nobody's business."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        address_family = socket.AF_INET6 if ":" in host else socket.AF_INET

    return Server((host, port), Handler)
