"""When the first words stand on the screen of a phone on GPRS (35 kbit/s, 700 ms there and back): the landing page, and the slowest step.

Chromium draws the pages of a seeded demo while it slows its own line down (DevTools protocol, Network.emulateNetworkConditions). What that leaves out
is added: it makes a request wait once, and a phone asks for the name, opens the line and greets before that, so three times there and back more.
It knows no lost packets and no slow start, and it paints with the processor of this machine, not with that of a cheap phone.
"""

import tempfile
from pathlib import Path

from bench.first_page import demo
from bench.report import Row, Scale
from playwright.sync_api import CDPSession, Page, sync_playwright

_GOAL = 8.0
_BYTES_A_SECOND, _TRIP = 35_000 / 8, 0.7
_LEFT_OUT = 3 * _TRIP
_LANGUAGES = ("", "/ar", "/hi", "/bn")
_PAINTED = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime || 0"


def rows(*, scale: Scale) -> list[Row]:
    """Seconds until first words, the slowest of the languages; none where lists are smaller, since pages are not."""
    if scale is Scale.QUICK:
        return []
    with tempfile.TemporaryDirectory(prefix="cairndesk-slow-", dir="/var/tmp") as folder, sync_playwright() as playwright:
        # As root, the unprivileged users of the three processes must be able to pass here.
        Path(folder).chmod(0o755)
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"])
        with demo(Path(folder) / "demo") as shown:
            offered = [language for language in _LANGUAGES if f'href="{language}/"'.encode() in shown.page or not language]
            painted = [_walk(browser.new_context(viewport={"width": 360, "height": 740}).new_page(), shown.address, one) for one in offered]
        browser.close()
    note = f"35 kbit/s and {_TRIP} s, slowest of {len(offered)} languages, {_LEFT_OUT:.1f} s of it by arithmetic; the peer is the goal"
    found = {"paint-landing": max(one[0] for one in painted), "paint-step": max(seconds for one in painted for seconds in one[1:])}
    return [Row(name, round(value, 1), _GOAL, round(_GOAL / value, 2), "s", note) for name, value in found.items()]


def _walk(page: Page, address: str, language: str) -> list[float]:
    """Seconds until the first words of the landing page and of each of the four steps of a child."""
    line = page.context.new_cdp_session(page)
    _slow_down(line)
    page.goto(f"{address}{language}/")
    seconds = [_seconds(page)]
    for button, answer in (
        ("child", ""),
        ("next", "not_now"),
        ("next", "threatens"),
        ("next", "online"),
    ):
        if answer:
            page.locator(f'input[value="{answer}"]').check()
        with page.expect_navigation():
            page.locator(f'main button[value="{button}"]:visible').click()
        seconds.append(_seconds(page))
    return seconds


def _slow_down(line: CDPSession) -> None:
    line.send("Network.enable")
    conditions = {"offline": False, "latency": _TRIP * 1000, "downloadThroughput": _BYTES_A_SECOND, "uploadThroughput": _BYTES_A_SECOND}
    line.send("Network.emulateNetworkConditions", conditions)


def _seconds(page: Page) -> float:
    page.wait_for_function(f"{_PAINTED} > 0")
    painted: float = page.evaluate(_PAINTED)
    return painted / 1000 + _LEFT_OUT
