"""A small platform with the lines of docs/embed.md on its page: the frame of the desk, and a form of its own that hands over by the client."""

import json
import os
import re
import subprocess
import sys
import threading
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from tests.support.served import Served, served

from cairndesk.intake.api import ReportIn

pytestmark = [pytest.mark.journey, pytest.mark.slow]
MANUAL = Path("docs/embed.md").read_text("utf-8")
_, FRAME, FORM = re.findall(r"```html\n(.*?)```", MANUAL, re.DOTALL)
(CLIENT,) = re.findall(r"```python\n(.*?)```", MANUAL, re.DOTALL)
PREPARE = """
from pathlib import Path
from django.conf import settings
from cairndesk.accounts.actions import create_api_key
from cairndesk.accounts.models import Organisation
from cairndesk.accounts.rules import SYSTEM
two = Organisation.objects.get(slug="two")
_, key = create_api_key(organisation=two, sender="Example Play", source="platform", by=SYSTEM, now=datetime.now(UTC))
(Path(settings.DATA) / "platform.key").write_text(key)
"""
LOOK = """
import django; django.setup()
import json
from cairndesk.cases.models import Report
print(json.dumps([[str(one.pk), one.source, one.case.is_emergency, one.case.items.count()] for one in Report.objects.select_related("case")]))
"""


@contextmanager
def platform(lines: str, code: str, key: str) -> Iterator[tuple[str, list[str], list[str]]]:
    """The address of a site whose page holds `lines`, and which hands over what its form sends by `code`; the receipts it got, and what it kept."""
    kept = list[str]()
    names: dict[str, object] = {"os": os, "keep": lambda _number, words, _place, _now: kept.append(words)}
    os.environ["DESK_KEY"] = key
    exec(code, names)  # noqa: S102 - the lines of our own manual
    hand_over, receipts = names["hand_over"], list[str]()

    class Site(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.answer(f"<title>Play</title><h1>Play</h1>{lines}")

        def do_POST(self) -> None:
            sent = urllib.parse.parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            words, place = (sent.get(name, [""])[0] for name in ("words", "place"))
            if receipt := hand_over(1, words, place, "now" in sent):  # type: ignore[operator]
                receipts.append(receipt)
            self.answer("<title>Play</title><h1>Thank you</h1>")

        def answer(self, page: str) -> None:
            body = f"<!doctype html><html lang=en>{page}".encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://localhost:{server.server_address[1]}", receipts, kept
        finally:
            server.shutdown()


@pytest.fixture(scope="module")
def desk() -> Iterator[Served]:
    with served(prepare=PREPARE) as running:
        yield running


@pytest.mark.req("INT-17")
def test_the_small_page_of_the_desk_and_a_form_of_the_site_stand_on_one_page_of_it(
    desk: Served, chromium: Browser, shots: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(Path("deploy/partner"))
    key = (desk.data / "platform.key").read_text()
    assert len([line for line in CLIENT.split("\n") if line]) == 8
    lines, code = (FRAME + FORM).replace("https://report.desk.example", desk.portal), CLIENT.replace("https://desk.example", desk.desk)
    with platform(lines, code, key) as (site, receipts, kept):
        page = chromium.new_context(viewport={"width": 360, "height": 900}).new_page()
        page.goto(site)
        expect(page.frame_locator("iframe").get_by_role("link")).to_be_visible()
        page.get_by_label("What happened?").fill("An account asks players for pictures.")
        page.get_by_label("Where?").fill("https://play.example/u/9")
        page.get_by_label("in danger right now").check()
        page.screenshot(path=shots / "form-on-a-platform.png", full_page=True)
        page.get_by_role("button", name="Send").click()
        expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
        # Pressed again, it is the same report.
        page.go_back()
        page.get_by_label("What happened?").fill("An account asks players for pictures.")
        page.get_by_label("Where?").fill("https://play.example/u/9")
        page.get_by_label("in danger right now").check()
        page.get_by_role("button", name="Send").click()
        expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
        for link, heading in (("Whom to call", "call"), ("Tell the desk itself.", "")):
            page.goto(site)
            page.get_by_role("link", name=link).click()
            expect(page.get_by_role("heading", level=1)).to_contain_text(heading)
            assert page.url.startswith(f"{desk.portal}/o/two/")
        # Each line of it empty, what fits into the field fits into a report; what does not is kept by the site, and nobody sees an error.
        page.goto(site)
        assert (
            2 * int(page.get_by_label("What happened?").get_attribute("maxlength") or 0)
            <= ReportIn.model_fields["description"].metadata[0].max_length
        )
        page.get_by_label("What happened?").evaluate("field => { field.removeAttribute('maxlength'); field.value = 'word '.repeat(5000) }")
        page.get_by_role("button", name="Send").click()
        expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
        page.context.close()
    assert [len(words) for words in kept] == [25_000]
    assert len(receipts) == 2
    assert len(set(receipts)) == 1
    assert told(desk) == [[receipts[0], "platform", True, 1]]


def told(desk: Served) -> list[list[object]]:
    """Each report that the desk has by now: its id, who sent it, whether it is an emergency, and of how many things it tells."""
    done = subprocess.run([sys.executable, "-c", LOOK], env=desk.environment, capture_output=True, text=True, timeout=120, check=True)
    found: list[list[object]] = json.loads(done.stdout)
    return found
