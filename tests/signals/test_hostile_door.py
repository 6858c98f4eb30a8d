"""Whatever a machine with a key sends, it is answered or refused with a reason; it fails nothing and holds nobody up."""

import asyncio
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from tests.signals.conftest import Cast, Importing
from tests.signals.test_door import Asking, _django, ask, data, key, verdicts  # noqa: F401 - fixtures

from cairndesk.signals import door, magic, walled
from cairndesk.signals.door import Door
from cairndesk.signals.engine.identifiers import Kind
from cairndesk.signals.errors import MediaRefused
from cairndesk.signals.rules import SeenBy

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
# Half of a pair of code units, which JSON may hold and no text can be written with.
HALF = "\ud800"
ODD = [
    HALF, f"https://{HALF}.example/{HALF}", f"{HALF}@mail.example", f"sha256:{HALF}", "\0", "\u202ehttps://a.example", "9" * 2000, " ", "\u0663" * 64,
    "//", "a/*",
]  # fmt: skip


@pytest.fixture
def opened(cast: Cast) -> Iterator[Door]:
    made = Door(_django, rate=5000)
    yield made
    made.close()


def test_no_value_of_any_kind_fails_the_answer(ask: Asking) -> None:  # noqa: F811
    items = [{"kind": kind, "value": value} for kind in ("", *Kind) for value in ODD[:4]]
    assert ask("POST", door.CHECK, {"items": items})[0] == 200
    items = [{"kind": kind, "value": value} for kind in (Kind.URL, Kind.ACCOUNT, Kind.WALLET, "") for value in ODD]
    assert ask("POST", door.CHECK, {"items": items})[0] == 200
    assert verdicts(ask("POST", door.CHECK, {"value": "x", "kind": HALF})[1]) == ["malformed"]


@pytest.mark.parametrize("body", [{HALF: ["a", "b"]}, {"url": [HALF, HALF]}, {"url": [["a"], "b"]}, {"pdq": ["\u0663" * 64, "3" * 64]}])
def test_a_comparison_that_cannot_be_made_is_refused(ask: Asking, body: object) -> None:  # noqa: F811
    assert ask("POST", "/m/compare", body)[0] == 400


@pytest.mark.parametrize("number", ["9" * 30, "9" * 5000, "\u0663"])
def test_an_entry_of_any_number_is_not_there(ask: Asking, take_in: Importing, number: str) -> None:  # noqa: F811
    take_in("ab" * 16, seen_by=SeenBy.MACHINES)
    assert ask("GET", f"/c/bank/Partner list/content/{number}")[0] == 404


@pytest.mark.parametrize("query", ["signal_type=url&signal=%ED%A0%80", "signal_type=%ff&signal=%ff", "signal_type=url&signal=%00", "signal=aa"])
def test_a_question_that_is_no_text_is_refused(ask: Asking, query: str) -> None:  # noqa: F811
    assert ask("GET", "/m/lookup", query=query)[0] == 400


def test_many_slow_cards_are_waited_for_once(ask: Asking, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    monkeypatch.setattr(magic, "SLOW_SECONDS", 0.2)
    begun = time.monotonic()
    items: list[Any] = [{"value": magic.link(magic.Card.SLOW)}] * 20
    assert verdicts(ask("POST", door.CHECK, {"items": items})[1]) == ["none"] * 20
    assert time.monotonic() - begun < 2


def test_nobody_waits_behind_files_that_take_long(opened: Door, key: str, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    done, begun = threading.Event(), threading.Semaphore(0)

    def slowly(_: bytes) -> Any:
        begun.release()
        assert done.wait(30)
        raise MediaRefused("It took too long.")

    monkeypatch.setattr(walled, "hash_media", slowly)
    # So that each question has its key checked anew.
    monkeypatch.setattr(door, "_KEY_SECONDS", 0.0)

    async def one(method: str, path: str, query: str = "", body: bytes = b"") -> int:
        headers = [(b"content-type", b"application/octet-stream"), (b"authorization", f"Bearer {key}".encode())]
        scope = {"type": "http", "method": method, "path": path, "query_string": query.encode(), "headers": headers}
        sent: list[Any] = []

        async def receive() -> Any:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        await opened(scope, receive, send)
        return int(sent[0]["status"])

    async def many() -> None:
        files = [asyncio.create_task(one("POST", door.CHECK, body=b"a file")) for _ in range(12)]
        try:
            for _ in range(4):
                assert await asyncio.to_thread(begun.acquire, timeout=20)
            assert await asyncio.wait_for(one("GET", "/m/lookup", f"signal={'ab' * 16}&signal_type=md5"), 20) == 200
        finally:
            done.set()
        assert set(await asyncio.gather(*files)) == {MediaRefused.status}

    asyncio.run(many())
