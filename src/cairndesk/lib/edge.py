"""The outermost ASGI layer: no address of a visitor gets past it, and no slow or large body can fill the memory."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any, Literal

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Headers = Iterable[tuple[bytes, bytes]]
App = Callable[[Any, Any, Any], Awaitable[None]]
# A body, and the headers that go with it.
QuickAnswer = tuple[bytes, list[tuple[bytes, bytes]]]

# Who asks, with what and from where: none of it is ours to know. The scheme comes from the configuration alone.
_HIDDEN = frozenset({b"user-agent", b"referer", b"forwarded", b"via", b"x-real-ip", b"x-client-ip", b"true-client-ip", b"cf-connecting-ip", b"from"})
_HIDDEN_PREFIXES = (b"x-forwarded", b"sec-ch-", b"x-original-", b"x-envoy-", b"x-cluster-")
_DRAIN_FACTOR = 16

COMMON_HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), interest-cohort=()",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-store",
}


@dataclass(frozen=True)
class Page:
    """What a visitor is shown instead of the application's answer."""

    content_type: str
    body: bytes


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How much the edge holds: bytes of one body, bytes of all bodies together, and seconds until a body must have come.

    A path of `body_by_path` is matched whole; `*` stands for one segment. Of what may be held together, `reserved` bytes are for
    paths that end with `reserved_for`.
    """

    body: int = 256 * 1024
    body_by_path: Mapping[str, int] = field(default_factory=dict)
    together: int = 64 * 1024 * 1024
    seconds: float = 600.0
    reserved: int = 0
    reserved_for: str = ""

    def held_for(self, path: str) -> int:
        """How many bytes all bodies together may take when one more comes to `path`."""
        return self.together if path.endswith(self.reserved_for) else self.together - self.reserved

    def of(self, path: str) -> int:
        return max((size for pattern, size in self.body_by_path.items() if _fits(pattern, path)), default=self.body)


def _fits(pattern: str, path: str) -> bool:
    wanted, given = pattern.split("/"), path.split("/")
    return len(wanted) == len(given) and all(want in {"*", part} for want, part in zip(wanted, given, strict=True))


class _Refused(Exception):
    def __init__(self, status: int) -> None:
        self.status = status


class _Gone(Exception):
    """The visitor left before the body was whole; there is nobody to answer."""


class Edge:
    """Wraps `app`; `page(status, path)` supplies the kind words for 408, 413, 415 and 503; `quick` answers what it can answer at once.

    `crowd(headers)` says of a body whether its sender sends too many; the application reads the answer in the scope, under `cairndesk.is_cold`,
    and learns nothing else. `hidden` are more headers that nobody behind here may see.

    The application sees a request only once its whole body is in memory, so a stalled upload costs one coroutine and
    what it has sent so far, never a worker.
    """

    def __init__(
        self,
        app: App,
        *,
        scheme: Literal["http", "https"],
        page: Callable[[int, str], Page],
        limits: Limits | None = None,
        headers: Mapping[str, str] = COMMON_HEADERS,
        quick: Callable[[bytes], QuickAnswer | None] = lambda _: None,
        crowd: Callable[[Headers], bool] = lambda _: False,
        hidden: Iterable[bytes] = (),
    ) -> None:
        self._crowd, self._hidden = crowd, _HIDDEN | frozenset(hidden)
        self._app = app
        self._scheme = scheme
        self._page = page
        self._limits = limits or Limits()
        self._headers = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        self._held = 0
        self._quick, self._lines = quick, b"".join(map(_line, self._headers))

    def at_once(self, request: bytes) -> bytes | None:
        """The whole answer to a whole request, with the headers that every answer has, if the application can give one at once."""
        answer = self._quick(request)
        if answer is None:
            return None
        body, headers = answer
        return b"HTTP/1.1 200 OK\r\n%b%bcontent-length: %d\r\n\r\n%b" % (b"".join(map(_line, headers)), self._lines, len(body), body)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await _turn_away(scope, receive, send)
            return
        answer = self._with_headers(send)
        held = [0]
        try:
            body = await self._body(scope, receive, held)
            await self._app(self._anonymous(scope, len(body)), _replay(body, receive), answer)
        except _Refused as refusal:
            await self._refuse(refusal.status, scope["path"], answer)
        except _Gone:
            return
        finally:
            self._held -= held[0]

    def _anonymous(self, scope: Scope, length: int) -> Scope:
        kept = [(name, value) for name, value in scope["headers"] if _may_pass(name.lower(), self._hidden)]
        if length:
            kept.append((b"content-length", str(length).encode()))
        is_cold = length > 0 and self._crowd(scope["headers"])
        return {**scope, "client": None, "scheme": self._scheme, "headers": kept, "cairndesk.is_cold": is_cold}

    async def _body(self, scope: Scope, receive: Receive, held: list[int]) -> bytes:
        """The whole body; `held` counts what of it is in memory, also when reading ends early."""
        limit = self._limits.of(scope["path"])
        declared = _declared_length(scope["headers"])
        try:
            async with asyncio.timeout(self._limits.seconds):
                if header(scope["headers"], b"content-encoding").strip().lower() not in {b"", b"identity"}:
                    # A compressed body is a bomb with a short fuse; nobody needs one here.
                    await _drain(receive, limit * _DRAIN_FACTOR)
                    raise _Refused(415)
                if declared > limit:
                    await _drain(receive, limit * _DRAIN_FACTOR)
                    raise _Refused(413)
                return await self._read(receive, limit, held, self._limits.held_for(scope["path"]))
        except TimeoutError:
            raise _Refused(408) from None

    async def _read(self, receive: Receive, limit: int, held: list[int], together: int) -> bytes:
        chunks: list[bytes] = []
        async for chunk in _chunks(receive):
            if held[0] + len(chunk) > limit:
                # Answering while the browser still sends would reset the connection, and the kind page would be lost.
                await _drain(receive, limit * _DRAIN_FACTOR)
                raise _Refused(413)
            if self._held + len(chunk) > together:
                raise _Refused(503)
            held[0] += len(chunk)
            self._held += len(chunk)
            chunks.append(chunk)
        return b"".join(chunks)

    async def _refuse(self, status: int, path: str, send: Send) -> None:
        page = self._page(status, path)
        headers = [(b"content-type", page.content_type.encode()), (b"content-length", str(len(page.body)).encode()), (b"connection", b"close")]
        if status == 503:
            headers.append((b"retry-after", b"60"))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": page.body})

    def _with_headers(self, send: Send) -> Send:
        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = [(name, value) for name, value in message.get("headers", ()) if name.lower() not in {b"server", b"date"}]
                names = {name.lower() for name, _ in given}
                message = {**message, "headers": [*given, *(pair for pair in self._headers if pair[0] not in names)]}
            await send(message)

        return sending


def _line(header: tuple[bytes, bytes]) -> bytes:
    return b"%b: %b\r\n" % header


def _may_pass(name: bytes, hidden: frozenset[bytes]) -> bool:
    # The length is written anew from what really came, so a request cannot say one thing and be another.
    return name not in hidden and not name.startswith(_HIDDEN_PREFIXES) and name not in {b"content-length", b"transfer-encoding"}


def header(headers: Headers, wanted: bytes) -> bytes:
    """The first value of the header `wanted`, given in small letters, as it was sent; empty where there is none."""
    return next((value for name, value in headers if name.lower() == wanted), b"")


def _declared_length(headers: Headers) -> int:
    value = header(headers, b"content-length").strip()
    return int(value) if value.isdigit() else 0


async def _chunks(receive: Receive) -> AsyncIterator[bytes]:
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _Gone
        yield message.get("body", b"")
        if not message.get("more_body", False):
            return


async def _drain(receive: Receive, at_most: int) -> None:
    """Take in and forget what still comes, up to `at_most` bytes."""
    seen = 0
    async for chunk in _chunks(receive):
        seen += len(chunk)
        if seen > at_most:
            return


def _replay(body: bytes, receive: Receive) -> Receive:
    given = False

    async def receiving() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receiving


async def _turn_away(scope: Scope, receive: Receive, send: Send) -> None:
    """Start and stop quietly; there are no web sockets here."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1000})
        return
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
