"""Asking over HTTP at one host: over TLS, without redirects, bounded in size and in time from the first byte to the last."""

import http.client
import socket
import ssl
from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from threading import Timer
from typing import Protocol, Self
from urllib.parse import SplitResult, urlsplit

from cairndesk.response.adapters.egress import Egress, is_loopback
from cairndesk.response.errors import (
    AnswerUnreadable,
    CredentialsRefused,
    DeliveryDelayed,
    FetchDelayed,
    FetchError,
    FetchRefused,
    NotAllowedOut,
    TlsMissing,
)

# Seconds in which a host must be reached, and after which silence ends the conversation.
REACHING, SILENCE = 10.0, 30.0
_PIECE = 64 * 1024
_NOT_CHANGED = 304
_PORTS = {"https": 443, "http": 80}
# A name that says what asks, and nothing of the desk that asks.
_ALWAYS = {"User-Agent": "Cairndesk", "Accept-Encoding": "identity", "Connection": "close"}


class Writable(Protocol):
    """What a body is written to."""

    def write(self, piece: bytes, /) -> object: ...


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: 200, 304 where nothing has changed, or another status that was asked for; the headers by lower-case name."""

    status: int
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Question:
    """What is asked, and which statuses beside 200 and 304 are an answer to it."""

    method: str
    headers: Mapping[str, str]
    body: bytes | None = None
    taken: Container[int] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Web:
    """The one host of `base` (https; http on this machine only). `seconds` and `limit` (bytes) bound each answer."""

    base: str
    egress: Egress
    seconds: float = 300.0
    limit: int = 64 * 1024 * 1024
    context: ssl.SSLContext | None = field(default=None, repr=False)

    def get(self, url: str, headers: Mapping[str, str], into: Writable) -> Answer:
        """The answer to GET `url`, whose body has been written to `into` in full.

        Raises FetchDelayed, FetchRefused, CredentialsRefused, AnswerUnreadable, TlsMissing, or NotAllowedOut for an address on any
        other host. What was written to `into` before a failure means nothing.
        """
        return self._ask(url, _Question("GET", headers), into)

    def post(self, url: str, body: bytes, headers: Mapping[str, str], into: Writable, *, taken: Container[int] = ()) -> Answer:
        """The same for POST; an answer with one of the statuses `taken` is returned like one with 200. Raises like `get`."""
        return self._ask(url, _Question("POST", headers, body, taken), into)

    def _ask(self, url: str, question: _Question, into: Writable) -> Answer:
        parts = urlsplit(url)
        if origin(parts) != origin(urlsplit(self.base)):
            raise NotAllowedOut("the source names another host than its own")
        with _Deadline(self.seconds) as deadline:
            try:
                return self._exchange(parts, question, into, deadline)
            except (FetchError, TlsMissing):
                # A conversation that was cut off at its end may look like any other failure.
                if deadline.passed:
                    raise FetchDelayed("the source answers too slowly") from None
                raise
            except ssl.SSLError as error:
                raise TlsMissing("the certificate of the source does not hold") from error
            except (OSError, http.client.HTTPException, DeliveryDelayed) as error:
                raise FetchDelayed("the source answers too slowly" if deadline.passed else "the source does not answer") from error

    def _exchange(self, parts: SplitResult, question: _Question, into: Writable, deadline: "_Deadline") -> Answer:
        line = _Line(self, parts, deadline)
        try:
            target = parts._replace(scheme="", netloc="", fragment="").geturl() or "/"
            line.request(question.method, target, body=question.body, headers={**question.headers, **_ALWAYS})
            answer = line.getresponse()
            if answer.status not in question.taken:
                _judge(answer)
            if answer.status != _NOT_CHANGED:
                self._read(answer, into)
            if deadline.passed:
                raise FetchDelayed
            return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()})
        finally:
            line.close()

    def _read(self, answer: http.client.HTTPResponse, into: Writable) -> None:
        if answer.getheader("Content-Encoding", "identity").lower() != "identity":
            raise AnswerUnreadable("the answer is packed although nobody asked for that")
        if answer.length is None and not answer.chunked:
            raise AnswerUnreadable("the source does not say how long its answer is, so that a part could pass for the whole")
        size = 0
        while piece := answer.read(_PIECE):
            size += len(piece)
            if size > self.limit:
                raise AnswerUnreadable(f"the answer is longer than {self.limit // 1024} KiB")
            into.write(piece)
        if answer.length:
            raise FetchDelayed("the answer broke off")


def origin(parts: SplitResult) -> tuple[str, str, int]:
    """Scheme, host and port of an address. Raises NotAllowedOut for what is no address on the web."""
    try:
        return parts.scheme, (parts.hostname or "").lower(), parts.port or _PORTS[parts.scheme]
    except (KeyError, ValueError) as error:
        raise NotAllowedOut("an address that does not begin with https") from error


def _judge(answer: http.client.HTTPResponse) -> None:
    """Return for an answer that can be read, else raise what its status means."""
    status = answer.status
    if status in {http.client.OK, _NOT_CHANGED}:
        return
    if status in {http.client.UNAUTHORIZED, http.client.FORBIDDEN}:
        raise CredentialsRefused(f"the source does not accept the credentials (it said {status})")
    if status == http.client.TOO_MANY_REQUESTS or status >= http.client.INTERNAL_SERVER_ERROR:
        patience = answer.getheader("Retry-After", "")
        raise FetchDelayed(f"the source asks for patience (it said {status})", int(patience) if patience.isdecimal() and len(patience) < 7 else 0)
    if 300 <= status < 400:
        raise FetchRefused("the source sends elsewhere; if you trust that place, give its own address")
    raise FetchRefused(f"the source said {status}")


class _Line(http.client.HTTPConnection):
    """A conversation over a socket that egress has opened."""

    def __init__(self, web: Web, parts: SplitResult, deadline: "_Deadline") -> None:
        scheme, host, port = origin(parts)
        super().__init__(host, port, timeout=REACHING)
        self._web, self._scheme, self._deadline = web, scheme, deadline

    def connect(self) -> None:
        opened = self._web.egress.connect(self.host, self.port, REACHING)
        opened.settimeout(SILENCE)
        self.sock = opened
        if self._scheme == "https":
            context = self._web.context or ssl.create_default_context()
            self.sock = context.wrap_socket(opened, server_hostname=self.host, do_handshake_on_connect=False)
            self._deadline.watch(self.sock)
            self.sock.do_handshake()
        elif not is_loopback(opened):
            raise TlsMissing("without TLS only a source on this machine is accepted")
        self._deadline.watch(self.sock)


class _Deadline:
    """Ends the conversation it watches once the time is over, however slowly the other side goes on talking."""

    def __init__(self, seconds: float) -> None:
        self.passed = False
        self._watched: socket.socket | None = None
        self._timer = Timer(seconds, self._end)
        self._timer.daemon = True

    def watch(self, connection: socket.socket) -> None:
        self._watched = connection

    def _end(self) -> None:
        self.passed = True
        if self._watched is not None:
            # The plain shutdown: that of TLS would take its state away under the reader's hands.
            try:
                socket.socket.shutdown(self._watched, socket.SHUT_RDWR)
            except OSError:
                return

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._timer.cancel()
