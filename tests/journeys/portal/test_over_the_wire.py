"""What each page of a running portal costs over the wire: bytes as they come out of the socket, in every language."""

import gzip
import re
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest
from tests.intake.portal.rae import FORM, Portal, _Page
from tests.intake.portal.walk import SIX

from cairndesk.intake.portal.first_aid_words import AIDS
from cairndesk.intake.portal.languages import Language, all_languages
from cairndesk.intake.rules import MILESTONES, Mailbox, Milestone
from cairndesk.lib import clock

pytestmark = [pytest.mark.journey, pytest.mark.slow]
STEP, PAGE = 14 * 1024, 30 * 1024
# A phone on GPRS: bits a second, seconds there and back, and how many times that takes (name, connection, request, answer).
SPEED, TRIP, TRIPS, PATIENCE = 35_000, 0.7, 4, 8.0


class Wire:
    """A phone that takes pages small, as every browser does; `weights` are the bytes of each answer with its headers, by page."""

    def __init__(self, address: str, prefix: str) -> None:
        self.host, self.prefix = urlsplit(address).netloc, prefix
        self.weights: dict[str, int] = {}
        self.text = ""

    def asks(self, page: str, door: str, **fields: object) -> None:
        body = urlencode(fields, doseq=True).encode()
        verb, type_ = ("POST", f"Content-Type: {FORM}\r\nContent-Length: {len(body)}\r\n") if fields else ("GET", "")
        head = f"{verb} {self.prefix}/{door} HTTP/1.1\r\nHost: {self.host}\r\nAccept-Encoding: gzip, deflate, br\r\nConnection: close\r\n{type_}\r\n"
        name, port = self.host.split(":")
        with socket.create_connection((name, int(port)), timeout=20) as line:
            line.sendall(head.encode() + body)
            raw = b"".join(iter(lambda: line.recv(65536), b""))
        self.weights[page] = len(raw)
        self.text = _opened(raw)

    def says(self, page: str, **fields: object) -> None:
        self.asks(page, "next", **_Page(self.text).hidden, **fields)


def _opened(raw: bytes) -> str:
    head, _, body = raw.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200"), head
    if b"transfer-encoding: chunked" in head.lower():
        body = b"".join(_chunks(body))
    if b"content-encoding: gzip" in head.lower():
        body = gzip.decompress(body)
    return body.decode()


def _chunks(body: bytes) -> Iterator[bytes]:
    while body:
        size, _, rest = body.partition(b"\r\n")
        yield rest[: int(size, 16)]
        body = rest[int(size, 16) + 2 :]


def _walked(wire: Wire, portal: Portal) -> None:
    wire.asks("landing", "")
    for path in ("child", "friend"):
        wire.asks(f"step {path} 1", "next", path=path)
        wire.says(f"step {path} 2", go="next", danger=["happening_now", "self_harm"])
        wire.says(f"step {path} 3", go="next", what="gifts", link="https://site.example/1")
        wire.says(f"step {path} 4", go="next", setting="online")
        wire.says(f"{path} receipt", go="next", more="Please help.")
        assert len(_Page(wire.text).parts) == len(SIX)
    for door in ("back", "privacy", "numbers", "help", *(f"help/{number}" for number in AIDS)):
        wire.asks(door, door)
    portal.answer(SIX, Mailbox(tuple(Milestone(code, clock.now().replace(minute=0, second=0, microsecond=0)) for code in MILESTONES[:3])))
    wire.asks("mailbox", "back", words=" ".join(SIX))


@pytest.mark.req("UXQ-07", "UXQ-15")
@pytest.mark.parametrize("language", [pytest.param(one, id=one.code) for one in all_languages()])
def test_a_page_is_one_small_answer(live: tuple[str, Portal], language: Language) -> None:
    address, portal = live
    wire = Wire(address, language.prefix)
    _walked(wire, portal)
    first = {page: weight for page, weight in wire.weights.items() if page.startswith(("landing", "step"))}
    assert len(first) == 9
    assert {page: weight for page, weight in first.items() if weight > STEP} == {}
    assert {page: weight for page, weight in wire.weights.items() if weight > PAGE} == {}
    # What a slow link makes of them, by arithmetic; `python -m bench` paints one.
    assert max(first.values()) * 8 / SPEED + TRIPS * TRIP < PATIENCE


def test_an_answer_behind_the_words_goes_in_whole_steps(live: tuple[str, Portal]) -> None:
    address, portal = live
    wire = Wire(address, "")
    _walked(wire, portal)
    head = wire.weights["mailbox"] - len(wire.text.encode())
    assert len(wire.text.encode()) % 4096 == 0
    assert 0 < head < 2000, "it must not be pressed together"


def test_no_page_asks_for_a_second_answer() -> None:
    templates = Path("src/cairndesk/intake/portal/templates/portal")
    # What is filled in there is a small picture in the page itself.
    source = r"\bsrc=(?![\"']?(?:data:|\{\{))"
    asks = re.compile(rf"<(?:img|script|iframe|video|audio|source|object|embed)\b[^>]*{source}|<link\b(?![^>]*href=\"data:)|@import")
    assert [path.name for path in templates.glob("*.html") if asks.search(path.read_text("utf-8"))] == []
