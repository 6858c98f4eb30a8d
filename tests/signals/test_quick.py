"""The short way for one hash answers as the usual way does, and leaves to it whatever is not as plain."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import h11
import pytest
import uvicorn
from hypothesis import example, given
from hypothesis import strategies as st
from tests.signals.conftest import NOW, Cast, Importing

from cairndesk.accounts.actions import create_api_key
from cairndesk.accounts.models import ApiKey
from cairndesk.accounts.queries import key_in
from cairndesk.accounts.rules import SYSTEM
from cairndesk.lib import clock
from cairndesk.lib.edge import header
from cairndesk.serve import protocol, site
from cairndesk.signals import actions, door, hma, jobs, quick, shelf
from cairndesk.signals.engine.identifiers import Kind, normalise
from cairndesk.signals.models import HashList
from cairndesk.signals.rules import SeenBy

MD5, PDQ = "ab" * 16, "0f" * 32
PLAIN = f"GET /m/lookup?signal_type=pdq&signal={PDQ} HTTP/1.1\r\nHost: desk.example\r\nAuthorization: Bearer cairn_x\r\n\r\n"
Asking = Callable[..., tuple[int, dict[str, str], bytes]]


@pytest.mark.parametrize(
    "request_",
    [
        PLAIN, PLAIN.replace("signal_type=pdq&signal=" + PDQ, f"signal={PDQ}&signal_type=pdq"),
        PLAIN.lower().replace("get", "GET").replace("http/", "HTTP/"),
        PLAIN.replace("Bearer cairn_x", "Basic Y2Fpcm5feDo="),
        PLAIN.replace("\r\n\r\n", "\r\nUser-Agent: curl/8\r\nAccept: */*\r\nConnection: keep-alive\r\n\r\n"),
    ],
)  # fmt: skip
def test_the_plain_form_is_read(request_: str) -> None:
    asked = quick.read(request_.encode())
    assert asked is not None
    assert (asked.key, asked.identifier.kind, asked.identifier.value) == ("cairn_x", Kind.PDQ, PDQ)


@pytest.mark.parametrize(
    "request_",
    [
        PLAIN[:-2], PLAIN + "x", PLAIN + PLAIN, PLAIN.replace("GET", "POST"), PLAIN.replace("GET", "HEAD"), PLAIN.replace("1.1", "1.0"),
        PLAIN.replace("/m/lookup", "/m/raw_lookup"), PLAIN.replace("&signal=", "&banks=a&signal="), PLAIN.replace(PDQ, PDQ.upper()),
        PLAIN.replace(PDQ, PDQ[:-1]), PLAIN.replace("=pdq", "=teapot"), PLAIN.replace("=pdq", "=url"),
        PLAIN.replace("Authorization: Bearer cairn_x\r\n", ""),
        PLAIN.replace("Bearer cairn_x", ""), PLAIN.replace("Bearer cairn_x", "Digest x"), PLAIN.replace("Host: desk.example\r\n", ""),
        PLAIN.replace("\r\n\r\n", "\r\nAuthorization: Bearer cairn_y\r\n\r\n"), PLAIN.replace("\r\n\r\n", "\r\nHost: other.example\r\n\r\n"),
        PLAIN.replace("\r\n\r\n", "\r\nContent-Length: 5\r\n\r\n"), PLAIN.replace("\r\n\r\n", "\r\nTransfer-Encoding: chunked\r\n\r\n"),
        PLAIN.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n"), PLAIN.replace("\r\n\r\n", "\r\nExpect: 100-continue\r\n\r\n"),
        PLAIN.replace("\r\n\r\n", "\r\n folded: x\r\n\r\n"), PLAIN.replace("\r\n", "\n"), PLAIN.replace("desk.example", "desk\x00.example"),
        PLAIN.replace("\r\n\r\n", f"\r\nAccept: {'x' * 5000}\r\n\r\n"), "", "\r\n" + PLAIN,
    ],
)  # fmt: skip
def test_everything_else_goes_the_usual_way(request_: str) -> None:
    assert quick.read(request_.encode()) is None


_PIECES = st.sampled_from(
    [
        "GET", "HEAD", " ", "/m/lookup", "?", "&", "signal_type=", "signal=", "pdq", "md5", PDQ, MD5, "#", "%30", "HTTP/1.1", "HTTP/1.0", "\r\n",
        "\n", "\r", "Host: desk.example", "hOsT:", "Authorization: Bearer cairn_y", "Authorization:Bearer\tcairn_y", "Content-Length: 5", "Accept: a",
        "Transfer-Encoding: chunked", "Connection: close", "Connection: keep-alive, close", "Accept : a", "\t", "\x0b", "\x85", ":", ",",
    ]
)  # fmt: skip


@given(st.lists(st.tuples(st.integers(0, len(PLAIN)), st.integers(0, 12), st.one_of(st.just(""), _PIECES)), max_size=4))
@example([])
@example([(len(PLAIN) - 2, 0, "Connection: keep-alive\r\n")])
def test_what_is_read_the_short_way_is_one_request_that_says_the_same_to_the_servers_parser(changes: list[tuple[int, int, str]]) -> None:
    text = PLAIN
    for at, cut, piece in changes:
        text = text[:at] + piece + text[at + cut :]
    asked = quick.read(text.encode("latin-1"))
    if asked is None:
        return
    parser = h11.Connection(h11.SERVER)
    parser.receive_data(text.encode("latin-1"))
    request = parser.next_event()
    assert isinstance(request, h11.Request)
    assert isinstance(parser.next_event(), h11.EndOfMessage)
    assert parser.trailing_data == (b"", False)
    path, _, query = request.target.decode().partition("?")
    told = hma.query({"query_string": query.encode()})
    assert (request.method, path, told.keys()) == (b"GET", hma.LOOKUP, {"signal_type", "signal"})
    assert asked.identifier == normalise(hma.KINDS[told["signal_type"]], told["signal"])
    assert asked.key == key_in(header(request.headers, b"authorization").decode("latin-1"))
    # It may be followed by another one.
    parser.send(h11.Response(status_code=200, headers=[("content-length", "0")]))
    parser.send(h11.EndOfMessage())
    assert parser.our_state is h11.DONE


@pytest.mark.parametrize("failure", [RuntimeError("wrong"), OSError("gone")])
def test_what_fails_on_the_short_way_goes_the_usual_one(monkeypatch: pytest.MonkeyPatch, failure: Exception) -> None:
    def failing(self: object, asked: object) -> None:
        raise failure

    monkeypatch.setattr(door.Door, "_of_hash", failing)
    assert door.Door(lambda *_: None, rate=1).at_once(PLAIN.encode()) is None  # type: ignore[arg-type, return-value]


@pytest.fixture
def key(cast: Cast) -> str:
    return create_api_key(organisation=cast.one, sender="Platform", source="platform", may_look_up=True, by=SYSTEM, now=NOW)[1]


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether each request that might was answered the short way."""
    taken: list[bool] = []
    usual = door.Door._of_hash

    def watched(self: Any, asked: Any) -> Any:
        answer = usual(self, asked)
        taken.append(answer is not None)
        return answer

    monkeypatch.setattr(door.Door, "_of_hash", watched)
    return taken


def more_of(line: socket.socket) -> bytes:
    more = line.recv(65536)
    assert more, "the desk has hung up"
    return more


@pytest.fixture
def ask(cast: Cast, key: str, settings: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Asking]:
    """One connection to a desk that really runs, with the protocol of ours, on which requests follow one another."""
    desk = settings.CAIRNDESK.desk.model_copy(update={"checks_a_second": 20})
    settings.CAIRNDESK = settings.CAIRNDESK.model_copy(update={"data": tmp_path, "desk": desk})
    monkeypatch.setattr(clock, "now", lambda: NOW)
    app = site.application(settings.CAIRNDESK)
    limits = protocol.Limits(header_seconds=60, stall_seconds=60, connections=16)
    own = protocol.protocol(limits, is_report=lambda _: False, at_once=app.at_once)
    server = uvicorn.Server(
        uvicorn.Config(
            app, port=0, log_config=None, access_log=False, server_header=False, date_header=False, lifespan="off", http=own, timeout_keep_alive=60
        )
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        thread.join(0.01)
        assert thread.is_alive()
    with socket.create_connection(server.servers[0].sockets[0].getsockname()) as line:
        line.settimeout(10)

        def asking(kind: str = "pdq", value: str = PDQ, *, more: str = "") -> tuple[int, dict[str, str], bytes]:
            head = f"GET /m/lookup?signal_type={kind}&signal={value} HTTP/1.1\r\nHost: desk.example\r\nAuthorization: Bearer {key}\r\n{more}\r\n"
            line.sendall(head.encode())
            got = b""
            while b"\r\n\r\n" not in got:
                got += more_of(line)
            top, _, body = got.partition(b"\r\n\r\n")
            first, *lines = top.decode().split("\r\n")
            told = dict(one.split(": ", 1) for one in lines)
            while len(body) < int(told["content-length"]):
                body += more_of(line)
            return int(first.split()[1]), told, body

        yield asking
    server.should_exit = True
    thread.join(30)
    assert not thread.is_alive()


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_both_ways_say_the_same(ask: Asking, take_in: Importing, short: list[bool], monkeypatch: pytest.MonkeyPatch) -> None:
    # On a busy machine what was read for one question would be too old for the next one.
    monkeypatch.setattr(door, "_LISTS_SECONDS", 60.0)
    monkeypatch.setattr(door, "_KEY_SECONDS", 60.0)
    take_in(f"pdq:{PDQ}", MD5, seen_by=SeenBy.MACHINES)
    ask()
    for kind, value in (("pdq", f"{int(PDQ, 16) ^ 7:064x}"), ("video_md5", MD5), ("md5", "cd" * 16), ("pdq", "ff" * 32)):
        quickly, usually = ask(kind, value), ask(kind, value, more="X-Other: 1\r\n")
        assert quickly[0] == usually[0] == 200
        assert quickly[2] == usually[2]
        assert {name for name in quickly[1] if name != "ratelimit"} == {name for name in usually[1] if name != "ratelimit"}
        assert all(quickly[1][name] == usually[1][name] for name in quickly[1] if name != "ratelimit")
    assert short == [False, True, True, True, True]


@pytest.mark.slow
@pytest.mark.req("DET-03")
@pytest.mark.django_db(transaction=True)
def test_while_a_list_cannot_be_asked_the_short_way_says_no_more_than_the_usual_one(
    ask: Asking, take_in: Importing, short: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelf, "MOST_LATE", 1)
    monkeypatch.setattr(shelf, "MAKE_AT", 1)
    take_in(f"pdq:{PDQ}", "cd" * 16, name="Long", seen_by=SeenBy.MACHINES)
    take_in(MD5, name="Short", seen_by=SeenBy.MACHINES)
    ask()
    for kind, value in (("pdq", PDQ), ("md5", "cd" * 16), ("md5", "ee" * 16)):
        status, told, body = ask(kind, value)
        assert (status, told["retry-after"]) == (503, "1")
        assert b"signals.index_behind" in body
    assert b"Short" in ask("md5", MD5)[2]
    assert short == [False] * 5
    jobs.make_bases()
    time.sleep(door._LISTS_SECONDS)
    assert b"Long" in ask("pdq", PDQ)[2]
    # On a busy machine what was read for one question may be too old for the next one.
    for _ in range(50):
        assert ask("md5", "ee" * 16)[2] == b"{}"
        if short[-1]:
            break
    assert short[-1]


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_what_changes_counts_within_a_second_on_the_short_way_too(ask: Asking, take_in: Importing, cast: Cast, short: list[bool]) -> None:
    take_in(MD5, seen_by=SeenBy.MACHINES)
    ask("md5", MD5)
    assert ask("pdq", PDQ)[2] == b"{}"
    take_in(f"pdq:{PDQ}", seen_by=SeenBy.MACHINES)
    time.sleep(door._LISTS_SECONDS)
    assert b"Partner list" in ask("pdq", PDQ)[2]
    actions.switch_off(listed=HashList.objects.get(), by=cast.sam, now=NOW)
    time.sleep(door._LISTS_SECONDS)
    assert ask("pdq", PDQ)[2] == b"{}"
    ApiKey.objects.update(revoked_at=NOW)
    time.sleep(door._KEY_SECONDS)
    assert ask("pdq", PDQ)[0] == 401
    assert True in short


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_limits_hold_on_the_short_way_too(ask: Asking, take_in: Importing) -> None:
    take_in(MD5, seen_by=SeenBy.MACHINES)
    statuses = [ask("md5", MD5)[0] for _ in range(60)]
    assert 429 in statuses
    assert statuses.count(200) >= 20
