"""A visitor as a proxy hands them on: through the edge, which a client of the tests goes round."""

import asyncio
from typing import Any
from urllib.parse import urlencode

from django.core.handlers.asgi import ASGIHandler
from tests.intake.portal.rae import FORM, _Page

from cairndesk.intake.portal import asgi, pages
from cairndesk.lib.edge import Edge

HEADER = b"cairndesk-visitor"


class Line:
    """Speaks to the portal through its edge, as a proxy does that names the visitor's address."""

    def __init__(self) -> None:
        self.scopes: list[dict[str, Any]] = []
        self.app = Edge(self.watched, scheme="http", page=pages.edge_page, limits=asgi.limits(), hidden=[HEADER], crowd=asgi._crowd(HEADER))
        self.inner = ASGIHandler()

    async def watched(self, scope: Any, receive: Any, send: Any) -> None:
        self.scopes.append(scope)
        await self.inner(scope, receive, send)

    def post(self, address: str, *, door: str = "/next", **fields: str) -> str:
        body = urlencode(fields).encode()
        head = [(b"content-type", FORM.encode()), (b"content-length", str(len(body)).encode()), (HEADER, address.encode()), (b"host", b"localhost")]
        scope = {
            "type": "http",
            "method": "POST",
            "path": door,
            "raw_path": door.encode(),
            "query_string": b"",
            "headers": head,
            "client": (address, 1),
        }
        return asyncio.run(self._ask(scope | {"root_path": "", "scheme": "http", "server": ("localhost", 80), "http_version": "1.1"}, body))

    async def _ask(self, scope: dict[str, Any], body: bytes) -> str:
        given, parts, ended = [{"type": "http.request", "body": body, "more_body": False}], [], asyncio.Event()

        async def receive() -> dict[str, Any]:
            if given:
                return given.pop()
            await ended.wait()
            return {"type": "http.disconnect"}

        async def send(message: dict[str, Any]) -> None:
            parts.append(message.get("body", b""))
            if message["type"] == "http.response.body" and not message.get("more_body"):
                ended.set()

        await self.app(scope, receive, send)
        return b"".join(parts).decode()

    def tells(self, address: str) -> str:
        """One page of a new draft, and the page that comes back."""
        page = self.post(address, path="child")
        return self.post(address, **_Page(page).hidden, go="next", danger="not_now")
