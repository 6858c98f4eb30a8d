"""The window: a host name of its own at which the small copy of a picture is shown, once, within seconds, to the page that asked for it.

A small ASGI application beside Django. It reads no cookie and sets none, knows no session and no database; what it shows lies in the
memory of this process under a random name that the desk has just made.
"""

import asyncio
import re
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from cairndesk.lib.edge import App, QuickAnswer, Receive, Scope, Send, header

SECONDS, MOST = 20.0, 256
_NAME = re.compile(r"/([A-Za-z0-9_-]{43})")
HEADERS = {
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    # A page may embed it only by asking with its origin (CORS), without cookies: which one may, says the answer. Any other way is refused.
    "Cross-Origin-Resource-Policy": "same-origin",
}
_ALWAYS = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]


@dataclass(frozen=True, slots=True)
class Copy:
    """A PNG, until when it may be shown (seconds of a clock that nobody sets), and whether whoever asked for it may still see it."""

    png: bytes
    until: float
    still: Callable[[], bool]


class Once:
    """At most `most` copies, each for so many seconds and to be taken once."""

    def __init__(self, *, seconds: float = SECONDS, most: int = MOST, tick: Callable[[], float] = time.monotonic) -> None:
        self._seconds, self._most, self._tick = seconds, most, tick
        self._held: dict[str, Copy] = {}
        self._lock = threading.Lock()

    def lay(self, png: bytes, still: Callable[[], bool]) -> str:
        """The name under which `png` can be taken now; the oldest goes where there are too many."""
        name, now = secrets.token_urlsafe(32), self._tick()
        with self._lock:
            fresh = [(held, copy) for held, copy in self._held.items() if copy.until > now]
            self._held = {**dict(fresh[-self._most + 1 :]), name: Copy(png, now + self._seconds, still)}
        return name

    def take(self, name: str) -> Copy | None:
        """The copy, which is gone with this; None where there is none, or too late."""
        with self._lock:
            copy = self._held.pop(name, None)
        return copy if copy and copy.until > self._tick() else None


# What the pages of this process have laid down.
COPIES = Once()


class Window:
    """Answers whatever comes to the host of `origin`; everything else goes to `inner`. Only a page of `desk`, an origin too, may embed a copy."""

    def __init__(self, inner: App, *, origin: str, desk: str, copies: Once = COPIES) -> None:
        self._inner, self._copies = inner, copies
        self._host, self._desk = (urlsplit(origin).hostname or "").encode(), desk.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http" or not self._host or _host_of(scope) != self._host:
            await self._inner(scope, receive, send)
        elif scope["method"] != "GET":
            await _send(send, 405, [(b"allow", b"GET")])
        elif (copy := await self._copy(scope)) is None:
            await _send(send, 404)
        else:
            told = [(b"content-type", b"image/png"), (b"content-disposition", b"attachment"), (b"access-control-allow-origin", self._desk)]
            await _send(send, 200, told, copy.png)

    async def _copy(self, scope: Scope) -> Copy | None:
        """The copy that is asked for; whatever is wrong with the asking, it cannot be asked for again."""
        named = _NAME.fullmatch(scope["path"])
        copy = self._copies.take(named[1]) if named and not scope["query_string"] else None
        asked_from = [value for name, value in scope["headers"] if name.lower() == b"origin"]
        if copy is None or asked_from != [self._desk]:
            return None
        return copy if await asyncio.to_thread(copy.still) else None

    def beside(self, at_once: Callable[[bytes], QuickAnswer | None]) -> Callable[[bytes], QuickAnswer | None]:
        """`at_once` for requests that are not for this host; those go the usual way, and with them whatever else names it."""
        return (lambda request: None if self._host in request.lower() else at_once(request)) if self._host else at_once


def _host_of(scope: Scope) -> bytes:
    """The name that was asked for, without the port; empty for one that is no name."""
    try:
        return (urlsplit(f"//{header(scope['headers'], b'host').decode('latin-1')}").hostname or "").encode("latin-1")
    except ValueError:
        return b""


async def _send(send: Send, status: int, headers: list[tuple[bytes, bytes]] | None = None, body: bytes = b"") -> None:
    told = [*(headers or ()), *_ALWAYS, (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": told})
    await send({"type": "http.response.body", "body": body})
