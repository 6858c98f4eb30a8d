"""The window: another host, where a copy is shown once, within seconds, to a page of the desk, and where no cookie means anything."""

import asyncio
import itertools
from typing import Any

import pytest

from cairndesk.config import Desk
from cairndesk.lib.edge import Edge, Message, Page
from cairndesk.review.window import HEADERS, MOST, SECONDS, Once, Window
from cairndesk.serve.site import HEADERS as OF_THE_DESK

DESK, LOOK = "https://staff.desk.example", "https://look.desk.example"
ASKING = {"origin": DESK}
PNG = b"\x89PNG pixels and nothing else"


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


class Site:
    """The window within the edge, as it is served, before a desk that says that it was asked and sets a cookie."""

    def __init__(self) -> None:
        self.clock, self.inner = Clock(), 0
        self.copies = Once(tick=self.clock)
        window = Window(self._desk, origin=LOOK, desk=DESK, copies=self.copies)
        self.at_once = window.beside(lambda _: (b"{}", []))
        self.app = Edge(window, scheme="https", page=lambda *_: Page("text/plain", b""), headers=OF_THE_DESK)

    async def _desk(self, scope: Any, receive: Any, send: Any) -> None:
        self.inner += 1
        await send({"type": "http.response.start", "status": 404, "headers": [(b"set-cookie", b"form=1")]})
        await send({"type": "http.response.body", "body": b"the desk"})

    def lay(self, *, still: bool = True) -> str:
        return "/" + self.copies.lay(PNG, lambda: still)

    def ask(self, path: str, *, method: str = "GET", host: str = "look.desk.example", query: bytes = b"", **headers: str) -> tuple[int, Any, bytes]:
        said: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Message) -> None:
            said.append(message)

        given = [(name.encode(), value.encode()) for name, value in {"host": host, **headers}.items()]
        scope = {"type": "http", "method": method, "path": path, "query_string": query, "headers": given}
        asyncio.run(self.app(scope, receive, send))
        start, body = said
        return start["status"], {name.decode(): value.decode() for name, value in start["headers"]}, body["body"]


@pytest.fixture
def site() -> Site:
    return Site()


def test_a_copy_is_shown_once_with_everything_that_binds_the_browser(site: Site) -> None:
    status, headers, body = site.ask(path := site.lay(), **ASKING)
    assert (status, body) == (200, PNG)
    assert headers | {name.lower(): value for name, value in HEADERS.items()} == headers
    assert headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert headers["access-control-allow-origin"] == DESK
    assert (headers["content-type"], headers["content-disposition"]) == ("image/png", "attachment")
    assert "access-control-allow-credentials" not in headers
    status, headers, body = site.ask(path, **ASKING)
    assert (status, body, "access-control-allow-origin" in headers) == (404, b"", False)


def test_a_cookie_changes_nothing_and_none_is_ever_set(site: Site) -> None:
    with_one = {"cookie": "desk=somebody; __Host-desk=somebody"}
    answers = [site.ask(site.lay(), **ASKING), site.ask(site.lay(), **ASKING, **with_one)]
    assert answers[0] == answers[1]
    tried = itertools.product(
        ("GET", "HEAD", "POST", "PUT", "OPTIONS"), ("/", "/cases/", "/m/status", "/api/v1/check", site.lay()), ({}, ASKING, with_one)
    )
    answers += [site.ask(path, method=method, **told) for method, path, told in tried]
    assert not [headers for _, headers, _ in answers if {name for name in headers if "cookie" in name}]
    assert {status for status, _, body in answers[2:] if status != 200 or body != PNG} == {404, 405}
    assert site.inner == 0


@pytest.mark.parametrize("asked_from", [None, "null", "https://desk.example", "http://staff.desk.example", f"{DESK}.evil.example", f"{DESK}:8443"])
def test_no_other_page_may_embed_it_and_trying_spends_it(site: Site, asked_from: str | None) -> None:
    path = site.lay()
    assert site.ask(path, **({"origin": asked_from} if asked_from else {}))[::2] == (404, b"")
    assert site.ask(path, **ASKING)[0] == 404


def test_it_is_not_shown_too_late_nor_after_the_grant_ended_nor_to_who_guesses(site: Site) -> None:
    late, just = site.lay(), site.lay()
    site.clock.now += SECONDS - 0.001
    assert site.ask(just, **ASKING)[0] == 200
    site.clock.now += 0.001
    ended = site.lay(still=False)
    guessed = ["/" + "A" * 43, "/" + "A" * 42, "/" + "A" * 4096, "/", "//", "/..%2f", late[:-1], late + "/", f"/look{late}"]
    for path in (late, ended, *guessed):
        assert site.ask(path, **ASKING)[::2] == (404, b""), path
    assert site.ask(site.lay(), query=b"x=1", **ASKING)[0] == 404
    assert len({site.lay() for _ in range(50)}) == 50


@pytest.mark.parametrize(
    "host", ["staff.desk.example", "desk.example", "look.desk.example.evil.example", "127.0.0.1", "", "[", "look.desk.example@x"]
)
def test_the_desk_and_every_other_host_go_on_to_the_desk_which_has_no_copies(site: Site, host: str) -> None:
    path = site.lay()
    assert site.ask(path, host=host, **ASKING)[2] == b"the desk"
    assert site.ask(path, host="Look.Desk.Example:8481", **ASKING)[2] == PNG


def test_what_is_answered_at_once_is_not_answered_there(site: Site) -> None:
    assert site.at_once(b"GET /m/lookup HTTP/1.1\r\nHost: staff.desk.example\r\n\r\n") == (b"{}", [])
    assert site.at_once(b"GET /m/lookup HTTP/1.1\r\nHOST:LOOK.desk.example:443\r\n\r\n") is None


def test_what_waits_is_bounded_and_forgotten(site: Site) -> None:
    first = site.lay()
    names = [site.lay() for _ in range(MOST)]
    assert site.ask(first, **ASKING)[0] == 404
    assert (len(site.copies._held), site.ask(names[0], **ASKING)[0]) == (MOST, 200)
    site.clock.now += SECONDS
    site.lay()
    assert len(site.copies._held) == 1


@pytest.mark.parametrize(
    ("desk", "look", "origin"),
    [
        # Off until an operator names a host.
        ("http://localhost:8481", None, ""),
        ("http://localhost:8481", "http://look.localhost:8481", "http://look.localhost:8481"),
        ("https://staff.desk.example", "https://Look.desk.example:443", "https://look.desk.example"),
        ("https://staff.desk.example", "https://staff.desk.example", ""),
        # A port is no origin to a cookie.
        ("https://staff.desk.example", "https://staff.desk.example:8443", ""),
        ("https://staff.desk.example", "http://look.desk.example", ""),
    ],
)
def test_only_another_host_name_counts(desk: str, look: str | None, origin: str) -> None:
    given = {"public_url": desk} | ({} if look is None else {"look_url": look})
    assert Desk(**given).look_origin == origin  # type: ignore[arg-type]
    assert Desk(**given).origin == desk  # type: ignore[arg-type]
