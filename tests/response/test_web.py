import io
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.support.list_server import Asked, ListServer, Reply
from tests.support.smtp_server import Certificate

from cairndesk.response.adapters.egress import Egress
from cairndesk.response.adapters.web import Web
from cairndesk.response.errors import AnswerUnreadable, CredentialsRefused, FetchDelayed, FetchRefused, NotAllowedOut, TlsMissing


def web(server: ListServer, **more: object) -> Web:
    return Web(base=server.base, egress=Egress([("127.0.0.1", server.port)]), **more)  # type: ignore[arg-type]


def always(reply: Reply) -> Callable[[Asked], Reply]:
    return lambda _: reply


def read(server: ListServer, path: str = "/list", **more: object) -> bytes:
    into = io.BytesIO()
    web(server, **more).get(server.base + path, {"X-Key": "k"}, into)
    return into.getvalue()


def test_an_answer_is_read_in_full_and_nothing_is_told_of_the_desk() -> None:
    with ListServer(always(Reply(b"one\n" * 50_000))) as server:
        assert read(server, "/list?from=1&to=2") == b"one\n" * 50_000
    (asked,) = server.asked
    assert (asked.path, asked.query, asked.headers["x-key"]) == ("/list", {"from": "1", "to": "2"}, "k")
    assert set(asked.headers) == {"host", "x-key", "user-agent", "accept-encoding", "connection"}
    assert asked.headers["user-agent"] == "Cairndesk"


@pytest.mark.parametrize(
    ("reply", "failure"),
    [
        (Reply(status=401), CredentialsRefused),
        (Reply(status=403), CredentialsRefused),
        (Reply(status=404), FetchRefused),
        (Reply(status=500), FetchDelayed),
        (Reply(status=302, headers={"Location": "https://other.example/"}), FetchRefused),
        (Reply(b"half", length=400), FetchDelayed),
        (Reply(b"whole or not?", ends=True), AnswerUnreadable),
        (Reply(b"\x1f\x8b", headers={"Content-Encoding": "gzip"}), AnswerUnreadable),
        (Reply(b"x" * 2000), AnswerUnreadable),
        (Reply(b"slow" * 100, drip=0.05), FetchDelayed),
    ],
)
def test_what_cannot_be_relied_on_is_refused_with_its_reason(reply: Reply, failure: type[Exception]) -> None:
    with ListServer(always(reply)) as server, pytest.raises(failure):
        read(server, limit=1000, seconds=0.3)


@pytest.mark.parametrize(("said", "after"), [("120", 120), ("soon", 0), ("", 0)])
def test_patience_that_is_asked_for_is_told(said: str, after: int) -> None:
    with ListServer(always(Reply(status=429, headers={"Retry-After": said}))) as server, pytest.raises(FetchDelayed) as failure:
        read(server)
    assert failure.value.after == after


@pytest.mark.req("PRI-15")
@pytest.mark.parametrize("url", ["https://other.example/x", "http://127.0.0.1@other.example/x", "http://127.0.0.1:1/x", "ftp://127.0.0.1/", "/etc"])
def test_no_other_host_is_ever_asked(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def looked_up(*_: object) -> None:
        raise AssertionError("a name was looked up")

    monkeypatch.setattr(socket, "getaddrinfo", looked_up)
    with ListServer(always(Reply())) as server, pytest.raises(NotAllowedOut):
        web(server).get(url, {}, io.BytesIO())
    assert server.asked == []


def test_a_host_that_nobody_allowed_is_not_asked_either() -> None:
    with ListServer(always(Reply())) as server, pytest.raises(NotAllowedOut):
        Web(base=server.base, egress=Egress([])).get(server.base + "/", {}, io.BytesIO())


def test_a_certificate_must_hold(tmp_path: Path) -> None:
    certificate = Certificate.make(tmp_path)
    with ListServer(always(Reply(b"listed")), certificate.for_server()) as server:
        assert read(server, context=certificate.for_client()) == b"listed"
        with pytest.raises(TlsMissing):
            read(server)


def test_without_tls_only_this_machine_is_spoken_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cairndesk.response.adapters.web.is_loopback", lambda _: False)
    with ListServer(always(Reply())) as server, pytest.raises(TlsMissing):
        read(server)


def test_a_source_that_is_not_there_is_tried_again_later() -> None:
    with ListServer(always(Reply())) as server:
        pass
    with pytest.raises(FetchDelayed):
        read(server)
