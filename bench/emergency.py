"""How long a child who says "now" waits until every open page of a desk says so: a real desk, its belt, and a browser that only stands there.

`cairndesk serve` runs with its three processes. An analyst has one page of each kind open and touches none of them. A child tells what happens on
the public pages; the clock runs from the page that says it was received until the last of the open pages names one child more. The belt takes up
what was told, judges it, and each page asks every five seconds what burns.
"""

import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from bench.report import Row, Scale, less_is_better
from playwright.sync_api import Page, sync_playwright
from tests.intake.portal.rae import _Page
from tests.support.served import Served, served
from tests.support.visitor import Visitor

_GOAL, _PATIENCE = 10.0, 60.0
_RECEIPT = 6
_SCREENS = ("/", "/queue/waiting/", "/queue/mine/", "/search/", "/shift/", "/stacks/", "/numbers/", "/yourself/")


def rows(*, scale: Scale) -> list[Row]:
    """Seconds until the last page says so, the slowest of all the children."""
    children = scale.of(tiny=1, quick=5, usual=20)
    with served() as desk, _open(desk) as screens:
        waited = [_seconds(desk, screens, number) for number in range(1, children + 1)]
    note = f"{children} children, {len(screens)} open pages; half within {sorted(waited)[children // 2]:.1f} s; peer: the goal"
    return [less_is_better("emergency-seen", max(waited), _GOAL, unit="s", note=note)]


@contextmanager
def _open(desk: Served) -> Iterator[Mapping[str, Page]]:
    """The pages, each open in a window of its own; one is that of a case, to which nothing happens."""
    _tells(desk, danger="not_now")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"])
        context = browser.new_context()
        first = context.new_page()
        first.goto(f"{desk.desk}/sign-in/")
        first.get_by_role("button", name="Ana").click()
        case = Visitor(desk.desk, {}).signs_in("Ana").waits_for("/queue/waiting/", r'href="(/cases/[0-9a-f-]{36}/)"')
        screens = {where: context.new_page() for where in (*_SCREENS, case)}
        for where, page in screens.items():
            answer = page.goto(f"{desk.desk}{where}")
            assert answer, where
            assert answer.ok, where
        yield screens
        browser.close()


def _seconds(desk: Served, screens: Mapping[str, Page], number: int) -> float:
    begun = _tells(desk, danger="happening_now")
    open_still = dict(screens)
    while open_still:
        open_still = {where: page for where, page in open_still.items() if _named(page) < number}
        if time.monotonic() - begun > _PATIENCE:
            raise TimeoutError(", ".join(open_still))
        time.sleep(0.05)
    return time.monotonic() - begun


def _named(page: Page) -> int:
    """How many children the band of `page` names."""
    found = re.search(r"\d+", page.locator(".band").inner_text()) if page.locator(".band").count() else None
    return int(found[0]) if found else 0


def _tells(desk: Served, *, danger: str) -> float:
    """The moment in which a child was told that it was received."""
    rae = Visitor(desk.portal, {})
    rae.sends("/next", path="child", go="next").sends("/next", danger=danger, go="next")
    rae.sends("/next", what="threatens", go="next").sends("/next", setting="online", go="next")
    rae.sends("/next", more="They do not stop.", age="13_15", go="next")
    assert len(_Page(rae.page).parts) == _RECEIPT
    return time.monotonic()
