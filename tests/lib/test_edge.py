import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import uvicorn

from cairndesk.lib.edge import Edge, Limits, Page

MARKERS = ("203.0.113.77", "PlantedBrowser/9", "https://planted.example/from", "planted-proxy")
LEAKING = {
    "User-Agent": "PlantedBrowser/9",
    "Referer": "https://planted.example/from",
    "Forwarded": "for=203.0.113.77",
    "X-Forwarded-For": "203.0.113.77",
    "X-Forwarded-Proto": "https",
    "X-Real-IP": "203.0.113.77",
    "CF-Connecting-IP": "203.0.113.77",
    "Via": "1.1 planted-proxy",
    "Sec-CH-UA": "PlantedBrowser/9",
}


class Seen:
    """An application that remembers what reached it and answers `landing`."""

    def __init__(self) -> None:
        self.scopes: list[dict[str, Any]] = []
        self.bodies: list[bytes] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        message = await receive()
        self.scopes.append(dict(scope))
        self.bodies.append(message["body"])
        assert message["more_body"] is False
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain"), (b"server", b"x")]})
        await send({"type": "http.response.body", "body": b"landing"})


def kind(status: int, path: str) -> Page:
    return Page("text/html; charset=utf-8", f"<p>kind {status} {path}</p>".encode())


def edge(app: Seen, **limits: Any) -> Edge:
    return Edge(app, scheme="http", page=kind, limits=Limits(**limits))


def with_server(app: Edge, talk: Callable[[int], Awaitable[Any]]) -> Any:
    """What `talk` returned, given the port of a real server that runs `app`."""

    async def run() -> Any:
        server = uvicorn.Server(uvicorn.Config(app, port=0, access_log=False, log_config=None, server_header=False, date_header=False))
        task = asyncio.create_task(server.serve())
        while not server.started:
            await asyncio.sleep(0.005)
        try:
            return await asyncio.wait_for(talk(server.servers[0].sockets[0].getsockname()[1]), 30)
        finally:
            server.should_exit = server.force_exit = True
            await task

    return asyncio.run(run())


async def opened(port: int, head: str, body: bytes = b"") -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(head.replace("\n", "\r\n").encode() + b"\r\n\r\n" + body)
    return reader, writer


async def ask(port: int, head: str, body: bytes = b"") -> bytes:
    reader, writer = await opened(port, head + "\nConnection: close", body)
    with contextlib.suppress(ConnectionError):
        await writer.drain()
    answer = await reader.read()
    writer.close()
    return answer


def post(length: int | None, extra: str = "", path: str = "/tell") -> str:
    declared = "" if length is None else f"\nContent-Length: {length}"
    return f"POST {path} HTTP/1.1\nHost: localhost{declared}{extra}"


def test_no_address_browser_or_origin_page_of_a_visitor_reaches_the_application() -> None:
    seen = Seen()
    head = "GET / HTTP/1.1\nHost: localhost\nAccept-Language: ar" + "".join(f"\n{name}: {value}" for name, value in LEAKING.items())
    with_server(edge(seen), lambda port: ask(port, head))
    reached = repr(seen.scopes)
    assert [marker for marker in MARKERS if marker in reached] == []
    assert seen.scopes[0]["client"] is None
    assert seen.scopes[0]["scheme"] == "http"
    assert (b"accept-language", b"ar") in seen.scopes[0]["headers"]


def test_it_hands_on_the_whole_body_with_its_true_length() -> None:
    seen = Seen()
    chunked = b"5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"
    answer = with_server(edge(seen), lambda port: ask(port, post(None, "\nTransfer-Encoding: chunked"), chunked))
    assert seen.bodies == [b"hello world"]
    assert (b"content-length", b"11") in seen.scopes[0]["headers"]
    assert answer.startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize("declared", [True, False])
def test_a_body_over_the_limit_gets_a_kind_page_even_while_it_is_still_being_sent(declared: bool) -> None:  # noqa: FBT001
    seen = Seen()
    text = b"x" * 1_000_000
    body = text if declared else b"%x\r\n%b\r\n0\r\n\r\n" % (len(text), text)
    head = post(len(text)) if declared else post(None, "\nTransfer-Encoding: chunked")
    answer = with_server(edge(seen), lambda port: ask(port, head, body))
    assert answer.startswith(b"HTTP/1.1 413")
    assert b"<p>kind 413 /tell</p>" in answer
    assert seen.bodies == []


def test_one_path_may_take_more() -> None:
    seen = Seen()
    app = edge(seen, body=1000, body_by_path={"/cases/*/media/": 2_000_000})
    answer = with_server(app, lambda port: ask(port, post(1_000_000, path="/cases/7/media/"), b"x" * 1_000_000))
    assert answer.startswith(b"HTTP/1.1 200")
    assert len(seen.bodies[0]) == 1_000_000


@pytest.mark.parametrize("path", ["/cases/7/8/media/", "/cases/7/media/more", "/cases/7/", "/other/cases/7/media/"])
def test_every_other_path_keeps_the_common_limit(path: str) -> None:
    limits = Limits(body=1000, body_by_path={"/cases/*/media/": 2_000_000})
    assert (limits.of(path), limits.of("/cases/7/media/")) == (1000, 2_000_000)


def test_a_compressed_body_is_refused_before_anything_unpacks_it() -> None:
    seen = Seen()
    answer = with_server(edge(seen), lambda port: ask(port, post(4, "\nContent-Encoding: gzip"), b"1234"))
    assert answer.startswith(b"HTTP/1.1 415")
    assert seen.bodies == []


def test_a_body_that_does_not_come_in_time_is_let_go_with_a_kind_page() -> None:
    seen = Seen()

    async def talk(port: int) -> bytes:
        reader, _writer = await opened(port, post(100), b"half")
        return await reader.readuntil(b"</p>")

    assert b"kind 408" in with_server(edge(seen, seconds=0.05), talk)


def test_the_landing_page_still_answers_while_many_uploads_are_stalled() -> None:
    seen = Seen()

    async def talk(port: int) -> bytes:
        stalled = [await opened(port, post(200_000), b"x" * 1000) for _ in range(60)]
        answer = await ask(port, "GET / HTTP/1.1\nHost: localhost")
        assert seen.bodies == [b""], "no stalled upload reached the application"
        for _, writer in stalled:
            writer.close()
        return answer

    assert b"landing" in with_server(edge(seen), talk)


def test_all_bodies_together_have_a_ceiling_and_leave_it_again() -> None:
    seen = Seen()

    async def talk(port: int) -> list[bytes]:
        _, writer = await opened(port, post(900), b"x" * 800)
        await writer.drain()
        await ask(port, "GET / HTTP/1.1\nHost: localhost")
        refused = await ask(port, post(500), b"y" * 500)
        writer.write(b"x" * 100)
        answers = [refused]
        while len(seen.bodies) < 2:
            await asyncio.sleep(0.005)
        answers.append(await ask(port, post(500), b"y" * 500))
        return answers

    refused, taken = with_server(edge(seen, body=1000, together=1000), talk)
    assert refused.startswith(b"HTTP/1.1 503")
    assert b"retry-after: 60" in refused
    assert taken.startswith(b"HTTP/1.1 200")


def test_what_is_reserved_for_reports_is_given_to_nothing_else() -> None:
    seen = Seen()

    async def talk(port: int) -> list[bytes]:
        _, writer = await opened(port, post(900), b"x" * 450)
        await writer.drain()
        await ask(port, "GET / HTTP/1.1\nHost: localhost")
        answers = [await ask(port, post(100, path=path), b"y" * 100) for path in ("/back", "/next", "/o/two/next")]
        writer.close()
        return answers

    answers = with_server(edge(seen, body=1000, together=1000, reserved=500, reserved_for="/next"), talk)
    assert [answer[9:12] for answer in answers] == [b"503", b"200", b"200"]


def test_a_visitor_who_leaves_mid_sentence_gives_the_room_back() -> None:
    app = edge(Seen(), body=1000, together=1000)

    async def talk(port: int) -> int:
        _, writer = await opened(port, post(900), b"x" * 800)
        while not app._held:
            await asyncio.sleep(0.005)
        writer.close()
        while app._held:
            await asyncio.sleep(0.005)
        return app._held

    assert with_server(app, talk) == 0


def test_every_answer_carries_the_fixed_headers_and_names_no_server() -> None:
    answer = with_server(edge(Seen()), lambda port: ask(port, "GET / HTTP/1.1\nHost: localhost")).lower()
    for header in (b"x-content-type-options: nosniff", b"x-frame-options: deny", b"cache-control: no-store", b"default-src 'none'"):
        assert header in answer
    assert b"\r\nserver:" not in answer
    assert b"\r\ndate:" not in answer
