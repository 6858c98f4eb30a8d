"""Whoever sends half a request is not waited for for ever, slow phones are, and in a full house a report still gets through."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any

import h11
import pytest
import uvicorn
from uvicorn.server import ServerState

from cairndesk.intake.portal.pages import edge_page
from cairndesk.lib.edge import Edge
from cairndesk.serve import protocol
from cairndesk.serve.protocol import Limits, PatientProtocol

HALF = b"POST /next HTTP/1.1\r\nHost: localhost\r\nContent-Le"
REPORT = b"POST /next HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 4\r\n\r\ntold"
Line = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def kept(scope: Any, receive: Any, send: Any) -> None:
    """Answers with what was told, once it is there in full."""
    told = await receive()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": b"kept " + told["body"]})


def with_site(limits: Limits, talk: Callable[[int], Awaitable[Any]]) -> Any:
    """What `talk` returned, given the port of a real server with this protocol and the edge."""

    async def run() -> Any:
        own = protocol.protocol(limits, is_report=lambda path: path.endswith("/next"))
        app = Edge(kept, scheme="http", page=edge_page)
        settings = uvicorn.Config(app, port=0, access_log=False, log_config=None, lifespan="off", http=own, timeout_keep_alive=5)
        server = uvicorn.Server(settings)
        task = asyncio.create_task(server.serve())
        while not server.started:
            await asyncio.sleep(0.005)
        try:
            return await asyncio.wait_for(talk(server.servers[0].sockets[0].getsockname()[1]), 60)
        finally:
            server.should_exit = server.force_exit = True
            await task

    return asyncio.run(run())


async def opened(port: int, data: bytes) -> Line:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(data)
    return reader, writer


async def all_that_comes(reader: asyncio.StreamReader) -> bytes:
    with contextlib.suppress(ConnectionError):
        return await reader.read()
    return b""


async def tell(port: int) -> bytes:
    reader, writer = await opened(port, REPORT)
    answer = await all_that_comes(reader)
    writer.close()
    return answer


@pytest.mark.slow
@pytest.mark.parametrize("half", [HALF, b"", REPORT[:-2], REPORT[:-2].replace(b"/next", b"/back")], ids=["headers", "nothing", "report", "look-up"])
def test_with_two_hundred_stalled_connections_in_a_house_of_64_a_report_gets_through(half: bytes) -> None:
    async def talk(port: int) -> list[bytes]:
        stalled = [await opened(port, half) for _ in range(200)]
        answers = [await tell(port) for _ in range(3)]
        for _, writer in stalled:
            writer.close()
        return answers

    answers = with_site(Limits(header_seconds=600, stall_seconds=600, connections=64), talk)
    assert [b"kept told" in answer for answer in answers] == [True] * 3


@pytest.mark.parametrize("half", [HALF, b"", REPORT[:-2]], ids=["headers", "nothing", "body"])
def test_what_stalls_is_closed_in_the_end(half: bytes) -> None:
    async def talk(port: int) -> bytes:
        reader, _ = await opened(port, half)
        return await all_that_comes(reader)

    assert with_site(Limits(header_seconds=0.05, stall_seconds=0.05, connections=64), talk) == b""


def test_a_second_request_on_the_same_line_is_awaited_no_longer_than_the_first() -> None:
    async def talk(port: int) -> tuple[bytes, bytes]:
        reader, writer = await opened(port, b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        first = await reader.readuntil(b"0\r\n\r\n")
        writer.write(b"GET / HT")
        return first, await all_that_comes(reader)

    first, second = with_site(Limits(header_seconds=0.2, stall_seconds=0.05, connections=64), talk)
    assert (b"kept" in first, second) == (True, b"")


class Clock:
    """A loop whose time moves only by hand, with as much of a transport as the protocol needs."""

    def __init__(self, own: type[PatientProtocol]) -> None:
        self.now, self.timers, self.closed = 0.0, list[tuple[float, Any]](), list[object]()
        self.own = own
        self.state = ServerState()

    def time(self) -> float:
        return self.now

    def call_at(self, when: float, call: Any, *given: Any) -> Any:
        timer = (when, call)
        self.timers.append(timer)
        return _Handle(self.timers, timer)

    def call_later(self, delay: float, call: Any, *given: Any) -> Any:
        return self.call_at(self.now + delay, call)

    def create_task(self, coroutine: Any, **_: Any) -> Any:
        coroutine.close()
        return asyncio.Future(loop=_LOOP)

    def passes(self, seconds: float) -> None:
        self.now += seconds
        for timer in [one for one in self.timers if one[0] <= self.now]:
            self.timers.remove(timer)
            timer[1]()

    def comes(self, data: bytes = b"") -> PatientProtocol:
        """Somebody connects and sends `data`."""
        config = uvicorn.Config(kept, http=self.own, log_config=None, lifespan="off")
        guest = self.own(config, self.state, {}, self)
        guest.connection_made(_Transport(self, guest))
        if data and guest not in self.closed:
            guest.data_received(data)
        return guest


_LOOP = asyncio.new_event_loop()


class _Handle:
    def __init__(self, timers: list[Any], timer: Any) -> None:
        self.timers, self.timer = timers, timer

    def cancel(self) -> None:
        if self.timer in self.timers:
            self.timers.remove(self.timer)


class _Transport:
    def __init__(self, clock: Clock, guest: PatientProtocol) -> None:
        self.clock, self.guest, self.is_closed = clock, guest, False

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return default

    def is_closing(self) -> bool:
        return self.is_closed

    def abort(self) -> None:
        self.is_closed = True
        self.clock.closed.append(self.guest)
        self.guest.connection_lost(ConnectionAbortedError())

    close = abort

    def write(self, data: bytes) -> None:
        """Nobody reads it here."""

    def pause_reading(self) -> None:
        """Nobody reads here."""

    resume_reading = pause_reading


@pytest.fixture
def clock() -> Clock:
    return Clock(protocol.protocol(Limits(header_seconds=20, stall_seconds=60, connections=8), is_report=lambda path: path.endswith("/next")))


def test_headers_must_be_whole_in_time_however_they_trickle(clock: Clock) -> None:
    guest = clock.comes(HALF)
    for _ in range(19):
        clock.passes(1)
        guest.data_received(b"n")
    assert clock.closed == []
    clock.passes(1)
    assert clock.closed == [guest]


def test_a_slow_phone_that_goes_on_sending_is_waited_for(clock: Clock) -> None:
    guest = clock.comes(REPORT[:-4].replace(b"4", b"40"))
    for _ in range(40):
        assert clock.closed == []
        clock.passes(50)
        guest.data_received(b"x")
    assert guest.conn.their_state not in {h11.IDLE, h11.SEND_BODY}
    clock.passes(10_000)
    assert clock.closed == [], "while it is answered nobody is waited for"


def test_a_body_that_stalls_is_let_go_but_not_while_we_do_not_read(clock: Clock) -> None:
    reading, waiting = clock.comes(REPORT[:-2]), clock.comes(REPORT[:-2])
    waiting.flow.pause_reading()
    clock.passes(60)
    assert clock.closed == [reading]
    waiting.flow.resume_reading()
    clock.passes(60)
    assert clock.closed == [reading, waiting]


def test_in_a_full_house_the_longest_awaited_makes_room_and_half_is_for_reports(clock: Clock) -> None:
    def come(data: bytes) -> PatientProtocol:
        clock.passes(0.1)
        return clock.comes(data)

    slow = [come(REPORT[:-2]) for _ in range(4)]
    look_ups = [come(HALF) for _ in range(4)]
    more = [come(HALF) for _ in range(3)]
    assert clock.closed == look_ups[:3]
    # Beyond their half, the reports that were awaited longest go first.
    for _ in range(2):
        come(REPORT[:-2])
    assert clock.closed == [*look_ups, slow[0]]
    assert len(clock.own.house.inside) == 8
    assert more[-1] in clock.own.house.inside


def test_nobody_who_is_being_answered_is_cut_off(clock: Clock) -> None:
    answered = [clock.comes(REPORT) for _ in range(8)]
    last = clock.comes(REPORT[:-2])
    assert clock.closed == [last]
    assert clock.own.house.inside == set(answered)


ASKED = b"GET /short HTTP/1.1\r\nHost: localhost\r\n\r\n"
USUAL = b"GET /long HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\nab"


def with_short_way(talk: Callable[[int], Awaitable[Any]], *, header_seconds: float = 5, idle: int = 5) -> Any:
    """The same with a server that answers ASKED at once."""

    async def run() -> Any:
        def at_once(data: bytes) -> bytes | None:
            return b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nshort" if data == ASKED else None

        limits = Limits(header_seconds=header_seconds, stall_seconds=5, connections=64)
        own = protocol.protocol(limits, is_report=lambda _: False, at_once=at_once)
        settings = uvicorn.Config(
            Edge(kept, scheme="http", page=edge_page), port=0, access_log=False, log_config=None, lifespan="off", http=own, timeout_keep_alive=idle
        )
        server = uvicorn.Server(settings)
        task = asyncio.create_task(server.serve())
        while not server.started:
            await asyncio.sleep(0.005)
        try:
            return await asyncio.wait_for(talk(server.servers[0].sockets[0].getsockname()[1]), 60)
        finally:
            server.should_exit = server.force_exit = True
            await task

    return asyncio.run(run())


async def until(reader: asyncio.StreamReader, end: bytes) -> bytes:
    return await asyncio.wait_for(reader.readuntil(end), 10)


def test_short_and_usual_answers_follow_one_another_on_one_connection() -> None:
    async def talk(port: int) -> None:
        reader, writer = await opened(port, ASKED)
        await until(reader, b"short")
        for _ in range(3):
            writer.write(USUAL)
            await until(reader, b"kept ab")
            writer.write(ASKED)
            await until(reader, b"short")
        # In pieces, or two at once: that is for the server's own parser, which does not know the short way.
        writer.write(ASKED[:10])
        await asyncio.sleep(0.05)
        writer.write(ASKED[10:])
        await until(reader, b"kept ")
        writer.write(USUAL + USUAL)
        await until(reader, b"kept ab")
        await until(reader, b"kept ab")
        writer.write(ASKED)
        await until(reader, b"short")
        writer.close()

    with_short_way(talk)


def test_what_comes_while_another_request_is_under_way_is_not_answered_before_it() -> None:
    async def talk(port: int) -> bytes:
        reader, writer = await opened(port, USUAL[:-1])
        await asyncio.sleep(0.05)
        # As the last byte of the body and a request after it, in the eyes of the parser.
        writer.write(ASKED)
        return await until(reader, b"kept aG")

    assert b"short" not in with_short_way(talk)


@pytest.mark.slow
def test_after_a_short_answer_nobody_is_waited_for_longer_than_otherwise() -> None:
    async def talk(port: int) -> list[float]:
        waited = []
        for rest in (b"", HALF):
            reader, writer = await opened(port, ASKED)
            await until(reader, b"short")
            writer.write(rest)
            begun = asyncio.get_running_loop().time()
            assert await all_that_comes(reader) == b""
            waited.append(asyncio.get_running_loop().time() - begun)
        return waited

    idle, half = with_short_way(talk, header_seconds=0.5, idle=1)
    assert 0.8 < idle < 3
    assert 0.3 < half < 0.95
