"""The client that partners put beside their own code, against a desk that really runs, on a line that breaks."""

import importlib.util
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from tests.support.running import running

from cairndesk.accounts.actions import create_api_key
from cairndesk.accounts.rules import SYSTEM
from cairndesk.cases.models import Case, Report
from cairndesk.custody.queries import unseal_fields
from cairndesk.lib import clock
from cairndesk.serve import site

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
FILE = Path(__file__).parents[2] / "deploy/partner/cairndesk_client.py"
LOST, CUT = -1, -2
Line = Callable[..., Any]


def load(name: str, file: Path) -> ModuleType:
    found = importlib.util.spec_from_file_location(name, file)
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


client = load("cairndesk_client", FILE)


@pytest.fixture
def key(ring, one) -> str:
    return create_api_key(organisation=one, sender="Harbour Chat", source="platform", by=SYSTEM, now=clock.now())[1]


@pytest.fixture
def address(settings) -> Iterator[str]:
    with running(site.application(settings.CAIRNDESK)) as at:
        yield at


@contextmanager
def line_to(address: str, *faults: int) -> Iterator[tuple[str, list[int]]]:
    """A way to the desk, and the fault of each request that came by it so far.

    The first requests meet `faults`: a status that something between answers with, LOST for an answer that never comes back although the desk
    took it, CUT for one that breaks off.
    """
    waiting, seen = list(faults), list[int]()

    class Between(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.do_POST()

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            fault = waiting.pop(0) if waiting else 0
            seen.append(fault)
            if fault > 0:
                self.send_response(fault)
                self.send_header("Location", "https://elsewhere.example/")
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            asked = urllib.request.Request(f"{address}{self.path}", data=body or None, headers=dict(self.headers.items()))  # noqa: S310
            try:
                with urllib.request.urlopen(asked, timeout=30) as answer:  # noqa: S310
                    status, said = answer.status, answer.read()
            except urllib.error.HTTPError as failure:
                status, said = failure.code, failure.read()
            if fault == LOST:
                self.close_connection = True
                return
            self.send_response(status)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said[: len(said) // 2] if fault == CUT else said)
            self.close_connection = True

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Between)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", seen
    finally:
        server.shutdown()
        server.server_close()


def desk_at(at: str, key: str, **more: Any) -> Any:
    return client.Desk(at, key=key, **{"first_wait": 0.01, "timeout": 20.0} | more)


def test_a_report_and_its_receipt(address, key):
    desk = desk_at(address, key)
    receipt = desk.report("our-000001", description="An account offers pictures.", items=[("url", "https://play.example/u/9")], happening_now=True)
    assert (receipt.status, receipt.was_taken_before, desk.status(receipt.id)) == ("received", False, "received")
    case = Case.objects.get()
    assert case.is_emergency
    assert unseal_fields(case.reports.get().told)["answers"]["more"] == "An account offers pictures."


def test_whatever_happens_on_the_way_it_is_taken_once(address, key):
    with line_to(address, 503, LOST, CUT, 502, 429) as (at, seen):
        receipt = desk_at(at, key, tries=6).report("our-000001", description="Somebody asks children for pictures.")
    assert receipt.was_taken_before
    assert (len(seen), Report.objects.count()) == (6, 1)


def test_many_go_in_batches_and_only_what_was_not_taken_goes_again(address, key, monkeypatch):
    monkeypatch.setattr(client, "_MOST_LINES", 3)
    many = [(f"our-{number:06}", client.report_of(description=f"Report {number}.")) for number in range(7)]
    many[4] = ("our-000004", {"words": "misspelt"})
    with line_to(address, 0, LOST, 500) as (at, seen):
        found = dict(desk_at(at, key).reports(iter(many)))
    assert list(found) == [name for name, _ in many]
    refused = found.pop("our-000004")
    assert (refused.status, refused.problem["errors"][0]["field"]) == (422, "report.words")
    assert {type(one) for one in found.values()} == {client.Receipt}
    assert (len(seen), Report.objects.count()) == (5, 6)


def test_a_batch_is_divided_where_it_grows_too_large(address, key, monkeypatch):
    monkeypatch.setattr(client, "_MOST_BYTES", 600)
    with line_to(address) as (at, seen):
        found = list(desk_at(at, key).reports((f"our-{number:06}", {"description": "word " * 40}) for number in range(5)))
    assert (len(found), len(seen), Report.objects.count()) == (5, 3, 5)


def test_one_that_is_too_large_is_named_and_holds_up_no_other(address, key):
    big = client.report_of(items=[("url", "https://play.example/" + "x" * 3979)] * 1100)
    with line_to(address) as (at, seen):
        found = dict(desk_at(at, key).reports([("our-000001", {"description": "one"}), ("our-000002", big), ("our-000003", {"description": "two"})]))
    assert list(found) == ["our-000001", "our-000002", "our-000003"]
    assert isinstance(found["our-000002"], client.Refused)
    assert found["our-000002"].status == 413
    assert (len(seen), Report.objects.count()) == (2, 2)


def test_letters_of_every_script_go_at_their_own_length(address, key):
    desk = desk_at(address, key)
    # Half a sign, as a script cuts it off at the end of a field, costs the report nothing else.
    words = "я" * 400 + "\ud83d"
    cyrillic = client.report_of(items=[("account", "я" * 4000)] * 490)
    found = dict(desk.reports([("our-000001", {"description": words}), ("our-000002", cyrillic)]))
    assert {type(one) for one in found.values()} == {client.Receipt}
    assert desk.report("our-000001", description=words).was_taken_before
    assert unseal_fields(Report.objects.order_by("received_at", "pk").first().told)["answers"]["more"] == "я" * 400 + "?"


@pytest.mark.parametrize("wrong", ["номер-0001", "our\n000001", "our-000001\n", " our-00001", "short", "x" * 81])
def test_a_key_that_no_header_carries_is_refused_at_once_and_at_both_doors(address, key, wrong):
    with line_to(address) as (at, seen):
        desk = desk_at(at, key)
        with pytest.raises(ValueError, match="printable ASCII"):
            desk.report(wrong, description="words")
        assert not seen
        refused = dict(desk.reports([(wrong, {"description": "words"}), ("our 00 01", {"description": "words"})]))
    assert refused[wrong].problem["errors"][0]["field"] == "key"
    assert isinstance(refused["our 00 01"], client.Receipt)
    assert desk_at(address, key).report("our 00 01", description="words").was_taken_before


def test_a_desk_that_takes_nothing_from_the_sender_is_no_refusal_of_a_report(address):
    with pytest.raises(client.Refused) as wrong:
        list(desk_at(address, "x" * 43).reports([("our-000001", {"description": "words"})]))
    assert wrong.value.status == 401


def test_a_line_that_is_not_answered_goes_again_and_is_named_when_it_never_is(address, key, monkeypatch):
    sent, forgotten = client.Desk._send, [2, 3]

    def forgetful(desk, *asked):
        status, answer = sent(desk, *asked)
        return status, answer | {"lines": [one for one in answer["lines"] if one["line"] not in forgotten]}

    monkeypatch.setattr(client.Desk, "_send", forgetful)
    found = list(desk_at(address, key, tries=2).reports((f"our-00000{number}", {"description": "words"}) for number in (1, 2, 3)))
    assert [(name, type(one)) for name, one in found] == [
        ("our-000001", client.Receipt),
        ("our-000002", client.Receipt),
        ("our-000003", client.NotReached),
    ]


def test_lines_for_which_there_was_no_room_go_again_and_are_named_when_there_never_is(address, key, monkeypatch):
    from cairndesk.intake.actions import submit

    room = [True, False, True, True]
    monkeypatch.setattr(submit, "has_room", lambda _: room.pop(0) if room else False)
    found = dict(desk_at(address, key, tries=3).reports([(f"our-00000{number}", {"description": "words"}) for number in range(3)]))
    assert [type(one) for one in found.values()] == [client.Receipt] * 3
    left = dict(desk_at(address, key, tries=3).reports([("our-000009", {"description": "words"})]))
    assert isinstance(left["our-000009"], client.NotReached)
    assert Report.objects.count() == 3


def test_what_will_not_be_taken_is_said_at_once_and_names_the_field(address, key):
    with line_to(address) as (at, seen):
        with pytest.raises(client.Refused, match="unprocessable") as refused:
            desk_at(at, key).report("our-000001", words="misspelt")
        assert refused.value.problem["errors"] == [{"field": "report.words", "problem": "Extra inputs are not permitted"}]
        with pytest.raises(client.Refused) as wrong:
            desk_at(at, "x" * 43).report("our-000001", description="words")
        assert wrong.value.status == 401
        assert len(seen) == 2


def test_nobody_leads_the_report_and_the_key_elsewhere(address, key):
    with line_to(address, 307) as (at, seen), pytest.raises(client.Refused) as led:
        desk_at(at, key).report("our-000001", description="words")
    assert (led.value.status, len(seen)) == (307, 1)
    for wrong in ("http://desk.example", "file:///etc/hosts", "desk.example"):
        with pytest.raises(ValueError, match="https"):
            client.Desk(wrong, key=key)
    with pytest.raises(ValueError, match="no key"):
        client.Desk("https://desk.example", key=f"{key}\n")


def test_a_desk_that_is_away_is_said_so_and_waited_for_longer_each_time(key, monkeypatch):
    waited = list[float]()
    monkeypatch.setattr(client.time, "sleep", waited.append)
    desk = client.Desk("http://127.0.0.1:9", key=key, tries=5, first_wait=2.0)
    with pytest.raises(client.NotReached, match="no answer"):
        desk.report("our-000001", description="words")
    assert all(base / 2 <= wait <= base for base, wait in zip((2, 4, 8, 16), waited, strict=True))


def test_who_asks_to_be_left_alone_for_a_while_is(address, key, monkeypatch):
    waited = list[float]()
    monkeypatch.setattr(client.time, "sleep", waited.append)

    class Asking(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(503)
            self.send_header("Retry-After", "7")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Asking) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with pytest.raises(client.NotReached, match="503"):
            desk_at(f"http://127.0.0.1:{server.server_address[1]}", key, tries=2).report("our-000001", description="words")
        server.shutdown()
    assert waited == [7.0]


def test_it_is_one_file_that_needs_nothing_but_python():
    import ast
    import sys

    tree = ast.parse(FILE.read_text("utf-8"))
    named = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    named |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module}
    assert {name.partition(".")[0] for name in named} <= sys.stdlib_module_names
