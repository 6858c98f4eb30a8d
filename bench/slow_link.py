"""When the first words stand on the screen of a phone on GPRS (35 kbit/s, 700 ms there and back): the landing page, and the slowest step.

Chromium draws the pages of every language and voice while it slows its own lines down (DevTools protocol, Network.emulateNetworkConditions),
several phones at once, since they mostly wait. What that leaves out is added: it makes a request wait once, and a phone asks for the name, opens
the line and greets before that, so three times there and back more. It knows no lost packets and no slow start, and it paints with the processor
of this machine, not with that of a cheap phone.
"""

import asyncio
import statistics
from collections.abc import Mapping, Sequence

from bench.report import Row, Scale, less_is_better
from playwright.async_api import Browser, CDPSession, Page, async_playwright
from tests.intake.portal.walk import EVERYWHERE, a_portal

_GOAL = 8.0
_BYTES_A_SECOND, _TRIP = 35_000 / 8, 0.7
_LEFT_OUT = 3 * _TRIP
_PHONES, _ROUNDS = 9, 3
_PAGES = ("landing", "step 1", "step 2", "step 3", "step 4")
_STEPS = (("child", ""), ("next", "not_now"), ("next", "threatens"), ("next", "online"))
_PAINTED = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime || 0"
Painted = Mapping[str, Sequence[float]]


def rows(*, scale: Scale) -> list[Row]:
    """Seconds until first words, in the slowest of the languages and voices; the middle one of three times. `quick` takes English, once."""
    places, rounds = scale.of(tiny=(EVERYWHERE[:1], 1), quick=(EVERYWHERE[:1], 1), usual=(EVERYWHERE, _ROUNDS))
    with a_portal() as (_, port, _):
        walks = asyncio.run(_walks(f"http://localhost:{port}", [*places] * rounds))
    painted = {at: [statistics.median(page) for page in zip(*(walk for there, walk in walks if there == at), strict=True)] for at in places}
    return [_row("paint-landing", painted, slice(0, 1), rounds), _row("paint-step", painted, slice(1, None), rounds)]


def _row(name: str, painted: Painted, which: slice, rounds: int) -> Row:
    found = [(seconds, page, at) for at, pages in painted.items() for seconds, page in zip(pages[which], _PAGES[which], strict=True)]
    seconds, page, at = max(found)
    where = f"slowest of {len(painted)} languages and voices: {page} at {at}/, the fastest {min(found)[0]:.1f} at {min(found)[2]}/"
    note = f"35 kbit/s and {_TRIP} s, {where}; the middle of {rounds}, {_LEFT_OUT:.1f} s of it by arithmetic; the peer is the goal"
    return less_is_better(name, seconds, _GOAL, unit="s", note=note)


async def _walks(address: str, places: Sequence[str]) -> list[tuple[str, list[float]]]:
    """One walk for each of `places`, so many at once that neither the line of one nor the processor is another's."""
    free = asyncio.Semaphore(_PHONES)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"])

        async def walk(at: str) -> tuple[str, list[float]]:
            async with free:
                return at, await _walk(browser, address, at)

        walks = await asyncio.gather(*map(walk, places))
        await browser.close()
    return walks


async def _walk(browser: Browser, address: str, at: str) -> list[float]:
    """Seconds until the first words of the landing page and of each of the four steps of a child."""
    context = await browser.new_context(viewport={"width": 360, "height": 740}, bypass_csp=True)
    page = await context.new_page()
    # Chromium starts a process for each new site, and what it draws letters with; a phone that goes there has its browser open.
    await page.goto(f"{address}/blank")
    await _slow_down(await context.new_cdp_session(page))
    await page.goto(f"{address}{at}/")
    seconds = [await _seconds(page)]
    for button, answer in _STEPS:
        if answer:
            await page.locator(f'input[value="{answer}"]').check()
        async with page.expect_navigation():
            await page.locator(f'main button[value="{button}"]:visible').click()
        seconds.append(await _seconds(page))
    await context.close()
    return seconds


async def _slow_down(line: CDPSession) -> None:
    await line.send("Network.enable")
    conditions = {"offline": False, "latency": _TRIP * 1000, "downloadThroughput": _BYTES_A_SECOND, "uploadThroughput": _BYTES_A_SECOND}
    await line.send("Network.emulateNetworkConditions", conditions)


async def _seconds(page: Page) -> float:
    await page.wait_for_function(f"{_PAINTED} > 0")
    painted: float = await page.evaluate(_PAINTED)
    return painted / 1000 + _LEFT_OUT
