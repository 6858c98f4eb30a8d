"""The lines of docs/embed.md on a real page of another site: what the browser asks, sends and keeps, and where the link leads."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Request, expect
from tests.intake.portal.rae import SHEET, Portal

from cairndesk.directory.portals import Sheet
from cairndesk.intake.portal.languages import all_languages
from cairndesk.intake.portal.voices import VOICES

pytestmark = [pytest.mark.journey, pytest.mark.slow]
LINK, FRAME, _ = re.findall(r"```html\n(.*?)```", Path("docs/embed.md").read_text("utf-8"), re.DOTALL)
ELSEWHERE = "https://report.desk.example"
ONE = Path("src/cairndesk/directory/templates/directory/widget.txt")


@contextmanager
def platform(lines: str) -> Iterator[str]:
    """The address of a small site whose one page holds `lines`, and a cookie and a secret in its address, as sites have."""

    class Site(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = f"<!doctype html><html lang=en><title>Play</title><main><h1>Play</h1>{lines}</main>".encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Set-Cookie", "player=rae; Path=/")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://localhost:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


def shown(browser: Browser, at: str) -> tuple[Page, list[Request]]:
    """The page at `at` in a browser of its own, and every request that it makes."""
    page, asked = browser.new_context(viewport={"width": 360, "height": 740}).new_page(), list[Request]()

    def note(request: Request) -> None:
        asked.append(request)

    page.on("request", note)
    page.goto(f"{at}/lobby?player=rae")
    return page, asked


def told(request: Request) -> dict[str, str]:
    """What the browser says of where it comes from."""
    return {name: value for name, value in request.all_headers().items() if name in {"referer", "cookie", "origin"}}


def test_the_page_of_the_desk_gives_the_lines_of_the_manual() -> None:
    given = ONE.read_text("utf-8").replace("{{ at }}{{ site.organisation.address }}", f"{ELSEWHERE}/o/two/")
    assert given == FRAME


def test_the_frame_asks_once_keeps_nothing_and_leads_to_the_first_page(live: tuple[str, Portal], chromium: Browser, shots: Path) -> None:
    address, portal = live
    with platform(FRAME.replace(ELSEWHERE, address)) as site:
        portal.says_of_itself("two", replace(SHEET, frames=(site,)))
        page, asked = shown(chromium, site)
        link = page.frame_locator("iframe").get_by_role("link", name="Go to our page")
        expect(link).to_be_visible()
        page.screenshot(path=shots / "widget-on-a-platform.png")
        assert Axe().run(page).response["violations"] == []
        framed = [one for one in asked if one.url.startswith(address)]
        assert [(one.url, told(one)) for one in framed] == [(f"{address}/o/two/widget", {})]
        # A site may run scripts; what it frames is closed to them.
        assert page.evaluate("document.querySelector('iframe').contentDocument") is None
        link.click()
        page.wait_for_url(f"{address}/o/two/")
        first = [one for one in asked if one.url == f"{address}/o/two/"]
        assert [told(one) for one in first] == [{}]
        assert page.evaluate("[document.referrer, window.opener, window.top === window]") == ["", None, True]
        assert page.locator("h1").inner_text() == "You can tell us"
        assert {cookie["name"] for cookie in page.context.cookies()} == {"player"}
        assert len(page.context.pages) == 1
        page.go_back()
        assert page.locator("h1").inner_text() == "Play"
        page.context.close()


def test_the_link_leads_there_too_and_says_nothing_of_the_site(live: tuple[str, Portal], chromium: Browser) -> None:
    address, _ = live
    with platform(LINK.replace(ELSEWHERE, address)) as site:
        page, asked = shown(chromium, site)
        assert Axe().run(page).response["violations"] == []
        page.get_by_role("link").click()
        page.wait_for_url(f"{address}/o/two/")
        assert [told(one) for one in asked if one.url.startswith(address)] == [{}]
        page.context.close()


@pytest.mark.parametrize("door", ["widget", "", "privacy", "back"])
def test_who_was_not_named_shows_nothing_and_nobody_shows_another_page(live: tuple[str, Portal], chromium: Browser, door: str) -> None:
    address, portal = live
    with platform(FRAME.replace(ELSEWHERE, address).replace("/widget", f"/{door}")) as site:
        portal.says_of_itself("two", replace(SHEET, frames=("https://play.example",) if door == "widget" else ("*",)))
        page, _ = shown(chromium, site)
        refused = page.frame_locator("iframe").get_by_text("refused to connect").first
        expect(refused).to_be_attached()
        assert page.frames[1].url.startswith("chrome-error:")
        page.context.close()


def test_the_small_page_is_for_everybody_and_fits_its_frame_in_every_language_and_voice(
    live: tuple[str, Portal], chromium: Browser, shots: Path
) -> None:
    address, portal = live
    portal.says_of_itself("two", Sheet(frames=("*",)))
    width, height = map(int, re.findall(r'(?:width|height)="(\d+)"', FRAME))
    page = chromium.new_context(bypass_csp=True, viewport={"width": width, "height": height}).new_page()
    for at in (f"{language.prefix}{voice.prefix}" for language in all_languages() for voice in VOICES):
        page.goto(f"{address}{at}/o/two/widget")
        assert page.evaluate("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]") == [width, height], at
        if at in {"", "/ar"}:
            page.screenshot(path=shots / f"widget{at.replace('/', '-')}.png", full_page=True)
            assert Axe().run(page).response["violations"] == []
    page.context.close()
